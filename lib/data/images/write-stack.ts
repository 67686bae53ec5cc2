import { existsSync } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, stat, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { digest } from "../../digest.js";
import { atomicWrite, syncFolder } from "../../files/atomic-write.js";
import { type Lock, withLock } from "../../files/with-lock.js";
import { writeError } from "../../files/write-error.js";
import { writeFully } from "../../files/write-fully.js";
import type { Skipped } from "../archives/archive.js";
import {
  DamagedStack,
  isWholeIndex,
  openStack,
  readStackIndex,
  type SourcedStack,
  STACK_FORMAT,
  type StackIndex,
  stackFiles,
} from "./image-stack.js";

export interface StackPlan {
  /** Names everything the pixels depend on (source fingerprint, parameters): another key starts anew. */
  key: string;
  height: number;
  width: number;
  channels: number;
  /** Ids of all the images that will be tried. */
  ids: readonly string[];
  /** Images a chunk; default 128. Two chunks are what an interruption loses. */
  chunkLength?: number;
}

/** What a chunk's maker hands back. */
export interface StackChunk {
  /** One entry per image of the chunk: its bytes, or the reason why there are none. */
  images: readonly (Uint8Array | { skipped: string })[];
  /** Anything that can be written as JSON, kept beside the chunk (boxes, timings). */
  note?: unknown;
}

/** A finished chunk: where its pixels end in the file, and what else the index needs. */
interface JournalChunk {
  end: number;
  kept: number[];
  skipped: [number, string][];
  note: unknown;
  /** Of its pixels; journals of earlier versions have none. */
  digest?: string;
}

/**
 * Writes an image stack chunk by chunk and opens it. `make(start, end)` makes images start to end - 1. After each chunk
 * the pixels are synced and then a line is added to a journal, so a run that was killed goes on at the first chunk that
 * is missing and ends with the same bytes, and the last of a million chunks costs what the first did; the stack itself
 * appears only when complete. A stack of the same key that is already there is opened as it is. Images that could not
 * be made are left out and listed. A stack that the disk spoilt is made again, and that is said. Of several processes
 * that want the stack one writes it; the others wait and open what it wrote.
 */
export async function writeStack(
  path: string,
  plan: StackPlan,
  make: (start: number, end: number) => Promise<StackChunk>,
  signal?: AbortSignal,
): Promise<SourcedStack> {
  const { index, pixels } = stackFiles(path);
  const complete = async (): Promise<SourcedStack | "damaged" | null> => {
    if ((await readStackIndex(path))?.key !== plan.key) return null;
    return openStack(path, signal).catch((error) => {
      if (error instanceof DamagedStack) return "damaged";
      throw error;
    });
  };
  const found = await complete();
  if (found && found !== "damaged") return found;
  const write = async (lock: Lock) => {
    const there = await complete();
    if (there && there !== "damaged") return there;
    if (await finishedBefore(path, plan)) return openStack(path, signal);
    if (there) console.warn(`${pixels} is damaged: the stack is made again.`);
    else if (existsSync(index) && !(await readStackIndex(path)))
      console.warn(`${index} is damaged or of another version of latent-sky: the stack is made again.`);
    await writePixels(path, plan, make, lock, signal);
    return openStack(path);
  };
  return withLock(path, write, { signal });
}

async function writePixels(
  path: string,
  plan: StackPlan,
  make: (start: number, end: number) => Promise<StackChunk>,
  lock: Lock,
  signal?: AbortSignal,
): Promise<void> {
  const partial = partialFiles(path);
  const each = plan.height * plan.width * plan.channels;
  const chunkLength = plan.chunkLength ?? 128;
  let chunks = await readJournal(partial.journal, plan.key, chunkLength);
  // Written whole before the first chunk: that makes the folder, and forgets the pixels of another key.
  if (!chunks || !existsSync(partial.pixels)) {
    chunks = [];
    await atomicWrite(partial.journal, journalHead(plan.key, chunkLength));
  }
  const file = await open(partial.pixels, existsSync(partial.pixels) ? "r+" : "w+").catch((error) => {
    throw writeError(partial.pixels, error);
  });
  let journal: FileHandle | null = null;
  let making: Promise<StackChunk> | null = null;
  try {
    let end = chunks.at(-1)?.end ?? 0;
    if ((await file.stat()).size < end) {
      chunks = [];
      await atomicWrite(partial.journal, journalHead(plan.key, chunkLength));
      end = 0;
    }
    journal = await open(partial.journal, "a");
    // Bytes after the last journalled chunk were being written when the run stopped.
    await file.truncate(end);
    // The next chunk is made while the last one goes to the disk: syncing takes as long as making.
    const startMaking = (c: number) => {
      const start = c * chunkLength;
      if (start >= plan.ids.length || signal?.aborted) return null;
      const made = make(start, Math.min(start + chunkLength, plan.ids.length));
      made.catch(() => {});
      return made;
    };
    making = startMaking(chunks.length);
    while (making) {
      const start = chunks.length * chunkLength;
      const stop = Math.min(start + chunkLength, plan.ids.length);
      const { images, note = null } = await making;
      making = startMaking(chunks.length + 1);
      if (images.length !== stop - start)
        throw new Error(`Images ${start} to ${stop - 1} were asked for and ${images.length} came.`);
      const chunk: JournalChunk = { end, kept: [], skipped: [], note };
      for (let k = 0; k < images.length; k++) {
        const image = images[k];
        if (!(image instanceof Uint8Array)) {
          chunk.skipped.push([start + k, image.skipped]);
          continue;
        }
        if (image.length !== each)
          throw new Error(
            `Image ${plan.ids[start + k]} has ${image.length} bytes where the stack has ${each} an image.`,
          );
        await writeFully(file, image, end + chunk.kept.length * each);
        chunk.kept.push(start + k);
      }
      chunk.digest = digest(images.flatMap((image) => (image instanceof Uint8Array ? [image] : [])));
      end += chunk.kept.length * each;
      chunk.end = end;
      await file.datasync();
      chunks.push(chunk);
      await lock.check();
      await journal.appendFile(`${JSON.stringify(chunk)}\n`);
      await journal.datasync();
    }
    if (chunks.length * chunkLength < plan.ids.length) signal?.throwIfAborted();
    await file.sync();
  } catch (error) {
    throw writeError(partial.pixels, error);
  } finally {
    await making?.catch(() => {});
    await journal?.close();
    await file.close();
  }
  await putInPlace(path, plan, chunks, lock);
}

/** The pixels of all chunks and the index of them take the stack's name. */
async function putInPlace(
  path: string,
  plan: StackPlan,
  chunks: readonly JournalChunk[],
  lock: Lock,
): Promise<void> {
  const files = stackFiles(path);
  const partial = partialFiles(path);
  const indices = chunks.flatMap((c) => c.kept);
  const skipped: Skipped[] = chunks.flatMap((c) =>
    c.skipped.map(([i, reason]) => ({ name: plan.ids[i], reason })),
  );
  const index: StackIndex = {
    format: STACK_FORMAT,
    key: plan.key,
    height: plan.height,
    width: plan.width,
    channels: plan.channels,
    ids: indices.map((i) => plan.ids[i]),
    indices,
    skipped,
    notes: chunks.map((c) => c.note),
    sums: chunks.every((c) => c.digest) ? chunks.map((c) => [c.end, c.digest!]) : undefined,
  };
  // Written while there is room for it, so that nothing can fail for want of room once the old stack is gone.
  await atomicWrite(nextIndex(path), JSON.stringify(index));
  await lock.check();
  try {
    // The old index goes before the new pixels come: at no moment does an index stand beside pixels of another key.
    await rm(files.index, { force: true });
    await rename(partial.pixels, files.pixels);
    // Before the last step: nobody looks for what is left over beside a stack that is complete.
    await rm(partial.journal, { force: true });
    await rename(nextIndex(path), files.index);
    await syncFolder(dirname(files.index));
  } catch (error) {
    throw writeError(files.pixels, error);
  }
}

/** What is there of a stack while it is being written. */
const partialFiles = (path: string) => ({
  pixels: `${stackFiles(path).pixels}.partial`,
  journal: `${path}.partial.jsonl`,
});

const nextIndex = (path: string) => `${path}.next.json`;

/** A run that ended between its last two renames left whole pixels and an index that only wants its name. */
async function finishedBefore(path: string, plan: StackPlan): Promise<boolean> {
  const files = stackFiles(path);
  const index = await readFile(nextIndex(path), "utf8").then(
    (text) => JSON.parse(text) as StackIndex,
    () => null,
  );
  if (!isWholeIndex(index) || index.key !== plan.key || existsSync(partialFiles(path).pixels)) return false;
  const pixels = await stat(files.pixels).catch(() => null);
  if (pixels?.size !== index.ids.length * plan.height * plan.width * plan.channels) return false;
  try {
    await rm(partialFiles(path).journal, { force: true });
    await rename(nextIndex(path), files.index);
  } catch (error) {
    throw writeError(files.index, error);
  }
  return true;
}

const journalHead = (key: string, chunkLength: number) =>
  `${JSON.stringify({ format: STACK_FORMAT, key, chunkLength })}\n`;

/**
 * The chunks of a journal of this key and format, without a last line that was being written; null where there is none
 * or it is damaged.
 */
async function readJournal(path: string, key: string, chunkLength: number): Promise<JournalChunk[] | null> {
  try {
    const text = await readFile(path, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (!whole.startsWith(journalHead(key, chunkLength))) return null;
    // What follows must begin on a line of its own.
    if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole));
    const lines = whole.split("\n").slice(1, -1);
    const chunks = lines.map((line) => JSON.parse(line) as JournalChunk);
    return chunks.every(isWholeChunk) ? chunks : null;
  } catch {
    return null;
  }
}

const isWholeChunk = (chunk: JournalChunk | null) =>
  Number.isSafeInteger(chunk?.end) && Array.isArray(chunk?.kept) && Array.isArray(chunk?.skipped);
