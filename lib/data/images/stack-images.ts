import { digest } from "../../digest.js";
import { inParallel } from "../../files/in-parallel.js";
import { throwIfPassing } from "../../files/passing-error.js";
import type { OnProgress } from "../../progress-event.js";
import { fingerprintOf, type Skipped } from "../archives/archive.js";
import type { Dataset } from "../dataset.js";
import type { PixelImage } from "./image.js";
import { memoryStack, type SourcedStack } from "./image-stack.js";
import { resizeImage } from "./resize-image.js";
import { checkStretch, type Stretch, stretchToBytes } from "./stretch.js";
import { writeStack } from "./write-stack.js";

export interface StackOptions {
  /** Side of the square images of the stack in pixels; left out, all images must already be of one size. */
  size?: number;
  /** 1 (grey) or 3 (RGB); default that of the first image that decodes. */
  channels?: 1 | 3;
  /** Only these rows of the source, in this order. */
  indices?: ArrayLike<number>;
  /** For float images; default asinh. */
  stretch?: Stretch;
  /** Writes the stack to `path`.u8 and `path`.json and reads it from there, instead of keeping it in memory. */
  path?: string;
  concurrency?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** What `stackImages` reads: a Dataset, or any list of images with names. */
export type ImageList = Pick<Dataset, "length" | "ids" | "image"> & Partial<Pick<Dataset, "provenance">>;

/**
 * Equal-sized byte images from a dataset, resampled with Lanczos-3 where sizes differ. Images that do not decode are
 * left out and listed in `skipped`; `indices` says which row of the source each image is. With `path` the stack lies
 * in a file, is written in chunks that survive an interruption, and is reused when source and options are the same: a
 * list without `provenance` is read once more to know that it is.
 */
export async function stackImages(images: ImageList, options: StackOptions = {}): Promise<SourcedStack> {
  checkStretch(options.stretch);
  const rows = Uint32Array.from(options.indices ?? Array.from({ length: images.length }, (_, i) => i));
  const first = await firstImage(images, rows);
  const width = options.size ?? first.width;
  const height = options.size ?? first.height;
  const channels = options.channels ?? first.channels;
  const concurrency = options.concurrency ?? 8;
  const ids = Array.from(rows, (row) => images.ids[row]);
  let done = 0;

  const make = async (row: number): Promise<Uint8Array | { skipped: string }> => {
    let image: PixelImage;
    try {
      image = stretchToBytes(await images.image(row), options.stretch);
    } catch (error) {
      throwIfPassing(error);
      return { skipped: (error as Error).message };
    } finally {
      options.onProgress?.({ done: ++done, total: rows.length });
    }
    if (options.size === undefined && (image.width !== width || image.height !== height))
      throw new Error(
        `Image ${images.ids[row]} is ${image.width} x ${image.height} and others are ${width} x ${height}: give the size to bring them to.`,
      );
    return resizeImage(image, width, height, { channels });
  };

  if (options.path !== undefined) {
    const key = fingerprintOf([
      images.provenance?.fingerprint ?? (await digestOfPixels(images, rows, concurrency, options.signal)),
      JSON.stringify([width, height, channels, options.stretch ?? "asinh"]),
      ...ids,
    ]);
    const stack = await writeStack(
      options.path,
      { key, height, width, channels, ids },
      async (start, end) => {
        done = start;
        const chunk = new Array<Uint8Array | { skipped: string }>(end - start);
        await inParallel(
          end - start,
          concurrency,
          async (k) => {
            chunk[k] = await make(rows[start + k]);
          },
          options.signal,
        );
        return { images: chunk };
      },
      options.signal,
    );
    // Rows of the source, not of the selection.
    return { ...stack, indices: stack.indices.map((i) => rows[i]) };
  }

  const each = width * height * channels;
  const data = new Uint8Array(rows.length * each);
  const skipped = new Map<number, Skipped>();
  await inParallel(
    rows.length,
    concurrency,
    async (k) => {
      const image = await make(rows[k]);
      if (image instanceof Uint8Array) data.set(image, k * each);
      else skipped.set(k, { name: ids[k], reason: image.skipped });
    },
    options.signal,
  );
  const kept = Array.from(rows.keys()).filter((k) => !skipped.has(k));
  // Close the gaps they leave.
  kept.forEach((from, to) => {
    if (from !== to) data.copyWithin(to * each, from * each, (from + 1) * each);
  });
  return memoryStack({
    data: data.subarray(0, kept.length * each),
    height,
    width,
    channels,
    ids: kept.map((k) => ids[k]),
    indices: kept.map((k) => rows[k]),
    skipped: [...skipped].sort(([a], [b]) => a - b).map(([, s]) => s),
  });
}

/** What stands for a list that does not say what it holds: the digest of all its pixels, or why there are none. */
async function digestOfPixels(
  images: ImageList,
  rows: Uint32Array,
  concurrency: number,
  signal?: AbortSignal,
): Promise<string> {
  const each = new Array<string>(rows.length);
  const look = async (k: number) => {
    const { data, width, height, channels } = await images.image(rows[k]);
    return digest([`${width} ${height} ${channels} ${data.constructor.name} `, data]);
  };
  await inParallel(
    rows.length,
    concurrency,
    async (k) => {
      each[k] = await look(k).catch((error: Error) => {
        throwIfPassing(error);
        return error.message;
      });
    },
    signal,
  );
  return digest(each.join("\n"));
}

async function firstImage(images: ImageList, rows: Uint32Array): Promise<PixelImage> {
  let reason = "there are none";
  for (const row of rows) {
    try {
      return await images.image(row);
    } catch (error) {
      throwIfPassing(error);
      reason = (error as Error).message;
    }
  }
  throw new Error(`No image can be stacked: ${reason}`);
}
