import { shortList } from "../../short-list.js";
import { ColumnBuilder } from "./column-builder.js";
import type { AboutColumn, Table } from "./table.js";
import { tableOf } from "./table-of.js";

/** A field of a typed table (FITS, VOTable), as its header declares it. */
export interface TypedField {
  name: string;
  /** Text, or numbers and truth values. */
  isText: boolean;
  /** Values in a cell; null where it varies from row to row, which is not read. Text counts as one. */
  count: number | null;
  /** Its unit and its frame, where the file has them. */
  about?: AboutColumn;
}

/** Longer arrays in a cell are spectra and the like, not columns. */
const longest = 32;

/**
 * The columns that typed fields become. An array of up to 32 numbers becomes as many columns, `FLUX_1` to `FLUX_5`, as
 * STILTS names them; longer or uneven ones are left out, with a note. Of two fields with one name the second gets `_2`.
 */
export class ColumnSet {
  /** For each field its columns; none where it is not read. */
  private readonly builders: readonly (readonly ColumnBuilder[])[];
  private readonly named = new Map<string, ColumnBuilder>();
  private readonly leftOut: string[] = [];

  constructor(
    private readonly fields: readonly TypedField[],
    wanted?: readonly string[],
  ) {
    this.builders = fields.map((field) => {
      if (field.count === 0) return [];
      if (field.count === null || field.count > longest) {
        this.leftOut.push(field.name);
        return [];
      }
      const names =
        field.count === 1
          ? [field.name]
          : Array.from({ length: field.count }, (_, k) => `${field.name}_${k + 1}`);
      if (wanted && !wanted.includes(field.name) && !names.some((n) => wanted.includes(n))) return [];
      return names.map((name) => {
        const builder = new ColumnBuilder(1024, { isText: field.isText });
        this.named.set(this.free(name), builder);
        return builder;
      });
    });
  }

  /** Whether anything of a field is kept. */
  has(field: number): boolean {
    return this.builders[field].length > 0;
  }

  set(field: number, element: number, row: number, value: unknown): void {
    this.builders[field][element]?.setValue(row, value);
  }

  table(path: string, length: number, notes: readonly string[]): Table {
    const left = this.leftOut;
    const note = left.length ? [`columns of long or uneven arrays were left out (${shortList(left)})`] : [];
    const names = new Map([...this.named].map(([name, builder]) => [builder, name]));
    const about = this.builders.flatMap((builders, f) =>
      builders.flatMap((b): [string, AboutColumn][] => {
        const { about } = this.fields[f];
        return about ? [[names.get(b)!, about]] : [];
      }),
    );
    return { ...tableOf(path, length, this.named, [...notes, ...note]), about: new Map(about) };
  }

  private free(name: string): string {
    let free = name;
    for (let k = 2; this.named.has(free); k++) free = `${name}_${k}`;
    return free;
  }
}
