import type { PlotData } from "plotly.js";
import type { Matrix } from "../matrix.js";
import { round3 } from "./figure.js";
import { ink } from "./theme.js";

/** Points nobody asked about: grey, and a little smaller than others of this `size`. */
export function plain(size: number) {
  return { color: ink.faint, symbol: "circle", size: Math.round(8.5 * size) / 10, opacity: 0.6 };
}

/** A scatter of the points at `pick`; hovering one shows its id. */
export function scatterOf(options: {
  embedding: Matrix;
  pick: ArrayLike<number>;
  ids?: readonly string[];
  name: string;
  marker: Partial<PlotData["marker"]>;
}): Partial<PlotData> {
  const { embedding, pick, ids, name, marker } = options;
  const column = (j: number) => round3(Float64Array.from(pick, (i) => embedding.data[2 * i + j]));
  const hover: Partial<PlotData> = ids
    ? { text: Array.from(pick, (i) => ids[i]), hoverinfo: "text" }
    : { hoverinfo: "skip" };
  return { type: "scatter", mode: "markers", x: column(0), y: column(1), name, marker, ...hover };
}

/** Fails unless the embedding is n x 2 and everything beside it has n entries. */
export function checkEmbedding(
  embedding: Matrix,
  beside: Record<string, ArrayLike<unknown> | undefined>,
): void {
  const [n, d] = embedding.shape;
  if (d !== 2) throw new Error(`The embedding has ${d} columns; a UMAP plot needs 2.`);
  for (const [name, list] of Object.entries(beside))
    if (list && list.length !== n)
      throw new Error(`"${name}" has ${list.length} entries for ${n} points of the embedding.`);
}
