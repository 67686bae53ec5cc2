import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import type { ImageStack } from "../../lib/data/images/image.js";
import { openStack } from "../../lib/data/images/image-stack.js";
import { writeStack } from "../../lib/data/images/write-stack.js";
import type { NativeBackend } from "../../lib/engine/native/backend.js";
import { extractFeatures } from "../../lib/nn/extract-features.js";
import type { TensorMap } from "../../lib/nn/host-tensor.js";
import { readBatches } from "../../lib/nn/read-batches.js";
import { trainByol } from "../../lib/nn/train-byol.js";
import { missing, type Setting, use } from "../engine/compare.js";
import { scratch } from "../scratch.js";
import { small, stackOf, tiny } from "./tiny-training.js";

// The emulator's driver reads this when it is loaded: copies are made when somebody waits for them, as a card may. A
// buffer that is filled again too early then shows.
process.env.FAKE_GPU_LATE = "1";

/** What is asked of a stack: the memory it was given, and the reads that have not ended. */
interface Watched extends ImageStack {
  readonly memory: Set<ArrayBufferLike>;
  pending: number;
  reads: number;
}

/** `stack`, slow enough for others to overtake a read, and counted; read `failing` fails. */
function watched(stack: ImageStack, failing = -1): Watched {
  return {
    ...stack,
    memory: new Set(),
    pending: 0,
    reads: 0,
    async read(indices, into) {
      if (into) this.memory.add(into.buffer);
      this.pending++;
      const at = this.reads++;
      await new Promise((resolve) => setTimeout(resolve, 2));
      try {
        if (at === failing) throw new Error("image 7 is damaged");
        return await stack.read(indices, into);
      } finally {
        this.pending--;
      }
    },
  };
}

/** The images of `stackOf(n, side)` as a file. */
async function onDisk(folder: string, n: number, side: number) {
  const stack = stackOf(n, side);
  const images = await Promise.all(stack.ids.map((_, i) => stack.read([i])));
  const plan = { key: "k", height: side, width: side, channels: 1, ids: [...stack.ids], chunkLength: n };
  await (await writeStack(join(folder, "stack"), plan, async () => ({ images }))).close();
  return openStack(join(folder, "stack"));
}

test("an epoch read from disk goes through three buffers, whose bytes hold while the next batch is read", async (t) => {
  await use("cpu");
  const disk = await onDisk(scratch(t), 61, 8);
  const stack = watched(disk);
  const batches = Array.from({ length: 31 }, (_, k) => (k < 30 ? [60 - 2 * k, k] : [30]));
  const kept: Uint8Array[] = [];
  let k = 0;
  for await (const images of readBatches(stack, batches)) {
    const expected = await disk.read(batches[k]);
    assert.deepEqual(images, expected);
    assert.ok(stack.pending + stack.reads <= k + 3, "one batch ahead, not more");
    if (k > 0)
      assert.deepEqual(kept[k - 1], await disk.read(batches[k - 1]), "a step under way reads it still");
    kept.push(images);
    k++;
  }
  assert.equal(k, 31);
  assert.equal(stack.reads, 31);
  assert.equal(stack.memory.size, 3);
  for await (const _ of readBatches(stack, [])) assert.fail("no batches, no images");
  await disk.close();
});

test("whoever leaves early, by an abort, an error or a failing read, leaves no read pending", async () => {
  await use("cpu");
  const batches = Array.from({ length: 6 }, (_, k) => [2 * k, 2 * k + 1]);
  const left = watched(stackOf(12, 8));
  for await (const _ of readBatches(left, batches)) if (left.reads === 4) break;
  assert.deepEqual([left.reads, left.pending], [4, 0]);

  const thrown = watched(stackOf(12, 8));
  const consumer = async () => {
    for await (const _ of readBatches(thrown, batches)) throw new Error("the step failed");
  };
  await assert.rejects(consumer(), /the step failed/);
  assert.deepEqual([thrown.reads, thrown.pending], [2, 0]);

  const failing = watched(stackOf(12, 8), 2);
  let seen = 0;
  const all = async () => {
    for await (const _ of readBatches(failing, batches)) seen++;
  };
  await assert.rejects(all(), /image 7 is damaged/);
  assert.deepEqual([seen, failing.reads, failing.pending], [2, 3, 0]);

  for (const during of ["training", "features"]) {
    const stack = watched(stackOf(12, 16));
    const stop = new AbortController();
    const net = tiny();
    const options = { signal: stop.signal, onProgress: () => stop.abort() };
    const run = async () => {
      if (during === "features") await extractFeatures(net, stack, { batch: 4, ...options });
      else for await (const _ of trainByol(net, stack, { ...small, ...options }));
    };
    await assert.rejects(run(), { name: "AbortError" });
    assert.equal(stack.pending, 0, during);
    net.dispose();
  }
});

for (const setting of ["cpu", "onednn f32", "cuda f32"] as Setting[])
  test(`${setting}: training and features from buffers used again equal those from fresh ones, bit for bit`, {
    skip: missing(setting),
  }, async (t) => {
    await use(setting);
    const disk = await onDisk(scratch(t), 15, 32);
    const native = setting === "cpu" ? undefined : (tf.engine().backend as NativeBackend).native;
    const { hostMemory } = native ?? {};
    let pinned = 0;
    if (hostMemory)
      native!.hostMemory = (bytes) => {
        pinned++;
        return hostMemory(bytes);
      };
    t.after(() => hostMemory && Object.assign(native!, { hostMemory }));
    const run = async (stack: ImageStack) => {
      const net = tiny(5, native ? 4 : 1);
      const options = { ...small, epochs: 1, batchSize: 2 };
      const losses: (number | null)[] = [];
      for await (const { loss } of trainByol(net, stack, options)) losses.push(loss);
      const weights: TensorMap = await net.parameters.export();
      const features = await extractFeatures(net, stack, { batch: 2 });
      net.dispose();
      return { losses, weights, features };
    };
    const stack = watched(disk);
    const again = await run(stack);
    assert.ok(stack.memory.size <= 12, `${stack.memory.size} buffers: three for each of what read the stack`);
    if (setting.startsWith("cuda")) assert.equal(pinned, stack.memory.size, "a card is given pinned memory");
    // As stacks were read before: each batch in memory of its own.
    const fresh = await run({ ...disk, read: (indices) => disk.read(indices) });
    assert.deepEqual(again, fresh);
    await disk.close();
  });
