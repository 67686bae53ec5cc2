import type { FileHandle } from "node:fs/promises";
import type { ImageStack } from "../data/images/image.js";
import { escapeHtml } from "../escape-html.js";
import { palette } from "../figures/theme.js";
import { type ImageSource, imageSource } from "../figures/thumbnail.js";
import { atomicWrite } from "../files/atomic-write.js";
import { checkMatrix, type Matrix } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import { spriteSheet } from "./explorer-sprites.js";
import { type EncodedColumn, type ExplorerData, NO_CATEGORY } from "./pages/explorer/explorer-data.js";
import { inlinePage } from "./pages/inline-page.js";

/** Something to colour by. */
export interface ExplorerColumn {
  name: string;
  /** Names are categories, null without one; numbers are drawn on a scale, NaN grey. */
  values: ArrayLike<number> | readonly (string | null)[];
  /** "category" for numbers that are names, such as cluster numbers. */
  kind?: "category" | "number";
}

export interface ExplorerOptions {
  /** n x 2. */
  embedding: Matrix;
  ids: readonly string[];
  /** Row i is point i; left out, the explorer has no images. */
  thumbnails?: ImageSource | ImageStack;
  columns?: readonly ExplorerColumn[];
  title?: string;
  /** Where data and embedding come from, in a sentence under the title. */
  subtitle?: string;
  /** Pixels of a thumbnail's side; default 48, which is about 1 kB an image. */
  thumbnailSize?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Writes the embedding explorer: one HTML page with everything in it, which opens from the disk with no server and no
 * network. Pan and zoom, thumbnails on hover, colour by any column, a lasso that gives a grid of images and their ids.
 *
 * Thumbnails are laid out in sheets of 16 x 16 that are decoded when first looked at; they are streamed into the
 * file, so that memory does not grow with the survey.
 */
export async function writeExplorer(path: string, options: ExplorerOptions): Promise<void> {
  const { embedding, ids, columns = [], title = "Embedding explorer", subtitle = "" } = options;
  const { thumbnailSize = 48, onProgress, signal } = options;
  checkMatrix(embedding, "writeExplorer: embedding");
  const [n, d] = embedding.shape;
  if (d !== 2) throw new Error(`writeExplorer: the embedding has ${d} columns where the page shows 2.`);
  for (const [name, length] of [["ids", ids.length], ...columns.map((c) => [c.name, c.values.length])])
    if (length !== n) throw new Error(`writeExplorer: ${length} values of "${name}" for ${n} points.`);
  const images = options.thumbnails && imageSource(options.thumbnails);
  if (images && images.ids.length !== n)
    throw new Error(`writeExplorer: ${images.ids.length} thumbnails for ${n} points.`);
  const perSide = 16;
  const data: ExplorerData = {
    title,
    subtitle,
    n,
    ids,
    palette,
    thumbnailSize: images ? thumbnailSize : 0,
    perSide,
    xy: base64(Float32Array.from(embedding.data)),
    columns: columns.map(encode),
  };
  const [head, tail] = (await inlinePage("explorer")).split("<!--DATA-->");
  await atomicWrite(path, async (file: FileHandle) => {
    await file.writeFile(head.replaceAll("<!--TITLE-->", escapeHtml(title)));
    await file.writeFile(`<script type="application/json" id="data">${json(data)}</script>\n`);
    for (let from = 0; images && from < n; from += perSide * perSide) {
      signal?.throwIfAborted();
      const count = Math.min(perSide * perSide, n - from);
      const sheet = await spriteSheet({ images, from, count, size: thumbnailSize, perSide });
      await file.writeFile(`<script type="text/plain" class="sheet">${sheet.toString("base64")}</script>\n`);
      onProgress?.({ done: from + count, total: n, note: "thumbnails" });
    }
    await file.writeFile(tail);
  });
}

/** Categories as codes and names, sorted as a reader would; numbers as they are. */
function encode({ name, values, kind }: ExplorerColumn): EncodedColumn {
  const list = Array.from(values as ArrayLike<number | string | null>);
  const category = kind === "category" || list.some((v) => typeof v === "string");
  if (!category) return { name, kind: "number", values: base64(Float32Array.from(list as number[])) };
  const known = list.filter((v) => v !== null && !Number.isNaN(v));
  const names = [...new Set(known.map(String))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  if (names.length > NO_CATEGORY)
    throw new Error(`writeExplorer: "${name}" has ${names.length} categories; give numbers.`);
  const code = new Map(names.map((v, i) => [v, i]));
  const codes = Uint16Array.from(list, (v) => code.get(String(v)) ?? NO_CATEGORY);
  return { name, kind: "category", names, values: base64(codes) };
}

function base64(values: Float32Array | Uint16Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

/** JSON that cannot end the script element it stands in. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
