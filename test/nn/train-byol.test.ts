import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import type { ImageStack } from "../../lib/data/images/image.js";
import { engineStats, startEngine } from "../../lib/engine/engine.js";
import { trainByolEpoch } from "../../lib/nn/byol-epoch.js";
import type { ByolBatch, ByolOptimiser } from "../../lib/nn/byol-optimiser.js";
import { type ByolOptions, settleByolOptions } from "../../lib/nn/byol-options.js";
import { extractFeatures } from "../../lib/nn/extract-features.js";
import { resnet18 } from "../../lib/nn/resnet18.js";
import { type EpochReport, trainByol } from "../../lib/nn/train-byol.js";
import { scratch } from "../scratch.js";
import { small, stackOf, tiny } from "./tiny-training.js";

const noAddon = existsSync("lib/engine/onednn/build/Release/latent_sky_onednn.node")
  ? false
  : "the addon is not built: npx node-gyp rebuild -C lib/engine/onednn";

before(async () => {
  await tf.setBackend("cpu");
});

async function run(stack: ImageStack, options: ByolOptions, width = 1) {
  const net = tiny(options.seed, width);
  const reports: EpochReport[] = [];
  let replayed = 0;
  for await (const { replayed: again, ...report } of trainByol(net, stack, options)) {
    reports.push(report);
    replayed += Number(again);
  }
  const weights = await net.parameters.export();
  net.dispose();
  return { reports, weights, replayed };
}
/** What must repeat: everything but the clock. */
const numbers = (reports: EpochReport[]) =>
  reports.map(({ epoch, loss, embeddingStd, effectiveRank, evaluation }) => ({
    epoch,
    loss,
    embeddingStd,
    effectiveRank,
    evaluation,
  }));

test("a run reports epoch 0 and each epoch, trains, and frees what it took", async () => {
  const stack = stackOf(10, 16);
  const held = tf.memory().numTensors;
  let events = 0;
  let last = 0;
  let evaluations = 0;
  const { reports } = await run(stack, {
    ...small,
    evaluate: async (net) => ({ calls: ++evaluations, features: net.featureSize }),
    onProgress: ({ done, total, note }) => {
      events++;
      assert.ok(done === ++last && total === 9, `${done} of ${total}`);
      assert.match(note!, /epoch \d\/3, loss \d\.\d+, \d+\.\d images\/s$/);
    },
  });
  assert.deepEqual(
    reports.map((r) => r.epoch),
    [0, 1, 2, 3],
  );
  assert.equal(events, 9, "three batches an epoch: 4, 4 and the last 2 images");
  assert.equal(reports[0].loss, null);
  assert.deepEqual(
    reports.map((r) => r.etaSeconds > 0),
    [false, true, true, false],
  );
  for (const r of reports.slice(1)) assert.ok(r.loss! > 0 && r.loss! < 8 && r.embeddingStd > 0);
  assert.deepEqual(
    reports.map((r) => r.evaluation.calls),
    [1, 2, 3, 4],
  );
  assert.equal(tf.memory().numTensors, held);
});

test("an epoch takes every image once in an order of its own, its views by other draws, its loss by the image", async () => {
  const stack = stackOf(10, 16);
  const o = settleByolOptions(stack, { ...small, tau: 0 });
  const epoch = async (number: number) => {
    const given: ByolBatch[] = [];
    const train = async (batch: ByolBatch) => {
      given.push({ ...batch, images: batch.images.slice() });
      return given.length;
    };
    const { loss } = await trainByolEpoch({ train } as unknown as ByolOptimiser, stack, o, number);
    return { given, loss };
  };
  const first = await epoch(1);
  assert.equal(first.loss, (4 * 1 + 4 * 2 + 2 * 3) / 10);
  const pixels = (given: ByolBatch[]) => given.flatMap(({ images }) => [...images]);
  const parts = (all: number[]) =>
    Array.from({ length: 10 }, (_, i) => all.slice(256 * i, 256 * (i + 1)).join());
  const whole = parts([...(await stack.read([...Array(10).keys()]))]);
  assert.deepEqual(parts(pixels(first.given)).sort(), whole.sort());
  const [{ views }] = first.given;
  assert.notDeepEqual(views.slice(0, 24), views.slice(24, 48), "two views");
  assert.notDeepEqual(views, first.given[1].views, "two steps");
  const second = await epoch(2);
  assert.notDeepEqual(parts(pixels(second.given)), parts(pixels(first.given)), "two epochs");
  assert.notDeepEqual(second.given[0].views, views, "two epochs");
});

test("a last batch of one image is left out: it has no batch statistics", async () => {
  let steps = 0;
  await run(stackOf(9, 16), { ...small, epochs: 1, onProgress: () => steps++ });
  assert.equal(steps, 2);
});

test("the same seed repeats a run exactly, another does not", async () => {
  const stack = stackOf(8, 16);
  const [a, b] = [await run(stack, { ...small, epochs: 1 }), await run(stack, { ...small, epochs: 1 })];
  assert.deepEqual(numbers(a.reports), numbers(b.reports));
  assert.deepEqual(a.weights, b.weights);
  const c = await run(stack, { ...small, epochs: 1, seed: 6 });
  assert.notDeepEqual(numbers(a.reports), numbers(c.reports));
});

test("a run stopped in the middle of an epoch and resumed equals an undisturbed one bit for bit", async (t) => {
  const stack = stackOf(10, 16);
  const straight = await run(stack, { ...small, epochs: 4 });
  const folder = scratch(t);
  const stop = new AbortController();
  const interrupted = run(stack, {
    ...small,
    epochs: 4,
    checkpoint: { folder },
    signal: stop.signal,
    onProgress: ({ done }) => done === 8 && stop.abort(),
  });
  await assert.rejects(interrupted, { name: "AbortError" });
  const resumed = await run(stack, { ...small, epochs: 4, checkpoint: { folder } });
  assert.equal(resumed.replayed, 3, "epochs 0, 1 and 2 come from the log");
  assert.deepEqual(numbers(resumed.reports), numbers(straight.reports));
  assert.deepEqual(resumed.weights, straight.weights);

  // A damaged newest checkpoint costs an epoch, not the run, and is told of.
  truncateSync(join(folder, "epoch-0004.safetensors"), 1000);
  const again = await run(stack, { ...small, epochs: 4, checkpoint: { folder } });
  assert.equal(again.replayed, 4);
  assert.match(again.reports[3].warnings.join(), /epoch-0004\.json is not used: its tensors have 1000 bytes/);
  assert.deepEqual(again.weights, straight.weights);

  await assert.rejects(
    run(stack, { ...small, epochs: 4, tau: 0.9, checkpoint: { folder } }),
    /belong to another run \(tau 0\.99, now 0\.9\)/,
  );
  const { read } = stack;
  const inverted: ImageStack = {
    ...stack,
    read: async (indices, into) => (await read.call(stack, indices, into)).map((v) => 255 - v),
  };
  await assert.rejects(
    run(inverted, { ...small, epochs: 4, checkpoint: { folder } }),
    /belong to another run \(pixels "[0-9a-f]{16}", now "[0-9a-f]{16}"\)/,
    "the same ids and sizes, other pixels",
  );
  const other = trainByol(tiny(6), stack, { ...small, epochs: 4, checkpoint: { folder } });
  await assert.rejects(other.next(), /belong to another run \(weights /);
});

test("a process killed in mid-epoch leaves checkpoints that another continues exactly", async (t) => {
  const folder = scratch(t);
  const child = spawn(process.execPath, ["--import", "tsx", "test/nn/train-until-killed.ts", folder]);
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  child.stdout.on("data", (text) => {
    said += text;
    if (said.includes("epoch 3")) child.kill("SIGKILL");
  });
  const signal = await new Promise((resolve) => child.on("exit", (_, s) => resolve(s)));
  assert.equal(signal, "SIGKILL", said);
  const resumed = await run(stackOf(10, 16), { ...small, epochs: 4, checkpoint: { folder } });
  assert.ok(resumed.replayed >= 3, `${resumed.replayed} epochs come from the log`);
  const straight = await run(stackOf(10, 16), { ...small, epochs: 4 });
  assert.deepEqual(numbers(resumed.reports), numbers(straight.reports));
  assert.deepEqual(resumed.weights, straight.weights);
});

test("on the native engine too, a resumed run equals an undisturbed one bit for bit", {
  skip: noAddon,
}, async (t) => {
  // One thread: on a busy machine several wait for one another at every tiny layer.
  await startEngine({ backend: "onednn", precision: "f32", threads: 1 });
  try {
    const stack = stackOf(12, 48);
    const options = { ...small, hiddenSize: 64, projectionSize: 16, epochs: 3 };
    const straight = await run(stack, options, 8);
    const checkpoint = { folder: scratch(t) };
    await run(stack, { ...options, epochs: 2, checkpoint }, 8);
    const resumed = await run(stack, { ...options, checkpoint }, 8);
    assert.equal(resumed.replayed, 3);
    assert.deepEqual(numbers(resumed.reports), numbers(straight.reports));
    assert.deepEqual(resumed.weights, straight.weights);
    assert.deepEqual(engineStats().fallbacks, {}, "no kernel of a training step runs in JavaScript");
  } finally {
    await tf.setBackend("cpu");
  }
});

test("options that cannot work are refused by name", async () => {
  const stack = stackOf(4, 16);
  for (const [options, why] of [
    [{ batchSize: 1 }, /batchSize is 1/],
    [{ learningRate: 0 }, /learningRate is 0/],
    [{ tau: 2 }, /tau is 2/],
    [{ epochs: -1 }, /epochs is -1/],
  ] as const)
    await assert.rejects(run(stack, { ...small, ...options }), why);
  await assert.rejects(run(stackOf(1, 16), small), /1 images are too few/);
});

test("a failing read ends the run with its own message and frees everything", async () => {
  const stack = stackOf(12, 16);
  const read = stack.read.bind(stack);
  const held = tf.memory().numTensors;
  const net = tiny();
  stack.read = (indices) =>
    ++stack.reads > 3 ? Promise.reject(new Error("image 7 is damaged")) : read(indices);
  const all = async () => {
    for await (const _ of trainByol(net, stack, small));
  };
  await assert.rejects(all(), /image 7 is damaged/);
  net.dispose();
  assert.equal(tf.memory().numTensors, held);
});

test("features do not depend on the batch, and follow the indices", async () => {
  const stack = stackOf(7, 32);
  const net = resnet18({ width: 2, seed: 1 });
  const all = await extractFeatures(net, stack, { batch: 7 });
  assert.deepEqual(all.shape, [7, 16]);
  const seen: number[] = [];
  const byThree = await extractFeatures(net, stack, { batch: 3, onProgress: (e) => seen.push(e.done) });
  assert.deepEqual(seen, [3, 6, 7]);
  assert.deepEqual(byThree.data, all.data);
  const two = await extractFeatures(net, stack, { indices: [5, 2] });
  assert.deepEqual(two.data, Float32Array.of(...all.data.subarray(80, 96), ...all.data.subarray(32, 48)));
  assert.deepEqual((await extractFeatures(net, stack, { indices: [] })).shape, [0, 16]);
  await assert.rejects(extractFeatures(net, stack, { signal: AbortSignal.abort() }), { name: "AbortError" });
  net.dispose();
});
