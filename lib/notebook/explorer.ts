import type { FileHandle } from "node:fs/promises";
import type { ImageStack } from "../data/images/image.js";
import { escapeHtml } from "../escape-html.js";
import { palette } from "../figures/theme.js";
import { type ImageSource, imageSource } from "../figures/thumbnail.js";
import { atomicWrite } from "../files/atomic-write.js";
import { checkMatrix, type Matrix } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import { spriteSheet } from "./explorer-sprites.js";
import { bytesOf, type ExplorerColumn, pageColumns } from "./page-columns.js";
import type { OfflineData } from "./pages/explorer/offline-data.js";
import { inlinePage } from "./pages/inline-page.js";

export interface ExplorerOptions {
  /** n x 2. */
  embedding: Matrix;
  ids: readonly string[];
  /** Row i is point i; left out, the explorer has no images. */
  thumbnails?: ImageSource | ImageStack;
  /** Colour, sort and filter by them; a pair named as right ascension and declination gives links to the sky. */
  columns?: readonly ExplorerColumn[];
  title?: string;
  /** Where data and embedding come from, in a sentence under the title. */
  subtitle?: string;
  /** Names of classes that the page offers; more can be given there. */
  classes?: readonly string[];
  /** Pixels of a thumbnail's side; default 48, which is about 1 kB an image. */
  thumbnailSize?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Writes the embedding explorer: one HTML page with everything in it, which opens from the disk with no server and no
 * network. Pan and zoom, thumbnails on hover, colour and filter by any column, a lasso or a rectangle that gives a
 * grid of images to label; the labels stay in that browser and are saved from it as CSV. `explore` serves the same
 * page in a live notebook, where labels go to a file.
 *
 * Thumbnails are laid out in sheets of 16 x 16 that are decoded when first looked at; they are streamed into the
 * file, so that memory does not grow with the survey.
 */
export async function writeExplorer(path: string, options: ExplorerOptions): Promise<void> {
  const { ids, columns = [], title = "Embedding explorer", subtitle = "", classes = [] } = options;
  const { thumbnailSize = 48, onProgress, signal } = options;
  const xy = explorerPlane(options.embedding, ids, "writeExplorer");
  const n = ids.length;
  const images = options.thumbnails && imageSource(options.thumbnails);
  if (images && images.ids.length !== n)
    throw new Error(`writeExplorer: ${images.ids.length} thumbnails for ${n} points.`);
  const perSide = 16;
  const packed = pageColumns(columns, n, "writeExplorer");
  const data: OfflineData = {
    head: {
      title,
      subtitle,
      n,
      palette,
      columns: packed.columns.map(({ head }) => head),
      place: packed.place,
      classes,
      scores: true,
      person: "",
      labels: null,
      has: { pictures: Boolean(images), plane: true, similar: false, votes: false },
    },
    ids,
    thumbnailSize: images ? thumbnailSize : 0,
    perSide,
    xy: base64(bytesOf(xy)),
    columns: packed.columns.map(({ bytes }) => base64(bytes)),
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

/** x and y of each point in turn; fails where embedding and ids are not of the same objects. */
export function explorerPlane(embedding: Matrix, ids: readonly string[], what: string): Float32Array {
  checkMatrix(embedding, `${what}: embedding`);
  const [n, d] = embedding.shape;
  if (d !== 2) throw new Error(`${what}: the embedding has ${d} columns where the page shows 2.`);
  if (ids.length !== n) throw new Error(`${what}: ${ids.length} values of "ids" for ${n} points.`);
  return Float32Array.from(embedding.data);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** JSON that cannot end the script element it stands in. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
