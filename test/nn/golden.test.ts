import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../lib/engine/engine.js";
import { valueAndGradients } from "../../lib/engine/gradients.js";
import { adamScalars } from "../../lib/engine/ops/adam-step.js";
import { ByolNetworks } from "../../lib/nn/byol-networks.js";
import { ByolOptimiser } from "../../lib/nn/byol-optimiser.js";
import { hwioToOihw, type TensorMap } from "../../lib/nn/host-tensor.js";
import { resnet18 } from "../../lib/nn/resnet18.js";
import { noCuda, showStandIn } from "../engine/cuda/emulated.js";
import { fillByFormula, formulaImages, relativeError } from "./formula.js";

/** Sum, norm and eight entries of a tensor, as test/reference/nn.py made them in float64 with PyTorch. */
interface Picture {
  sum: number;
  norm: number;
  at: number[];
  values: number[];
}
const golden = JSON.parse(readFileSync("test/reference/nn.json", "utf8"));

/** Norm and entries within `tolerance` of the tensor's norm, and of its typical entry. */
function compare(name: string, data: Float32Array, picture: Picture, tolerance: number): void {
  const norm = Math.hypot(...data);
  const scale = Math.max(...picture.values.map(Math.abs));
  // A bias in front of a batch norm has no gradient: PyTorch's own 1e-18 is compared with ours absolutely.
  const floor = 1e-5;
  assert.ok(
    Math.abs(norm - picture.norm) <= tolerance * picture.norm + floor,
    `${name}: norm ${norm}, ${picture.norm}`,
  );
  picture.at.forEach((i, k) => {
    const difference = Math.abs(data[i] - picture.values[k]);
    assert.ok(
      difference <= tolerance * scale + floor,
      `${name}[${i}]: ${data[i]}, PyTorch ${picture.values[k]}`,
    );
  });
}

function compareAll(
  tensors: TensorMap,
  pictures: Record<string, Picture>,
  prefix: string,
  tolerance: number,
): void {
  assert.ok(Object.keys(pictures).length > 10);
  for (const [name, picture] of Object.entries(pictures)) {
    const tensor = tensors.get(prefix + name);
    assert.ok(tensor, `no tensor ${prefix + name}`);
    compare(prefix + name, tensor.data, picture, tolerance);
  }
}

/** The fastest engine of this machine, and the CUDA engine on a card or through its emulator. */
for (const backend of ["auto", "cuda"] as const) {
  const skip = backend === "cuda" && noCuda;
  suite(backend, skip);
}

function suite(backend: "auto" | "cuda", skip: string | false): void {
  const start = (precision?: "f32") => {
    showStandIn(backend === "cuda");
    return startEngine({ backend, precision });
  };
  // f32: the golden values are float64's, and bf16 keeps three digits.
  const f32 = () => start("f32");

  test(`${backend}: ResNet-18 in evaluation mode, batch norm folded, gives PyTorch's features`, {
    skip,
  }, async () => {
    await f32();
    const net = resnet18();
    fillByFormula(net.parameters);
    const frozen = net.freeze();
    const x = formulaImages(2, 64, 1000);
    const y = await frozen.features(x).data();
    // f32 against f64 through 20 layers; measured 1e-6.
    assert.ok(
      relativeError(y, golden.forward.evaluated) < 1e-5,
      `${relativeError(y, golden.forward.evaluated)}`,
    );
    frozen.dispose();
    net.dispose();
  });

  test(`${backend}: in bf16 the features point where PyTorch's point`, { skip }, async (t) => {
    const { precision } = await start();
    if (precision !== "bf16") return t.skip(`this machine runs in f32`);
    const net = resnet18();
    fillByFormula(net.parameters);
    const frozen = net.freeze();
    const y = await frozen.features(formulaImages(2, 64, 1000)).data();
    const expected: number[] = golden.forward.evaluated;
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Array.from(a).reduce((s, v, i) => s + v * b[i], 0);
    const cosine = dot(y, expected) / Math.sqrt(dot(y, y) * dot(expected, expected));
    assert.ok(cosine > 0.999, `cosine ${cosine}`);
    frozen.dispose();
    net.dispose();
  });

  test(`${backend}: ResNet-18 in training mode gives PyTorch's features and running statistics`, {
    skip,
  }, async () => {
    await f32();
    const net = resnet18();
    fillByFormula(net.parameters);
    const y = tf.tidy(() => net.train(formulaImages(2, 64, 1000)));
    net.parameters.commitStatistics();
    // The last stage normalises 8 values a channel, which amplifies rounding.
    assert.ok(relativeError(await y.data(), golden.forward.trained) < 1e-4);
    compareAll(await net.parameters.export(), golden.forward.buffers, "", 1e-5);
    net.dispose();
  });

  test(`${backend}: one BYOL step: loss, gradients, Adam and the moving average are PyTorch's`, {
    skip,
  }, async () => {
    await f32();
    const { sizes, learningRate, tau, loss } = golden.byolStep;
    const networks = new ByolNetworks(resnet18({ width: sizes.width }), sizes, 0);
    fillByFormula(networks.encoder.parameters, networks.projector.parameters, networks.predictor.parameters);
    fillByFormula(networks.targetEncoder.parameters, networks.targetProjector.parameters);
    const views = tf.concat([2000, 3000].map((salt) => formulaImages(sizes.n, sizes.size, salt)));
    const z = networks.targetProjection(views);
    const trained = networks.trained();
    const { value, gradients } = valueAndGradients(
      () => networks.loss(views, z),
      trained.map((t) => t.variable),
    );
    assert.ok(Math.abs((await value.data())[0] - loss) < 1e-5 * loss);
    const named: TensorMap = new Map();
    for (const [i, { name }] of trained.entries()) {
      const tensor = { shape: gradients[i].shape, data: Float32Array.from(await gradients[i].data()) };
      named.set(name, tensor.shape.length === 4 ? hwioToOihw(tensor) : tensor);
    }
    compareAll(named, golden.byolStep.gradients, "online.", 1e-3);
    for (const set of [
      networks.encoder,
      networks.projector,
      networks.predictor,
      networks.targetEncoder,
      networks.targetProjector,
    ])
      set.parameters.dropStatistics();

    const optimiser = new ByolOptimiser(networks, { learningRate, tau });
    optimiser.step = 1;
    const before = optimiser.update(views, adamScalars({ learningRate, step: 1 }));
    assert.ok(Math.abs((await before.data())[0] - loss) < 1e-5 * loss);
    const after = await networks.export();
    compareWhereTrained(after, golden.byolStep.updated, "online.");
    compareWhereTrained(after, golden.byolStep.target, "target.");
    compareAll(after, golden.byolStep.onlineBuffers, "online.", 1e-4);
    compareAll(after, golden.byolStep.targetBuffers, "target.", 1e-4);
  });
}

/** Adam's first step is the gradient's sign: where the gradient is rounding only, it has no sign to compare. */
function compareWhereTrained(tensors: TensorMap, pictures: Record<string, Picture>, prefix: string): void {
  for (const [name, picture] of Object.entries(pictures)) {
    const gradient = golden.byolStep.gradients[name] as Picture;
    if (gradient.norm < 1e-9) continue;
    const { data } = tensors.get(prefix + name)!;
    picture.at.forEach((i, k) => {
      const error = Math.abs(data[i] - picture.values[k]) / Math.max(...picture.values.map(Math.abs));
      assert.ok(error < 1e-4, `${prefix + name}[${i}]: ${data[i]}, PyTorch ${picture.values[k]}`);
    });
  }
}
