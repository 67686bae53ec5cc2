import { availableParallelism } from "node:os";
import type { Dataset } from "../data/dataset.js";
import type { PixelImage } from "../data/images/image.js";
import type { SourcedStack } from "../data/images/image-stack.js";
import { checkStretch, type Stretch } from "../data/images/stretch.js";
import { writeStack } from "../data/images/write-stack.js";
import { digest } from "../digest.js";
import { inParallel } from "../files/in-parallel.js";
import { throwIfPassing } from "../files/passing-error.js";
import { paths, shownPath } from "../files/paths.js";
import type { OnProgress } from "../progress-event.js";
import { WorkerPool } from "../worker-pool.js";
import { type SourceBoxOptions, settledSourceBox } from "./central-source-box.js";
import type { PixelBox } from "./contours.js";
import { cropDefaults } from "./crop.js";
import { nativeBox } from "./find-source-box.js";
import { type PreprocessContext, type PreprocessedImage, work } from "./preprocess-worker.js";
import { wholeFrameWarning } from "./whole-frame-warning.js";

/** Goes up whenever equal options would give other pixels, so that an old cache is not taken for a new one. */
export const preprocessVersion = 2;
/** Threads take half a second to start: for so few images they are not worth it. */
const FEW = 64;
/** Images a chunk of the file. */
const CHUNK = 128;

export interface PreprocessOptions extends SourceBoxOptions {
  /** Side of the images that come out; the paper's is 300. */
  size?: number;
  /** 1 (grey) or 3 (RGB); default 3. */
  channels?: 1 | 3;
  /** How the floats of FITS images become bytes, on the whole image and after its box was found. */
  stretch?: Stretch;
  /** Worker threads; default one a core. */
  threads?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** An image that is used, and what should be known of it. */
export interface NotedImage {
  id: string;
  reason: string;
}

export interface Preprocessed {
  /** The crops; `stack.indices` are their rows in the dataset, `stack.skipped` the images that do not decode. */
  stack: SourcedStack;
  /** Images that were kept whole because no central source was found. */
  wholeFrame: NotedImage[];
  /** Images whose numbers may not be what was saved (`PixelImage.doubt`). */
  doubtful: NotedImage[];
  /** The enlarged box of every image of the stack, null for those kept whole. */
  boxes: (PixelBox | null)[];
}

/** What is kept beside each chunk of the stack. */
interface ChunkNote {
  boxes: ([x: number, y: number, width: number, height: number] | null)[];
  wholeFrame: NotedImage[];
  /** Absent in a cache from before it was looked at. */
  doubtful?: NotedImage[];
}

/**
 * Section 2.1 of the paper for a whole dataset: the box of the central source, the crop of the original image, its
 * resize to `size`. Images are streamed: a few are decoded ahead, worker threads find the boxes and resize, and
 * finished chunks go to a file in the cache named after the dataset's fingerprint and the options. A second call opens
 * that file; an interrupted one goes on at the chunk it was in, and ends with the same bytes. Memory holds two chunks
 * (256 images, 69 MB at 300 pixels), however many images there are.
 */
export async function preprocess(dataset: Dataset, options: PreprocessOptions = {}): Promise<Preprocessed> {
  const { size = cropDefaults.size, channels = 3, stretch, signal, onProgress } = options;
  if (!Number.isInteger(size) || size < 1 || size > 4096)
    throw new Error(`size: ${size} is not a side of 1 to 4096 pixels.`);
  checkStretch(stretch);
  const source = settledSourceBox(options);
  const recipe = { VERSION: preprocessVersion, size, channels, ...source, stretch: stretch ?? "asinh" };
  const key = digest([
    dataset.provenance.fingerprint,
    "\n",
    dataset.ids.join("\n"),
    "\n",
    JSON.stringify(recipe),
  ]);
  const threads = options.threads ?? availableParallelism();
  const context: PreprocessContext = { ...source, size, channels, stretch };
  let pool: WorkerPool<PixelImage, PreprocessedImage> | null = null;
  const process = async (image: PixelImage, into: Uint8Array): Promise<PreprocessedImage> => {
    // With native loops a byte image takes less time than handing it to a thread; libvips decodes in threads anyway.
    if (dataset.length <= FEW || (image.data instanceof Uint8Array && nativeBox()))
      return work(image, context, into);
    pool ??= new WorkerPool("preprocess/preprocess-worker", context, threads);
    const result = await pool.run(owned(image));
    into.set(result.data);
    return { ...result, data: into };
  };
  // Two chunks are in hand at a time, one made and one written, and their memory serves again: fresh buffers for every
  // image would keep the garbage collector busy for a third of the time.
  const each = size * size * channels;
  const buffers: Uint8Array[] = [];
  const total = dataset.length;
  let done = 0;
  let made = false;

  const path = paths.cache("preprocessed", `${fileName(dataset.name)}-${size}px-${key}`);
  const stack = await writeStack(
    path,
    { key, height: size, width: size, channels, ids: dataset.ids, chunkLength: CHUNK },
    async (start, end) => {
      done = start;
      made = true;
      const pixels = (buffers[(start / CHUNK) % 2] ??= new Uint8Array(Math.min(CHUNK, total) * each));
      const images = new Array<Uint8Array | { skipped: string }>(end - start);
      const found = new Array<PreprocessedImage>(end - start);
      const doubts = new Array<string | undefined>(end - start);
      await inParallel(
        end - start,
        2 * threads + 2,
        async (k) => {
          let image: PixelImage;
          try {
            image = await dataset.image(start + k);
          } catch (error) {
            throwIfPassing(error);
            images[k] = { skipped: (error as Error).message };
            return;
          } finally {
            onProgress?.({ done: ++done, total });
          }
          doubts[k] = image.doubt;
          found[k] = await process(image, pixels.subarray(k * each, (k + 1) * each));
          images[k] = found[k].data;
        },
        signal,
      );
      // In the order of the dataset, whatever order they were finished in: the result must not depend on timing.
      const note: ChunkNote = { boxes: [], wholeFrame: [], doubtful: [] };
      for (let k = 0; k < images.length; k++) {
        if (!(images[k] instanceof Uint8Array)) continue;
        const { box, reason } = found[k];
        note.boxes.push(box && [box.x, box.y, box.width, box.height]);
        const id = dataset.ids[start + k];
        if (reason !== undefined) note.wholeFrame.push({ id, reason });
        const doubt = doubts[k];
        if (doubt !== undefined) note.doubtful?.push({ id, reason: doubt });
      }
      return { images, note };
    },
    signal,
  ).finally(() => pool?.close());
  onProgress?.({ done: total, total });
  const { sampled } = dataset.provenance;
  // Nobody but this project writes the files of what it drew.
  if (!made && sampled !== undefined && !dataset.drawn)
    console.log(
      "These are the pixels of an earlier run: names, sizes and times of the files are as they were, and so is what " +
        `was looked at in ${sampled} of them. Whoever changed others and kept their times removes ${shownPath(path)}.*`,
    );
  const notes = stack.notes as readonly ChunkNote[];
  const wholeFrame = notes.flatMap((note) => note.wholeFrame);
  const warning = wholeFrameWarning(wholeFrame, stack.length, source);
  if (warning) console.warn(warning);
  return {
    stack,
    wholeFrame,
    doubtful: notes.flatMap((note) => note.doubtful ?? []),
    boxes: notes.flatMap((note) =>
      note.boxes.map((b) => b && { x: b[0], y: b[1], width: b[2], height: b[3] }),
    ),
  };
}

/** Pixels without the rest of a larger buffer, which would be copied to the thread with them. */
function owned(image: PixelImage): PixelImage {
  const { data } = image;
  if (data.byteLength === data.buffer.byteLength) return image;
  return { ...image, data: data instanceof Uint8Array ? new Uint8Array(data) : data.slice() };
}

const fileName = (name: string) => name.replace(/[^\w.-]+/g, "_").slice(0, 60);
