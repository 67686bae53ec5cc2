import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageStack } from "../../lib/data/images/image.js";
import { startEngine } from "../../lib/engine/engine.js";
import { extractFeatures } from "../../lib/nn/extract-features.js";
import { resnet18 } from "../../lib/nn/resnet18.js";
import { Random } from "../../lib/random.js";
import { noAddon } from "../engine/compare.js";
import { scratch } from "../scratch.js";

const [n, side, each] = [40, 32, 32 * 32 * 3];
const random = new Random(4);
const pixels = Uint8Array.from({ length: n * each }, () => random.integer(256));
const stack: ImageStack = {
  ids: Array.from({ length: n }, (_, i) => `${i}`),
  length: n,
  width: side,
  height: side,
  channels: 3,
  async read(rows, into = new Uint8Array(rows.length * each)) {
    for (let k = 0; k < rows.length; k++)
      into.set(pixels.subarray(rows[k] * each, (rows[k] + 1) * each), k * each);
    return into;
  },
};

test("an image's features are the same to the bit whatever others are computed with it", {
  skip: noAddon,
}, async (t) => {
  scratch(t);
  await startEngine({ backend: "onednn", precision: "f32" });
  const net = resnet18({ seed: 1 });
  const all = await extractFeatures(net, stack);
  for (const [from, to] of [
    [0, 1],
    [3, 17],
    [20, 40],
  ]) {
    const indices = Array.from({ length: to - from }, (_, i) => from + i);
    const { data, shape } = await extractFeatures(net, stack, { indices });
    assert.deepEqual(shape, [to - from, 512]);
    assert.deepEqual(data, all.data.slice(from * 512, to * 512), `images ${from} to ${to}`);
  }
  const some = await extractFeatures(net, stack, { batch: 24 });
  assert.deepEqual(some.data, all.data, "the last batch has sixteen");
  net.dispose();
});

test("who throws while being told of the progress ends it", { skip: noAddon }, async (t) => {
  scratch(t);
  await startEngine({ backend: "onednn", precision: "f32" });
  const net = resnet18({ seed: 1 });
  const told: number[] = [];
  const options = {
    batch: 16,
    onProgress({ done }: { done: number }) {
      told.push(done);
      if (done === 32) throw new Error("no more");
    },
  };
  await assert.rejects(extractFeatures(net, stack, options), /no more/);
  assert.deepEqual(told, [16, 32]);
  net.dispose();
});
