import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { atomicWrite } from "../../lib/files/atomic-write.js";

/** One output of a cell (nbformat 4.5). Multi-line text is one string in memory, a list of lines on disk. */
export type Output =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string }
  | { output_type: "display_data"; data: Record<string, unknown>; metadata: object }
  | {
      output_type: "execute_result";
      data: Record<string, unknown>;
      metadata: object;
      execution_count: number | null;
    }
  | ErrorOutput;

export interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}

export interface Cell {
  id: string;
  cell_type: "code" | "markdown" | "raw";
  source: string;
  metadata: Record<string, unknown>;
  attachments?: Record<string, unknown>;
  /** Code cells only. */
  outputs?: Output[];
  execution_count?: number | null;
}

/** A Jupyter notebook, format 4.5 (https://nbformat.readthedocs.io/en/latest/format_description.html). */
export interface Notebook {
  nbformat: 4;
  nbformat_minor: 5;
  metadata: Record<string, unknown>;
  cells: Cell[];
}

/** Reads a notebook of format 4 and brings it to 4.5: every cell gets an id, lists of lines become strings. */
export async function readNotebook(path: string): Promise<Notebook> {
  let raw: { nbformat?: number; cells?: Record<string, unknown>[]; metadata?: Record<string, unknown> };
  try {
    raw = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : String(error);
    throw new Error(`Cannot read the notebook ${path}: ${why}.`, { cause: error });
  }
  if (raw.nbformat !== 4 || !Array.isArray(raw.cells)) {
    throw new Error(`${path} is not a notebook of format 4: open it in Jupyter once and save it.`);
  }
  const ids = new Set<string>();
  const cells = raw.cells.map((cell, i): Cell => {
    const wrong = whyNoCell(cell);
    if (wrong)
      throw new Error(`Cell ${i + 1} of the notebook ${path} ${wrong}: open it in Jupyter once and save it.`);
    let id = String(cell.id ?? "");
    while (!/^[a-zA-Z0-9-_]{1,64}$/.test(id) || ids.has(id)) id = randomBytes(4).toString("hex");
    ids.add(id);
    const common = {
      id,
      cell_type: cell.cell_type as Cell["cell_type"],
      metadata: (cell.metadata ?? {}) as Record<string, unknown>,
      source: joined(cell.source),
    };
    if (cell.cell_type !== "code") {
      return cell.attachments
        ? { ...common, attachments: cell.attachments as Record<string, unknown> }
        : common;
    }
    const outputs = ((cell.outputs ?? []) as Output[]).map(
      (output): Output =>
        output.output_type === "stream" ? { ...output, text: joined(output.text) } : output,
    );
    return { ...common, execution_count: (cell.execution_count ?? null) as number | null, outputs };
  });
  return { nbformat: 4, nbformat_minor: 5, metadata: raw.metadata ?? {}, cells };
}

/** What a cell lacks of nbformat 4, or null. */
function whyNoCell(cell: unknown): string | null {
  const { cell_type: kind, outputs = [] } = (cell ?? {}) as Record<string, unknown>;
  if (!["code", "markdown", "raw"].includes(kind as string)) return "is none of nbformat 4";
  if (!Array.isArray(outputs)) return "has no list of outputs";
  return outputs.every(isOutput) ? null : "has an output that is none of nbformat 4";
}

function isOutput(output: unknown): boolean {
  const { output_type: type, data, evalue, traceback = [] } = (output ?? {}) as Record<string, unknown>;
  if (type === "stream") return true;
  if (type === "error") return typeof evalue === "string" && Array.isArray(traceback);
  const isBundle = typeof data === "object" && data !== null;
  return isBundle && (type === "display_data" || type === "execute_result");
}

/** The address of a panel, under a proxy too; its token lets whoever reads it give labels while the kernel runs. */
const panelAddress = /(?:http:\/\/127\.0\.0\.1:|(?<=["'\s])\/[^\s"'<>]{0,300}\/proxy\/)\d+\/[\w-]{32}\//g;

/**
 * Writes the notebook as Jupyter does (one-space indent, text as lists of lines), whole or not at all. The addresses of
 * labelling panels stay out: others may read the file, and they lead nowhere once the kernel has ended.
 */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  const metadata = {
    ...notebook.metadata,
    kernelspec: { display_name: "TypeScript (latent-sky)", language: "typescript", name: "latent-sky" },
    language_info: {
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
      file_extension: ".ts",
      mimetype: "text/typescript",
      name: "typescript",
      version: "5.0.4",
    },
  };
  const cells = notebook.cells.map((cell) => {
    const shared = {
      cell_type: cell.cell_type,
      id: cell.id,
      metadata: cell.metadata,
      ...(cell.attachments ? { attachments: cell.attachments } : {}),
      source: lines(cell.source),
    };
    if (cell.cell_type !== "code") return shared;
    const outputs = (cell.outputs ?? []).map((output) =>
      output.output_type === "stream"
        ? { ...output, text: lines(output.text) }
        : "data" in output
          ? { ...output, data: linesOfBundle(output.data) }
          : output,
    );
    return { ...shared, execution_count: cell.execution_count ?? null, outputs };
  });
  await atomicWrite(
    path,
    `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`,
  );
}

/** Text types become lists of lines; JSON types and base64 stay as they are. */
function linesOfBundle(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([type, value]) => [
      type,
      typeof value === "string" && (type.startsWith("text/") || type === "image/svg+xml")
        ? lines(value)
        : value,
    ]),
  );
}

function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text ?? "");
}

function lines(text: string): string[] {
  return text === "" ? [] : text.replace(panelAddress, "about:blank#panel").split(/(?<=\n)/);
}
