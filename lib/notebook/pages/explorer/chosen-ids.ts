import { element } from "../element.js";
import type { Source } from "../labelling/source.js";

/** The buttons that copy and save the ids of what is chosen. */
export function chosenIds(source: Source, chosen: () => ArrayLike<number>): void {
  const text = async () => (await source.ids(Array.from(chosen()))).join("\n");
  element("copy").onclick = async () => {
    const ids = await text();
    try {
      await navigator.clipboard.writeText(ids);
    } catch {
      copyBySelection(ids);
    }
    element("copy").textContent = `${chosen().length} copied`;
  };
  element("save").onclick = async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${await text()}\n`], { type: "text/plain" }));
    link.download = "chosen-ids.txt";
    link.click();
  };
}

/** Pages from the disk may not have the clipboard; the old way still works there. */
function copyBySelection(text: string): void {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
