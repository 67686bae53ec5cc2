import { closeSync, openSync, readSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStack, stackFiles } from "../lib/data/images/image-stack.js";
import { writeStack } from "../lib/data/images/write-stack.js";
import { median } from "../lib/median.js";
import { readBatches } from "../lib/nn/read-batches.js";
import { Random } from "../lib/random.js";
import type { BenchOptions, BenchRow } from "./bench-row.js";

const N = 1024;
const SIDE = 300;
const BATCH = 128;
const EACH = SIDE * SIDE * 3;
/** An epoch reads each image so often: its three buffers are made once, as in one of 232 041 images. */
const PASSES = 8;

/**
 * What an epoch asks of the disk, without its steps: batches of 128 in random order from a file of 300 x 300 x 3 bytes an
 * image that the system holds in its cache. `ours` reads into buffers that are used again (lib/nn/read-batches.ts), the
 * peer is the plainest loop there is, blocking reads into one buffer. The note has the same reads into new memory, and
 * how much resident memory grows over the epochs.
 */
export async function run({ repeats = 5 }: BenchOptions): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "latent-sky-bench-reading-"));
  const path = join(folder, "stack");
  const random = new Random(1);
  const ids = Array.from({ length: N }, (_, i) => String(i));
  const image = new Uint8Array(EACH).map(() => random.integer(256));
  const plan = { key: "bench", height: SIDE, width: SIDE, channels: 3, ids, chunkLength: 64 };
  try {
    const images = (n: number) => Array.from({ length: n }, () => image);
    await (await writeStack(path, plan, async (start, end) => ({ images: images(end - start) }))).close();
    const stack = await openStack(path);
    const order = random.permutation(N);
    const batches = Array.from({ length: (PASSES * N) / BATCH }, (_, k) => {
      const at = (k * BATCH) % N;
      return order.subarray(at, at + BATCH);
    });
    const file = openSync(stackFiles(path).pixels, "r");
    const one = new Uint8Array(BATCH * EACH);
    const ways = {
      async reused() {
        for await (const _ of readBatches(stack, batches));
      },
      async fresh() {
        for await (const _ of readBatches({ ...stack, read: (indices) => stack.read(indices) }, batches));
      },
      async plain() {
        for (const batch of batches)
          for (let k = 0; k < BATCH; k++) readSync(file, one, k * EACH, EACH, batch[k] * EACH);
      },
    };
    const rate = async (way: () => Promise<void>) => {
      const seconds: number[] = [];
      let before = 0;
      for (let i = 0; i <= repeats; i++) {
        const began = performance.now();
        await way();
        if (i > 0) seconds.push((performance.now() - began) / 1000);
        else before = process.memoryUsage().rss;
      }
      const grown = (process.memoryUsage().rss - before) / 2 ** 20;
      return { images: (PASSES * N) / median(seconds), grown };
    };
    const [reused, plain, fresh] = [await rate(ways.reused), await rate(ways.plain), await rate(ways.fresh)];
    closeSync(file);
    await stack.close();
    return [
      {
        stage: `reads of ${SIDE} x ${SIDE} x 3 in random order, against readSync`,
        ours: reused.images,
        peer: plain.images,
        unit: "images/s",
        ratio: reused.images / plain.images,
        target: ">= 0.8x",
        note:
          `into new memory ${fresh.images.toFixed(0)} images/s; ` +
          `resident memory grew by ${reused.grown.toFixed(0)} MiB over ${repeats} epochs of ${PASSES * N} images`,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
