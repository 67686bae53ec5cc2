import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { augmentWarp } from "../../lib/engine/ops/augment-warp.js";
import {
  type AugmentDraw,
  augmentTransform,
  byolAugment,
  byolViews,
  drawAugment,
  plainView,
} from "../../lib/nn/byol-augment.js";
import { IMAGENET_MEAN, IMAGENET_STD, imagenetInput } from "../../lib/nn/imagenet-input.js";
import { Random } from "../../lib/random.js";
import { formula, relativeError } from "./formula.js";

const golden = JSON.parse(readFileSync("test/reference/nn.json", "utf8"));
const N = 10_000;
const draws = byolAugment(N, 150, 150, 150, new Random(7)).draws;

before(async () => {
  await tf.setBackend("cpu");
});

/** Four standard errors: a seeded draw from the right distribution passes, one from a slightly wrong one does not. */
function near(value: number, mean: number, std: number, n: number, what: string): void {
  assert.ok(Math.abs(value - mean) < 4 * (std / Math.sqrt(n)), `${what}: ${value} where ${mean} is expected`);
}
const average = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

test("each augmentation happens as often as section 4.1 says", () => {
  const rate = (happens: (d: AugmentDraw) => boolean, p: number, what: string) =>
    near(draws.filter(happens).length / N, p, Math.sqrt(p * (1 - p)), N, what);
  rate((d) => d.blur > 0, 0.5, "blur");
  rate((d) => d.verticalFlip, 0.5, "vertical flip");
  rate((d) => d.horizontalFlip, 0.5, "horizontal flip");
  rate((d) => d.crop !== null, 0.7, "crop");
  rate((d) => d.rotation !== 0, 0.7, "rotation");
  // Independent of one another.
  rate((d) => d.crop !== null && d.rotation !== 0, 0.49, "crop and rotation");
  rate((d) => d.blur > 0 && d.verticalFlip && d.horizontalFlip, 0.125, "blur and both flips");
});

test("angles and blurs fill their ranges evenly", () => {
  const angles = draws.map((d) => d.rotation).filter((a) => a !== 0);
  assert.ok(angles.every((a) => a >= 0 && a < 360));
  near(average(angles), 180, 360 / Math.sqrt(12), angles.length, "mean angle");
  near(
    average(angles.map((a) => Math.cos((a * Math.PI) / 90))),
    0,
    Math.SQRT1_2,
    angles.length,
    "no axis is preferred",
  );
  const sigmas = draws.map((d) => d.blur).filter((s) => s > 0);
  assert.ok(sigmas.every((s) => s >= 0.1 && s < 2));
  near(average(sigmas), 1.05, 1.9 / Math.sqrt(12), sigmas.length, "mean sigma");
});

test("crops are drawn as torchvision's RandomResizedCrop draws them", () => {
  const crops = draws.map((d) => d.crop).filter((c): c is NonNullable<typeof c> => c !== null);
  for (const c of crops) {
    assert.ok(c.left >= 0 && c.top >= 0 && c.left + c.width <= 150 && c.top + c.height <= 150);
    const area = (c.width * c.height) / 22500;
    assert.ok(area > 0.69 && area <= 1, `a crop keeps ${area} of the image`);
    assert.ok(c.width / c.height > 0.74 && c.width / c.height < 1.35);
  }
  const values = {
    top: crops.map((c) => c.top),
    left: crops.map((c) => c.left),
    area: crops.map((c) => (c.width * c.height) / 22500),
    logAspect: crops.map((c) => Math.log(c.width / c.height)),
  };
  // The expected means are themselves of 20 000 draws.
  const n = 1 / (1 / crops.length + 1 / 20_000);
  for (const [name, v] of Object.entries(values))
    near(average(v), golden.crops[name].mean, golden.crops[name].std, n, name);
});

test("where no crop of the area fits, the largest of a ratio that is allowed is cut from the middle", () => {
  const crop = (height: number, width: number) =>
    drawAugment(new Random(1), height, width, { cropProbability: 1, cropScale: [5, 5] }).crop;
  assert.deepEqual(crop(90, 150), { top: 0, left: 15, width: 120, height: 90 });
  assert.deepEqual(crop(150, 90), { top: 15, left: 0, width: 90, height: 120 });
});

test("the views of two generators lie behind one another, transforms first", () => {
  const [one, two] = [1, 2].map((seed) => byolAugment(3, 40, 30, 16, new Random(seed)));
  const views = byolViews([3, 40, 30], 16, [new Random(1), new Random(2)]);
  assert.deepEqual([...views], [...one.transforms, ...two.transforms, ...one.blurSigma, ...two.blurSigma]);
});

test("the same seed draws the same, another seed does not", () => {
  const draw = (seed: number) => drawAugment(new Random(seed), 150, 150);
  assert.deepEqual(draw(3), draw(3));
  assert.notDeepEqual(draw(3), draw(4));
});

function view(image: Uint8Array, height: number, width: number, size: number, draw: AugmentDraw) {
  const transforms = Float32Array.from(augmentTransform(draw, height, width, size));
  return tf.tidy(() =>
    augmentWarp(
      image,
      [1, height, width, 3],
      transforms,
      Float32Array.of(draw.blur),
      imagenetInput(size),
    ).dataSync(),
  );
}

test("views equal a float64 reference to 1e-4", () => {
  const { height, width, size, draws, views } = golden.warps;
  draws.forEach((draw: AugmentDraw, k: number) => {
    const image = Uint8Array.from(formula(height * width * 3, 4000 + k), (u) => Math.floor((u + 0.5) * 256));
    const out = view(image, height, width, size, draw);
    // The reference keeps every second pixel of every second row.
    const kept = out.filter((_, i) => Math.floor(i / 3 / size) % 2 === 0 && Math.floor(i / 3) % 2 === 0);
    assert.ok(relativeError(kept, views[k]) < 1e-4, `view ${k}: ${relativeError(kept, views[k])}`);
  });
});

test("a quarter turn and flips move whole pixels", () => {
  const none: AugmentDraw = { blur: 0, verticalFlip: false, horizontalFlip: false, crop: null, rotation: 0 };
  const image = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => 20 * Math.floor(i / 3) + (i % 3));
  const pixel = (out: ArrayLike<number>, y: number, x: number) =>
    // Adding 0 turns -0 into 0.
    Math.round((out[(y * 4 + x) * 3] * IMAGENET_STD[0] + IMAGENET_MEAN[0]) * 255) + 0;
  const at = (y: number, x: number) => image[(y * 4 + x) * 3];
  const [plain, turned, flipped] = [none, { ...none, rotation: 90 }, { ...none, horizontalFlip: true }].map(
    (d) => view(image, 4, 4, 4, d),
  );
  for (let y = 0; y < 4; y++)
    for (let x = 0; x < 4; x++) {
      assert.equal(pixel(plain, y, x), at(y, x));
      assert.equal(pixel(turned, y, x), at(x, 3 - y));
      assert.equal(pixel(flipped, y, x), at(y, 3 - x));
    }
  const identity = augmentTransform(none, 4, 4, 4);
  plainView(1, 4, 4, 4).transforms.forEach((t, i) => {
    assert.ok(t === identity[i]);
  });
});
