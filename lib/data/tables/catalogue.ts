import { requirePackage } from "../../package-root.js";

// biome-ignore lint/suspicious/noTsIgnore: where danfojs is installed there is no error to expect.
/** @ts-ignore: danfojs's own type where it is installed; it need not be, and then this is any. */
type DataFrame = import("danfojs-node").DataFrame;

/**
 * Whatever numbers came with a dataset's images, row i belonging to image i: positions, magnitudes, votes, any joined
 * CSV or parquet. Columns are Float64Array with NaN for missing; `frame()` gives the danfojs DataFrame for
 * interactive work. `volunteerVotes` finds the votes in it, where there are some. Columns of text (remarks, other names)
 * travel along in `text` and come back in the tables of results.
 */
export class Catalogue {
  constructor(
    readonly length: number,
    protected readonly columns: ReadonlyMap<string, Float64Array>,
    /** Columns of text, null for missing. */
    readonly text: ReadonlyMap<string, readonly (string | null)[]> = new Map(),
  ) {
    for (const [name, c] of [...columns, ...text])
      if (c.length !== length)
        throw new Error(`Column "${name}" has ${c.length} rows where the table has ${length}.`);
  }

  get names(): string[] {
    return [...this.columns.keys()];
  }

  has(name: string): boolean {
    return this.columns.has(name);
  }

  /** One column; fails naming it and the nearest columns there are. */
  column(name: string): Float64Array {
    const c = this.columns.get(name);
    if (c) return c;
    const stem = name.split("_")[0];
    const near = this.names.filter((n) => n.startsWith(stem));
    const list = (near.length ? near : this.names).slice(0, 12).join(", ");
    throw new Error(`The catalogue has no column "${name}"; it has ${list || "no columns at all"}.`);
  }

  /** Those of `names` that the table has not. */
  missing(names: readonly string[]): string[] {
    return names.filter((n) => !this.columns.has(n));
  }

  /** Fails with the whole list of the columns of `names` that are missing. */
  require(names: readonly string[]): void {
    const missing = [...new Set(this.missing(names))];
    if (missing.length)
      throw new Error(`The catalogue misses ${missing.length} columns: ${missing.join(", ")}.`);
  }

  /** The rows at `indices`, in that order. */
  select(indices: ArrayLike<number>): Catalogue {
    const rows = Array.from({ length: indices.length }, (_, i) => indices[i]);
    const text = [...this.text].map(([name, words]) => [name, rows.map((r) => words[r])] as const);
    return new Catalogue(indices.length, this.picked(indices), new Map(text));
  }

  protected picked(indices: ArrayLike<number>): Map<string, Float64Array> {
    const picked = new Map<string, Float64Array>();
    for (const [name, c] of this.columns)
      picked.set(
        name,
        Float64Array.from({ length: indices.length }, (_, i) => c[indices[i]]),
      );
    return picked;
  }

  /** The table as a danfojs DataFrame. danfojs is loaded by the first call: it takes a second and 40 MB of objects. */
  frame(): DataFrame {
    const danfo = requirePackage("danfojs-node") as typeof import("danfojs-node");
    return new danfo.DataFrame(Object.fromEntries([...this.columns].map(([n, c]) => [n, Array.from(c)])));
  }
}
