import type { Labels } from "./labels.js";
import type { Column, PageHead } from "./page-head.js";

/** Where a page has its objects from: the server, or itself. */
export interface Source {
  /** From a server: what is not asked for is not here. */
  readonly isServed: boolean;
  readonly head: PageHead;
  readonly labels: Labels;
  /** x and y of each point in turn. */
  plane(): Promise<Float32Array>;
  /** Column `k` of the head; fetched once. */
  column(k: number): Promise<Column>;
  /** The names of rows, in their order. */
  ids(rows: readonly number[]): Promise<string[]>;
  /** The row called so, else the first whose name holds the text; -1, none. */
  named(text: string): Promise<number>;
  /** An image of a row, at most `size` pixels wide: `data-loaded` is set once it shows. Null, there are no images. */
  picture(row: number, size: number): HTMLElement | null;
  /** The nearest rows, nearest first; null, they cannot be known here. */
  similar: ((row: number, k: number) => Promise<number[]>) | null;
  /** The votes' score of a row; null, there are no votes. */
  votes: ((row: number) => Promise<number | null>) | null;
}
