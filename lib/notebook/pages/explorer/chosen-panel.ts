import { element } from "../element.js";
import type { Thumbnails } from "./thumbnails.js";

interface Listeners {
  /** The pointer is over the image of a point, or of none any more: -1. */
  point(i: number): void;
  /** An image was clicked. */
  find(i: number): void;
  clear(): void;
}

/** The images inside the lasso, in steps of 120, and their ids to copy or to save. */
export class ChosenPanel {
  private list: readonly number[] = [];
  private shown = 0;

  constructor(
    private readonly ids: readonly string[],
    private readonly thumbnails: Thumbnails,
    private readonly tell: Listeners,
  ) {
    element("grid").className = thumbnails.size ? "" : "plain";
    element("more").onclick = () => this.more();
    element("clear").onclick = () => tell.clear();
    element("copy").onclick = () => this.copy();
    element("save").onclick = () => this.save();
  }

  show(list: readonly number[]): void {
    this.list = list;
    this.shown = 0;
    const box = element("chosen");
    const images = list.length === 1 ? "image" : "images";
    box.querySelector("h2")!.textContent = list.length
      ? `${list.length.toLocaleString("en")} ${images} chosen`
      : "Nothing chosen yet";
    box.querySelector("p")!.hidden = list.length > 0;
    box.querySelector<HTMLElement>(".tools")!.hidden = !list.length;
    element("copy").textContent = "Copy ids";
    element("grid").replaceChildren();
    this.more();
  }

  private more(): void {
    const next = this.list.slice(this.shown, this.shown + 120);
    this.shown += next.length;
    element("grid").append(...next.map((i) => this.button(i)));
    const left = this.list.length - this.shown;
    element("more").hidden = left === 0;
    element("more").textContent = `Show ${Math.min(120, left)} more of ${left}`;
  }

  private button(i: number): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.title = this.ids[i];
    button.append(this.thumbnails.size ? this.thumbnails.canvas(i) : this.ids[i]);
    button.onmouseenter = () => this.tell.point(i);
    button.onmouseleave = () => this.tell.point(-1);
    button.onclick = () => this.tell.find(i);
    return button;
  }

  private get text(): string {
    return this.list.map((i) => this.ids[i]).join("\n");
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text);
    } catch {
      copyBySelection(this.text);
    }
    element("copy").textContent = `${this.list.length} copied`;
  }

  private save(): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${this.text}\n`], { type: "text/plain" }));
    link.download = "chosen-ids.txt";
    link.click();
  }
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
