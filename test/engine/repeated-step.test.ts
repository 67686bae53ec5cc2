import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { engineStats } from "../../lib/engine/engine.js";
import type { NativeBackend } from "../../lib/engine/native/backend.js";
import { RepeatedStep } from "../../lib/engine/repeated-step.js";
import { byolViews } from "../../lib/nn/byol-augment.js";
import { ByolNetworks } from "../../lib/nn/byol-networks.js";
import { type ByolBatch, ByolOptimiser } from "../../lib/nn/byol-optimiser.js";
import type { TensorMap } from "../../lib/nn/host-tensor.js";
import { resnet18 } from "../../lib/nn/resnet18.js";
import { Random } from "../../lib/random.js";
import { missing, type Setting, use } from "./compare.js";
import { onCard } from "./cuda/emulated.js";

// The emulator's driver reads this when it is loaded: work waits until somebody waits for it, as on a card, so a step
// that reads too early reads the last one's values.
process.env.FAKE_GPU_LATE = "1";

/** Why some tests do not run: there is no pool, so that AddressSanitizer sees every access beyond a tensor. */
const asan = process.env.LATENT_SKY_ASAN ? "there is no pool of memory" : false;

/** A step's arrays: 2 grey images of 32 pixels and their views, others for every step. */
function batch(step: number, n = 2): ByolBatch {
  const random = new Random(9).fork(`step ${step}`);
  const shape: ByolBatch["shape"] = [n, 32, 32, 1];
  const images = Uint8Array.from({ length: n * 32 * 32 }, () => random.integer(256));
  const views = byolViews(shape, 32, [random.fork("first"), random.fork("second")]);
  return { images, shape, views, size: 32 };
}

function start(): { networks: ByolNetworks; optimiser: ByolOptimiser } {
  const networks = new ByolNetworks(
    resnet18({ seed: 3, width: 8 }),
    { hiddenSize: 16, projectionSize: 8 },
    3,
  );
  return { networks, optimiser: new ByolOptimiser(networks, { learningRate: 1e-3, tau: 0.9 }) };
}

const backend = () => tf.engine().backend as NativeBackend;

/**
 * Trains on these batches as the engine does it, or with recording hidden from it; the target's weights are replaced by
 * the online network's before step `copyAt`, and the card is full from step `fullAt` on.
 */
async function train(
  batches: ByolBatch[],
  recording = true,
  copyAt = -1,
  fullAt = -1,
): Promise<{ losses: number[]; weights: TensorMap; replays: number }> {
  const native = backend().native as { beginRecording?: unknown };
  const { beginRecording } = native;
  const before = replays();
  if (!recording) native.beginRecording = undefined;
  const { networks, optimiser } = start();
  try {
    const losses: Promise<number>[] = [];
    for (const [step, b] of batches.entries()) {
      if (step === copyAt) await networks.copyToTarget();
      if (step === fullAt) fillCard();
      losses.push(optimiser.train(b));
      // As in an epoch: the last step's loss is awaited while this one is under way.
      await losses.at(-2);
    }
    return {
      losses: await Promise.all(losses),
      weights: await networks.export(),
      replays: replays() - before,
    };
  } finally {
    delete process.env.FAKE_GPU_BYTES;
    native.beginRecording = beginRecording;
    optimiser.dispose();
    networks.dispose();
    networks.encoder.dispose();
  }
}

/** Leaves the card the memory that the engine has of it: the pool's, the arena of tables and a number. */
function fillCard(): void {
  const { native, pooled } = engineStats().bytes;
  process.env.FAKE_GPU_BYTES = String(native + pooled + 2 ** 20 + 4);
}

const replays = () => (backend().native as unknown as { counts(): { replays: number } }).counts().replays;

function assertSame(actual: TensorMap, expected: TensorMap): void {
  assert.deepEqual([...actual.keys()], [...expected.keys()]);
  for (const [name, { data }] of actual) assert.deepEqual(data, expected.get(name)!.data, name);
}

for (const setting of ["cuda f32", "cuda bf16"] as Setting[]) {
  test(`${setting}: replayed steps give the losses and weights of steps run one by one, bit for bit`, {
    skip: missing(setting),
  }, async () => {
    await use(setting);
    assert.ok(RepeatedStep.runsAhead);
    const held = tf.memory().numTensors;
    const batches = [0, 1, 2, 3, 4, 5].map((step) => batch(step));
    const eager = await train(batches, false);
    const replayed = await train(batches);
    assert.equal(eager.replays, 0);
    assert.equal(replayed.replays, 4, "two steps run as they are, then one launch each");
    assert.deepEqual(replayed.losses, eager.losses);
    assertSame(replayed.weights, eager.weights);
    assert.equal(new Set(eager.losses).size, 6);
    assert.equal(tf.memory().numTensors, held);
    assert.deepEqual(engineStats().fallbacks, {});
  });
}

test("a batch of another size is recorded anew", {
  skip: missing("cuda f32"),
}, async () => {
  await use("cuda f32");
  const sizes = [2, 2, 2, 3, 2, 2, 2];
  const batches = sizes.map((n, step) => batch(step, n));
  const eager = await train(batches, false);
  const replayed = await train(batches);
  assert.equal(replayed.replays, 2, "the third step and the seventh");
  assert.deepEqual(replayed.losses, eager.losses);
  assertSame(replayed.weights, eager.weights);
});

test("a step whose weights were replaced is recorded anew", { skip: missing("cuda f32") }, async () => {
  await use("cuda f32");
  const batches = [0, 1, 2, 3, 4, 5, 6, 7].map((step) => batch(step));
  const eager = await train(batches, false, 4);
  const replayed = await train(batches, true, 4);
  assert.equal(replayed.replays, 4, "two before and two after");
  assert.deepEqual(replayed.losses, eager.losses);
  assertSame(replayed.weights, eager.weights);
});

test("a step that the card has no room to record runs as it is, and says so once", {
  skip: missing("cuda f32") || (onCard && "this card has room") || asan,
}, async (t) => {
  await use("cuda f32");
  const said = t.mock.method(console, "warn", () => {});
  const held = tf.memory().numTensors;
  // Of a size that no other test leaves blocks of.
  const batches = [0, 1, 2, 3, 4].map((step) => batch(step, 11));
  const eager = await train(batches, false);
  const full = await train(batches, true, -1, 2);
  assert.equal(full.replays, 0);
  assert.deepEqual(full.losses, eager.losses);
  assertSame(full.weights, eager.weights);
  assert.equal(tf.memory().numTensors, held);
  const warnings = said.mock.calls.map((call) => String(call.arguments[0]));
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0],
    /^A step runs operation by operation, .* not enough memory on the GPU: .* images\.$/,
  );
});

test("before it is recorded a step makes at most 120 native calls and 2 uploads", {
  skip: missing("cuda f32"),
}, async () => {
  await use("cuda f32");
  const native = backend().native as unknown as Record<string, (...args: unknown[]) => unknown>;
  const own = { ...native };
  const uploads = () => (own.counts() as { uploads: number }).uploads;
  const { networks, optimiser } = start();
  const calls: Record<string, number> = {};
  try {
    delete native.beginRecording;
    for (const step of [0, 1, 2, 3]) await optimiser.train(batch(step));
    const before = uploads();
    for (const [name, f] of Object.entries(own)) {
      if (!(name in native)) continue;
      native[name] = (...args) => {
        calls[name] = (calls[name] ?? 0) + 1;
        return f(...args);
      };
    }
    const loss = optimiser.train(batch(4));
    // Without a pool no step has the addresses of the last.
    const most = asan ? 9 : 2;
    assert.ok(uploads() - before <= most, `${uploads() - before} uploads`);
    await loss;
  } finally {
    Object.assign(native, own);
    optimiser.dispose();
    networks.dispose();
    networks.encoder.dispose();
  }
  // Buffers come from the pool, and go back to it, without the card.
  const { alloc: _, free: __, ...asked } = calls;
  const sum = Object.values(asked).reduce((a, b) => a + b, 0);
  assert.ok(sum > 40 && sum <= 120, `${sum} calls: ${JSON.stringify(asked)}`);
});
