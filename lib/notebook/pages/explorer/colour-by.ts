import { element } from "../element.js";
import { labelColumns } from "../labelling/filter.js";
import type { Column } from "../labelling/page-head.js";
import type { Source } from "../labelling/source.js";
import type { Colouring } from "./colouring.js";

/** The choice of what the points are coloured by: a column, or the labels. */
export class ColourBy {
  private readonly select = element<HTMLSelectElement>("column");

  constructor(
    private readonly source: Source,
    private readonly colouring: Colouring,
    /** A column was asked for. */
    private readonly asked: (k: number) => void,
  ) {
    const { columns } = source.head;
    this.select.append(
      ...(columns.length ? [] : [new Option("nothing", "")]),
      ...columns.map(({ name }, k) => new Option(name, String(k))),
      ...labelColumns(source.labels.codes).map(({ name }, k) => new Option(name, String(columns.length + k))),
    );
    this.select.onchange = () => this.paint();
  }

  async paint(): Promise<void> {
    this.colouring.by(await this.column());
  }

  labelsChanged(): void {
    const { value } = this.select;
    if (value !== "" && Number(value) >= this.source.head.columns.length) this.paint();
  }

  private async column(): Promise<Column | null> {
    if (this.select.value === "") return null;
    const k = Number(this.select.value);
    const { columns } = this.source.head;
    if (k >= columns.length) return labelColumns(this.source.labels.codes)[k - columns.length];
    this.asked(k);
    return this.source.column(k);
  }
}
