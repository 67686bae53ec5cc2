import type { KernelMessage } from "./kernel-client.js";
import type { Output } from "./notebook-file.js";

type DisplayOutput = Extract<Output, { output_type: "display_data" | "execute_result" }>;

/**
 * Turns the messages of running cells into the outputs a notebook stores, as Jupyter's pages do: consecutive text of
 * one stream is one output, a carriage return starts its line again, `clear_output` empties the cell, and
 * `update_display_data` replaces every display of that id, in whichever cell it stands.
 */
export class CellOutputs {
  private readonly displays = new Map<string, DisplayOutput[]>();
  private outputs: Output[] = [];
  private clearOnNext = false;

  /** Following messages belong to a new cell; `outputs` is filled in place. */
  startCell(outputs: Output[]): void {
    this.outputs = outputs;
    this.clearOnNext = false;
  }

  add({ type, content }: KernelMessage): void {
    if (type === "clear_output") {
      if (content.wait) this.clearOnNext = true;
      else this.outputs.length = 0;
      return;
    }
    if (type === "update_display_data") {
      for (const shown of this.displays.get(content.transient?.display_id) ?? []) {
        shown.data = content.data;
        shown.metadata = content.metadata ?? {};
      }
      return;
    }
    if (!["stream", "display_data", "execute_result", "error"].includes(type)) return;
    if (this.clearOnNext) this.outputs.length = 0;
    this.clearOnNext = false;
    if (type === "stream") this.addText(content.name, content.text);
    else if (type === "error") {
      const { ename, evalue, traceback } = content;
      this.outputs.push({ output_type: "error", ename, evalue, traceback });
    } else {
      const shared = { data: content.data, metadata: content.metadata ?? {} };
      const output: DisplayOutput =
        type === "display_data"
          ? { output_type: "display_data", ...shared }
          : { output_type: "execute_result", ...shared, execution_count: content.execution_count ?? null };
      this.outputs.push(output);
      const id = content.transient?.display_id;
      if (id) this.displays.set(id, [...(this.displays.get(id) ?? []), output]);
    }
  }

  private addText(name: "stdout" | "stderr", text: string): void {
    const last = this.outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text = overwriteLines(last.text + text);
    else this.outputs.push({ output_type: "stream", name, text: overwriteLines(text) });
  }
}

/**
 * What a terminal would show of text with carriage returns and backspaces: text after "\r" overwrites its line
 * from the start. A "\r" at the very end is kept, for the text that follows decides what it erases.
 */
export function overwriteLines(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  while (/[^\n\r][\b]/.test(text)) text = text.replace(/[^\n\r][\b]/g, "");
  const open = text.endsWith("\r") ? "\r" : "";
  return (
    text
      .slice(0, text.length - open.length)
      .split("\n")
      .map((line) =>
        line
          .replace(/\r+$/, "")
          .split("\r")
          .reduce((shown, part) => part + shown.slice(part.length)),
      )
      .join("\n") + open
  );
}
