import { element } from "../element.js";
import { linksOf } from "../labelling/sky-links.js";
import type { Source } from "../labelling/source.js";

/** One image, large, with its name and where it stands in the list. */
export class OneImage {
  /** The image is on the screen. */
  loaded = false;
  private shown = -1;
  private readonly image = element<HTMLImageElement>("image");

  constructor(
    private readonly source: Source,
    private readonly changed: () => void,
  ) {
    this.image.onload = () => this.arrived("");
    this.image.onerror = () => this.arrived("failed");
  }

  show(
    row: number,
    list: readonly number[] | Uint32Array,
    at: number,
    isOpen: (row: number) => boolean,
  ): void {
    const { source } = this;
    this.tell(row, list, at);
    if (row === this.shown) return;
    this.shown = row;
    this.loaded = !source.head.has.pictures;
    if (!source.head.has.pictures) return;
    this.image.src = `picture/${row}?size=512`;
    element("picture").className = "loading";
    // Fetched while this one is looked at.
    for (let k = at + 1; k < Math.min(list.length, at + 20); k++)
      if (isOpen(list[k])) {
        new Image().src = `picture/${list[k]}?size=512`;
        break;
      }
  }

  private arrived(state: string): void {
    this.loaded = true;
    element("picture").className = state;
    this.image.alt = state ? "This image cannot be shown. Skip it, or label it if you know it." : "";
    this.changed();
  }

  private async tell(row: number, list: { length: number }, at: number): Promise<void> {
    const { source } = this;
    const place = `Image ${(at + 1).toLocaleString("en")} of ${list.length.toLocaleString("en")}`;
    const [[id], links] = await Promise.all([source.ids([row]), linksOf(source, row)]);
    if (row !== this.shown) return;
    const { score, class: name } = source.labels.codes.words(row);
    const label = [score, name].filter((word) => word !== null).join(", ");
    const box = element("id");
    const strong = document.createElement("b");
    strong.textContent = place;
    const said = document.createElement("span");
    said.textContent = label ? `labelled ${label}` : "";
    const where = document.createElement("span");
    where.className = "links";
    where.append(...links);
    const key = `${place}|${id}|${label}`;
    if (box.dataset.key === key) return;
    box.dataset.key = key;
    box.replaceChildren(strong, " ", said, where, document.createElement("br"), id);
  }
}
