import { createInterface } from "node:readline";
import * as tf from "@tensorflow/tfjs";
import { engineStats, startEngine } from "../lib/engine/engine.js";
import { hostMemory } from "../lib/engine/host-memory.js";
import type { NativeBackend } from "../lib/engine/native/backend.js";
import { augmentWarp } from "../lib/engine/ops/augment-warp.js";
import { byolViews, plainView } from "../lib/nn/byol-augment.js";
import { ByolNetworks } from "../lib/nn/byol-networks.js";
import { ByolOptimiser } from "../lib/nn/byol-optimiser.js";
import { imagenetInput } from "../lib/nn/imagenet-input.js";
import { ResNet18 } from "../lib/nn/resnet18.js";
import { peakMemory } from "../lib/peak-memory.js";
import { Random } from "../lib/random.js";
import { runConvolution } from "./convolution-call.js";

/**
 * Our side of the engine benchmark, a process of its own so that its peak memory can be told:
 * engine-worker.ts byol|features auto|f32|bf16 SIZE BATCH THREADS [BACKEND]. Every line read runs one step and answers
 * with a line of JSON, like bench/peers/torch_byol.py; "step N" runs N in a row and waits for the last, "profile" runs a
 * step with each kernel timed, "ceiling" measures the fastest convolutions of this engine on this machine, and
 * convolution-call.ts says what "convolution ..." does.
 */
async function main(): Promise<void> {
  const [mode, precision, size, batch, threads, backend = "onednn"] = process.argv.slice(2);
  const info = await startEngine({
    backend: backend as "onednn",
    precision: precision as "auto",
    threads: Number(threads),
  });
  let step: (() => Promise<number>) | undefined;
  for await (const task of createInterface({ input: process.stdin })) {
    if (task === "ceiling") {
      answer({ seconds: 0, gflops: convolutionCeiling(), precision: info.precision });
      continue;
    }
    if (task.startsWith("convolution ")) {
      answer({ seconds: await runConvolution(task), device: info.device });
      continue;
    }
    step ??= mode === "features" ? featureStep(+size, +batch) : await byolStep(+size, +batch);
    const backend = tf.engine().backend as NativeBackend;
    const kernels = backend.kernels;
    for (const k of Object.values(kernels)) Object.assign(k, { calls: 0, ms: 0 });
    backend.profile = task === "profile";
    const start = performance.now();
    const loss = await inARow(step, Number(task.split(" ")[1] ?? 1));
    const seconds = (performance.now() - start) / 1000;
    const profile = task === "profile" ? Object.entries(kernels).filter(([, k]) => k.calls > 0) : undefined;
    // Of the card's memory where there is one, else of the process.
    const peakMiB = info.backend === "cuda" ? engineStats().bytes.peak / 2 ** 20 : peakMemory();
    answer({
      seconds,
      loss,
      peakMiB,
      precision: info.precision,
      device: info.device,
      fallbacks: engineStats().fallbacks,
      profile,
    });
  }
}

/**
 * `count` steps, as training runs them: the next one is started before the last one's number is waited for, which on a
 * GPU is while it is under way. Returns the last number.
 */
async function inARow(step: () => Promise<number>, count: number): Promise<number> {
  let under = step();
  for (let i = 1; i < count; i++) {
    const next = step();
    await under;
    under = next;
  }
  return under;
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function byolStep(size: number, batch: number): Promise<() => Promise<number>> {
  const networks = new ByolNetworks(new ResNet18(), { hiddenSize: 4096, projectionSize: 256 }, 0);
  await networks.copyToTarget();
  const optimiser = new ByolOptimiser(networks, { learningRate: 1e-4, tau: 0.99 });
  const random = new Random(1);
  const bytes = noise(batch * size * size * 3);
  const shape: [number, number, number, number] = [batch, size, size, 3];
  return () => {
    const views = byolViews(shape, size, [random, random]);
    return optimiser.train({ images: bytes, shape, views, size });
  };
}

function featureStep(size: number, batch: number): () => Promise<number> {
  const net = new ResNet18({ seed: 0 }).freeze();
  const bytes = noise(batch * size * size * 3);
  const { transforms, blurSigma } = plainView(batch, size, size, size);
  const x = warp(bytes, size, batch, transforms, blurSigma);
  return async () => {
    const features = net.features(x);
    const values = await features.data();
    features.dispose();
    return values[0];
  };
}

function warp(
  bytes: Uint8Array,
  size: number,
  n: number,
  transforms: Float32Array,
  sigmas: Float32Array,
): tf.Tensor4D {
  return augmentWarp(bytes, [n, size, size, 3], transforms, sigmas, imagenetInput(size));
}

/** Random bytes where training's batches lie: on a GPU in pinned memory, which is sent over again each step. */
function noise(length: number): Uint8Array {
  const random = new Random(2);
  const bytes = hostMemory(length);
  for (let i = 0; i < length; i++) bytes[i] = random.integer(256);
  return bytes;
}

/** The best rate over the 3x3 shapes of ResNet-18's stages, forward: what this machine's cores can do at most here. */
function convolutionCeiling(): number {
  let best = 0;
  for (const [channels, side] of [
    [64, 56],
    [128, 28],
    [256, 14],
    [512, 7],
  ]) {
    const x = tf.tidy(() =>
      tf.conv2d(
        tf.ones([16, side, side, 1]) as tf.Tensor4D,
        tf.ones([1, 1, 1, channels]) as tf.Tensor4D,
        1,
        0,
      ),
    );
    const filter = tf.fill([3, 3, channels, channels], 0.01) as tf.Tensor4D;
    for (let i = 0; i < 20; i++) {
      const start = performance.now();
      tf.conv2d(x, filter, 1, "same").dispose();
      best = Math.max(
        best,
        (2 * 16 * side * side * 9 * channels * channels) / 1e6 / (performance.now() - start),
      );
    }
    tf.dispose([x, filter]);
  }
  return best;
}

await main();
