import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { digest } from "../../digest.js";
import { type KeptFile, openKeptFile } from "../../files/kept-file.js";
import type { Skipped } from "../archives/archive.js";
import type { ImageStack } from "./image.js";

/** Of the index and of the journal before it. Another format is another version's: its stack is made again, not read. */
export const STACK_FORMAT = "latent-sky stack 2";

/** What is written beside the pixels of a stack; its presence says that the stack is complete. */
export interface StackIndex {
  format: typeof STACK_FORMAT;
  /** Says what the stack was made of; a stack of another key is made again. */
  key: string;
  height: number;
  width: number;
  channels: number;
  ids: string[];
  /** Row of each image in the source it was made of: labels and votes are picked with it. */
  indices: number[];
  /** Images left out, with the reason. */
  skipped: Skipped[];
  /** What the maker wants to keep beside each chunk. */
  notes: unknown[];
  /** Where each chunk ends in the pixels, and the digest of its bytes; stacks of earlier versions have none. */
  sums?: [end: number, digest: string][];
}

/** The pixels of a stack are not those that were written. */
export class DamagedStack extends Error {}

/** A stack that knows which rows of its source it holds. */
export interface SourcedStack extends ImageStack {
  readonly indices: Uint32Array;
  readonly skipped: readonly Skipped[];
  readonly notes: readonly unknown[];
  close(): Promise<void>;
}

/** Bytes that lie in memory, [n, height, width, channels], as an ImageStack. */
export function memoryStack(stack: {
  data: Uint8Array;
  height: number;
  width: number;
  channels: number;
  ids: readonly string[];
  indices?: ArrayLike<number>;
  skipped?: readonly Skipped[];
}): SourcedStack {
  const { data, height, width, channels, ids } = stack;
  const each = height * width * channels;
  if (data.length !== each * ids.length)
    throw new Error(
      `A stack of ${ids.length} images ${width} x ${height} x ${channels} has ${each * ids.length} bytes, not ${data.length}.`,
    );
  return {
    length: ids.length,
    height,
    width,
    channels,
    ids,
    indices: Uint32Array.from(stack.indices ?? [...ids.keys()]),
    skipped: stack.skipped ?? [],
    notes: [],
    async read(indices, into) {
      const out = roomFor(indices, ids.length, each, into);
      for (let k = 0; k < indices.length; k++)
        out.set(data.subarray(indices[k] * each, (indices[k] + 1) * each), k * each);
      return out;
    },
    close: async () => {},
  };
}

/** The two files of a stack on disk: the pixels, and the index that says they are complete. */
export const stackFiles = (path: string) => ({ pixels: `${path}.u8`, index: `${path}.json` });

/** The index of the stack at `path`, or null where there is none that is whole. */
export async function readStackIndex(path: string): Promise<StackIndex | null> {
  const files = stackFiles(path);
  if (!existsSync(files.index) || !existsSync(files.pixels)) return null;
  try {
    const index = JSON.parse(await readFile(files.index, "utf8")) as StackIndex;
    return isWholeIndex(index) ? index : null;
  } catch {
    return null; // a damaged index is as good as none: the stack can be made again
  }
}

/** Whether what was read is an index of this version. */
export function isWholeIndex(index: StackIndex | null): index is StackIndex {
  const isCount = (n: unknown) => Number.isInteger(n) && Number(n) >= 0;
  return (
    index?.format === STACK_FORMAT &&
    [index.height, index.width, index.channels].every((n) => isCount(n) && n > 0) &&
    Array.isArray(index.ids) &&
    index.ids.every((id) => typeof id === "string") &&
    Array.isArray(index.indices) &&
    index.indices.length === index.ids.length &&
    index.indices.every(isCount) &&
    Array.isArray(index.skipped) &&
    Array.isArray(index.notes) &&
    (index.sums === undefined || (Array.isArray(index.sums) && index.sums.every(Array.isArray)))
  );
}

/**
 * A stack written by `writeStack` or `stackImages`, of which only the images asked for are read from disk. Its size and
 * up to 64 of its chunks are held against the index here, to fail where the disk spoilt it: a second or two at most.
 */
export async function openStack(path: string, signal?: AbortSignal): Promise<SourcedStack> {
  const index = await readStackIndex(path);
  if (!index) throw new Error(`There is no complete image stack at ${path}; make it again.`);
  const { height, width, channels, ids } = index;
  const each = height * width * channels;
  const { pixels } = stackFiles(path);
  const file = await openKeptFile(pixels);
  try {
    const refuse = (what: string) => new DamagedStack(`${pixels} ${what}; delete it and make it again.`);
    if (file.size !== each * ids.length)
      throw refuse(`has ${file.size} bytes where its index promises ${each * ids.length}`);
    if (!(await areAsWritten(file, index.sums ?? [], signal))) throw refuse("changed after it was written");
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    length: ids.length,
    height,
    width,
    channels,
    ids,
    indices: Uint32Array.from(index.indices),
    skipped: index.skipped,
    notes: index.notes,
    async read(indices, into) {
      const out = roomFor(indices, ids.length, each, into);
      const runs: Promise<boolean>[] = [];
      for (let k = 0; k < indices.length; ) {
        // Neighbours on disk are read at once: a whole pass in order is a few large reads.
        let end = k + 1;
        while (end < indices.length && indices[end] === indices[end - 1] + 1) end++;
        runs.push(file.read(out.subarray(k * each, end * each), indices[k] * each));
        k = end;
      }
      // All of them, also after a failure: the caller may use its memory again, or close the file, once this has ended.
      const ended = await Promise.allSettled(runs);
      for (const run of ended) {
        if (run.status === "rejected") throw run.reason;
        if (!run.value) throw new Error(`${pixels} ends too early; delete it and make it again.`);
      }
      return out;
    },
    close: () => file.close(),
  };
}

/** Chunks that are looked at when a stack is opened, the first and the last among them: 2 GB of 300 px images. */
const CHECKED = 64;

/** Whether the bytes of the chunks looked at are those of their digests. */
async function areAsWritten(
  file: KeptFile,
  sums: NonNullable<StackIndex["sums"]>,
  signal?: AbortSignal,
): Promise<boolean> {
  const looks = Math.min(CHECKED, sums.length);
  for (let i = 0; i < looks; i++) {
    signal?.throwIfAborted();
    const k = looks === 1 ? 0 : Math.round((i * (sums.length - 1)) / (looks - 1));
    const [end, sum] = sums[k];
    const start = k > 0 ? sums[k - 1][0] : 0;
    if (!(end >= start && end <= file.size)) return false;
    const bytes = new Uint8Array(end - start);
    if (!(await file.read(bytes, start)) || digest(bytes) !== sum) return false;
  }
  return true;
}

/** Where the images at `indices` go, `into` or new memory; throws where a stack of `n` has no such image. */
function roomFor(indices: ArrayLike<number>, n: number, each: number, into?: Uint8Array): Uint8Array {
  for (let k = 0; k < indices.length; k++)
    if (!(Number.isInteger(indices[k]) && indices[k] >= 0 && indices[k] < n))
      throw new Error(`The stack has images 0 to ${n - 1}; there is no ${indices[k]}.`);
  const bytes = indices.length * each;
  if (into && into.length !== bytes)
    throw new Error(
      `${indices.length} images of the stack are ${bytes} bytes; the memory given for them has ${into.length}.`,
    );
  return into ?? new Uint8Array(bytes);
}
