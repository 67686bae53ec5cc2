import { element } from "../element.js";
import { valueText } from "../labelling/page-head.js";
import { linksOf } from "../labelling/sky-links.js";
import type { Source } from "../labelling/source.js";
import { showCard } from "./card.js";
import type { Drawing } from "./drawing.js";
import type { View } from "./view.js";

/** What is known of one object: beside its point while the pointer is there, and above the grid. */
export class Details {
  /** Columns that are here already: asked for to colour by, or in the page anyway. */
  readonly known = new Set<number>();

  constructor(
    private readonly source: Source,
    private readonly view: View,
    private readonly xy: Float32Array,
    private readonly drawing: Drawing,
  ) {
    if (!source.isServed) for (const k of source.head.columns.keys()) this.known.add(k);
    element("like").hidden = !source.similar;
  }

  /** The pointer is at this row's point; -1, at none. */
  async hover(row: number): Promise<void> {
    const { source, drawing, view, xy } = this;
    if (row === drawing.hover && row >= 0) return;
    drawing.hover = row;
    drawing.drawOver();
    if (row < 0) return showCard(null);
    const columns = [...this.known].map((k) => source.column(k));
    const [[id], ...known] = await Promise.all([source.ids([row]), ...columns]);
    if (drawing.hover !== row) return;
    const values = known.map((column) => ({ name: column.name, value: valueText(column, row) }));
    const { score, class: name } = source.labels.codes.words(row);
    const label = [name, score].filter((word) => word !== null).join(", ");
    if (label) values.push({ name: "label", value: label });
    const image = source.picture(row, 160);
    showCard({ id, values, image }, view.screenX(xy[2 * row]), view.screenY(xy[2 * row + 1]));
  }

  /** The row under the grid's cursor: its id and its links. `current` says which it is by the time they are here. */
  async about(row: number, current: () => number): Promise<void> {
    element("about").hidden = row < 0;
    if (row < 0) return;
    const [[id], links] = await Promise.all([this.source.ids([row]), linksOf(this.source, row)]);
    if (row !== current()) return;
    element("about").querySelector("b")!.textContent = id;
    element("about")
      .querySelector(".links")!
      .replaceChildren(...links);
  }
}
