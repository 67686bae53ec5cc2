import assert from "node:assert/strict";
import { test } from "node:test";
import { mean } from "../../lib/mean.js";
import { Random } from "../../lib/random.js";
import { fallFromBest, fallInWords } from "../../lib/study/fall-from-best.js";

const SPLITS = 50;
/** What turns the scatter of a split into that of a mean over splits of the same galaxies. */
const corrected = Math.sqrt(1 / SPLITS + 1 / 3);

/**
 * Epochs whose means have the error `own` each and `shared` in common about the levels given, and splits that scatter
 * as such errors ask; epoch 0 lies lower.
 */
function curve(levels: readonly number[], { own = 0.01, shared = 0, seed = 1 } = {}) {
  const random = new Random(seed);
  const common = Array.from({ length: SPLITS }, () => random.normal());
  const luck = shared * random.normal();
  const epochs = levels.map((level, k) => {
    const centre = level + luck + own * random.normal();
    const noise = common.map((c) => (shared * c + own * random.normal()) / corrected);
    const off = mean(noise);
    const splits = noise.map((v) => centre + v - off);
    return { epoch: k + 1, knn: { mean: mean(splits), std: 0.02, splits } };
  });
  return [{ epoch: 0, knn: { mean: 0.7, std: 0.03 } }, ...epochs];
}

const flat = (n: number) => new Array<number>(n).fill(0.87);

test("the best of n equal epochs lies above the last by the mean of the largest of n normal numbers", () => {
  // Expected largest of n standard normal numbers (Harter 1961, table 1).
  for (const [n, largest] of [
    [2, 0.56419],
    [8, 1.4236],
    [20, 1.86748],
  ]) {
    // 60 curves, since the covariance of 50 splits is itself known to a tenth; 0.06 is three standard errors of them.
    const found = Array.from({ length: 60 }, (_, seed) => fallFromBest(curve(flat(n), { seed: seed + 1 }))!);
    const ratio = mean(found.map((f) => f.selection)) / (0.01 * largest);
    assert.ok(Math.abs(ratio - 1) < 0.06, `${n}: ${ratio}`);
    assert.deepEqual([found[0].epochs, found[0].last], [n, n]);
  }
});

test("what all epochs have in common is no luck of the best one", () => {
  const alone = fallFromBest(curve(flat(8), { own: 0.005 }))!.selection;
  const beside = fallFromBest(curve(flat(8), { own: 0.005, shared: 0.05 }))!.selection;
  assert.ok(Math.abs(beside / alone - 1) < 0.25, `${alone} ${beside}`);
});

test("of flat curves one in twenty is said to fall, named as the best was after looking", () => {
  const runs = Array.from({ length: 300 }, (_, seed) => fallFromBest(curve(flat(8), { seed: seed + 1 }))!);
  const share = (of: (f: (typeof runs)[number]) => number) => runs.filter((f) => of(f) <= 0.05).length / 300;
  // 0.05 within three standard errors of 300 runs.
  assert.ok(Math.abs(share((f) => f.p) - 0.05) < 0.038, `${share((f) => f.p)}`);
  // The pair alone is too sure of it: it was picked.
  assert.ok(share((f) => f.paired.p) > share((f) => f.p) + 0.03, `${share((f) => f.paired.p)}`);
});

test("a network that does fall is found, by how much too", () => {
  const levels = [0.85, 0.87, 0.9, 0.89, 0.87, 0.86, 0.85, 0.84];
  const found = fallFromBest(curve(levels, { own: 0.003 }))!;
  assert.equal(found.best, 3);
  assert.ok(found.p < 0.001 && found.paired.p < 0.001, `${found.p} ${found.paired.p}`);
  assert.match(
    fallInWords("ImageNet", found),
    /less than once in 1000: luck alone does not explain it; about 0\.0[56]\d of it is a fall/,
  );
});

test("the sentence gives each number and what picking alone would do", () => {
  const said = fallInWords("ImageNet", {
    best: 3,
    last: 8,
    epochs: 8,
    fall: 0.02,
    paired: { mean: 0.02, error: 0.0131, freedom: 49, p: 0.116 },
    selection: 0.0124,
    p: 0.2137,
  });
  assert.equal(
    said,
    "ImageNet: epoch 3 is the best of 8, 0.020 above epoch 8. Over the same splits the two differ by 0.020 ± 0.013 " +
      "(p = 0.12, as if they had been named beforehand). On a flat curve the best of 8 epochs, being picked, lies " +
      "0.012 above the last on average, and as far as here or farther 21.4 times in 100: no fall is shown.",
  );
});

test("more epochs than splits have a covariance of lower rank, and are drawn as well", () => {
  const few = curve(flat(12)).map((e) => {
    const splits = "splits" in e.knn ? e.knn.splits.slice(0, 6) : undefined;
    return { ...e, knn: { ...e.knn, ...(splits && { mean: mean(splits), splits }) } };
  });
  const { selection, p } = fallFromBest(few)!;
  assert.ok(selection > 0.005 && selection < 0.05 && p > 0 && p <= 1, `${selection} ${p}`);
});

test("a rising curve loses nothing; without splits, or with other ones, nothing is said", () => {
  const rising = fallFromBest(curve([0.8, 0.83, 0.86, 0.9], { own: 0.002 }))!;
  assert.deepEqual([rising.best, rising.fall, rising.p], [4, 0, 1]);
  assert.match(fallInWords("random", rising), /of 4 epochs the last is the best/);
  const epochs = curve(flat(4));
  assert.equal(
    fallFromBest(epochs.map(({ epoch, knn }) => ({ epoch, knn: { mean: knn.mean, std: 0 } }))),
    null,
  );
  assert.equal(fallFromBest(epochs.slice(0, 2)), null);
  const odd = epochs.map((e, k) => (k === 2 ? { ...e, knn: { ...e.knn, splits: [0.8, 0.9] } } : e));
  assert.throws(() => fallFromBest(odd), /epoch 2 has 2 splits and epoch 1 has 50/);
});
