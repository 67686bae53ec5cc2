import assert from "node:assert/strict";
import { test } from "node:test";
import { type Matrix, takeRows } from "../../lib/matrix.js";
import { confusionMatrix } from "../../lib/models/confusion-matrix.js";
import { KnnClassifier } from "../../lib/models/knn.js";
import { accuracyOverSplits, knnAccuracy, type Split } from "../../lib/models/knn-accuracy.js";
import { Random } from "../../lib/random.js";
import { bothWays, golden, matrix, randomMatrix, unpack } from "./neighbours-golden.js";

for (const { name, k, x, y, queries, predicted } of golden.classifiers)
  test(`predictions equal scikit-learn's: ${name}`, () => {
    const both = bothWays(() => new KnnClassifier({ k }).fit(unpack(x), y).predict(unpack(queries)));
    assert.deepEqual(both.native, predicted);
    assert.deepEqual(both.reference, predicted);
  });

test("accuracies over scikit-learn's splits equal scikit-learn's", () => {
  const { x, y, splits, confusion } = golden.splits;
  const ours = accuracyOverSplits(unpack(x), y, splits, 5);
  assert.deepEqual(
    [...ours.accuracies],
    splits.map((s) => s.accuracy),
  );
  assert.deepEqual([...ours.confusion.counts.data], confusion.flat());
});

/** What `accuracyOverSplits` promises to equal. */
function oneByOne(x: Matrix, y: number[], splits: Split[], k: number): number[] {
  const take = (rows: ArrayLike<number>) => Array.from(rows, (i) => y[i]);
  return splits.map(({ train, test }) =>
    new KnnClassifier({ k }).fit(takeRows(x, train), take(train)).score(takeRows(x, test), take(test)),
  );
}

test("one set of neighbour lists gives what a classifier for each split gives, ties included", () => {
  const random = new Random(3);
  const lattice = randomMatrix(400, 3);
  lattice.data.forEach((v, i) => {
    lattice.data[i] = Math.round(v);
  });
  const copies: Matrix = {
    data: new Float64Array(300 * 2).map((_, i) => Math.floor(i / 100)),
    shape: [300, 2],
  };
  for (const [x, classes] of [
    [randomMatrix(500, 6), 3],
    [lattice, 4],
    [copies, 2],
  ] as const) {
    const n = x.shape[0];
    const y = Array.from({ length: n }, () => random.integer(classes));
    const splits = Array.from({ length: 4 }, (_, s) => {
      const order = random.permutation(n);
      // Training parts from most of the rows down to a few: then the lists run out.
      const cut = [0.25, 0.5, 0.9, 0.97][s] * n;
      return { test: order.slice(0, cut), train: order.slice(cut) };
    });
    assert.deepEqual([...accuracyOverSplits(x, y, splits, 5).accuracies], oneByOne(x, y, splits, 5));
  }
});

test("knnAccuracy: a quarter held out, the seed repeats it, separated classes score 1", () => {
  const x = randomMatrix(101, 4);
  const y = Array.from({ length: 101 }, (_, i) => (i % 2 ? "a" : "b"));
  x.data.forEach((v, i) => {
    x.data[i] = v + (Math.floor(i / 4) % 2 ? 50 : 0);
  });
  const result = knnAccuracy(x, y, { splits: 3, seed: 4 });
  assert.deepEqual([...result.accuracies], [1, 1, 1]);
  assert.equal(result.mean, 1);
  assert.equal(result.std, 0);
  assert.equal(
    Array.from(result.confusion.counts.data).reduce((a, b) => a + b, 0),
    3 * 26,
  );
  const noisy = randomMatrix(101, 4, 9);
  const one = knnAccuracy(noisy, y, { splits: 5, seed: 4 });
  assert.deepEqual(one, knnAccuracy(noisy, y, { splits: 5, seed: 4 }));
  assert.notDeepEqual(one.accuracies, knnAccuracy(noisy, y, { splits: 5, seed: 5 }).accuracies);
});

test("confusion matrix by hand", () => {
  const { labels, counts, accuracy } = confusionMatrix(["b", "a", "b", "c"], ["b", "b", "a", "c"]);
  assert.deepEqual(labels, ["a", "b", "c"]);
  assert.deepEqual([...counts.data], [0, 1, 0, 1, 1, 0, 0, 0, 1]);
  assert.equal(accuracy, 0.5);
  assert.deepEqual(confusionMatrix([1, 2], [1, 1], [2, 1]).labels, [2, 1]);
  assert.throws(() => confusionMatrix([1, 2], [1, 3], [1, 2]), /"3" is not among/);
  assert.throws(() => confusionMatrix([1], [1, 2]), /1 true labels but 2/);
  const uneven = confusionMatrix(["a", "a", "b"], ["b", "a", "b"]);
  assert.deepEqual([...uneven.counts.data], [1, 1, 0, 1], "rows are the truth");
  assert.throws(() => confusionMatrix([], []), /no labels/);
});

test("a split may train on k rows, as a classifier may; the scatter over splits is a population's", () => {
  const x = matrix([[0], [1], [2], [10]]);
  const splits = [
    { train: [0, 1], test: [2] },
    { train: [0, 1], test: [3] },
  ];
  const { accuracies, mean, std } = accuracyOverSplits(x, ["a", "a", "a", "b"], splits, 2);
  assert.deepEqual([[...accuracies], mean, std], [[1, 0], 0.5, 0.5]);
  assert.deepEqual(new KnnClassifier({ k: 4 }).fit(x, [1, 1, 1, 2]).predict(x), [1, 1, 1, 1]);
});

test("bad input is refused, one class is allowed", () => {
  const x = matrix([[0], [1], [2]]);
  assert.deepEqual(new KnnClassifier({ k: 2 }).fit(x, ["s", "s", "s"]).predict(matrix([[5]])), ["s"]);
  assert.deepEqual(
    new KnnClassifier({ k: 2 }).fit(x, [1, 2, 3]).predict({ data: new Float64Array(0), shape: [0, 1] }),
    [],
  );
  assert.throws(() => new KnnClassifier({ k: 0 }), /k is 0/);
  assert.throws(() => new KnnClassifier().fit(x, [1, 2, 3]), /3 rows are fewer than k = 5/);
  assert.throws(() => new KnnClassifier({ k: 1 }).fit(x, [1, 2]), /3 rows but y has 2/);
  assert.throws(() => new KnnClassifier({ k: 1 }).fit(x, [1, Number.NaN, 2]), /label NaN at row 1/);
  assert.throws(() => new KnnClassifier({ k: 1 }).fit(x, [1, "2", 3]), /mixed/);
  assert.throws(() => new KnnClassifier({ k: 1 }).fit(matrix([[Number.POSITIVE_INFINITY]]), [1]), /Infinity/);
  assert.throws(() => new KnnClassifier().predict(x), /call fit first/);
  assert.throws(() => new KnnClassifier({ k: 1 }).fit(x, [1, 2, 3]).predict(matrix([[1, 2]])), /2 columns/);
  assert.throws(() => new KnnClassifier({ k: 1 }).fit(x, [1, 2, 3]).score(x, [1]), /both need the same/);
  assert.throws(() => knnAccuracy(x, [1, 2, 3]), /at least k = 5/);
  assert.throws(() => knnAccuracy(x, [1, 2, 3], { testSize: 1 }), /testSize is 1/);
  assert.throws(() => knnAccuracy(x, [1, 2, 3], { splits: 0 }), /splits is 0/);
  assert.throws(() => knnAccuracy(x, [1, 2]), /2 labels|there are 2/);
});
