import { checkMatrix, type Matrix, takeRows } from "../matrix.js";
import { mean } from "../mean.js";
import { Random } from "../random.js";
import { classCodes, type Label } from "./class-codes.js";
import type { ConfusionMatrix } from "./confusion-matrix.js";
import { nearestByProducts } from "./exact-neighbours.js";
import { knnDefaults, mostVotes } from "./knn.js";

export interface KnnAccuracyOptions {
  /** Neighbours that vote (default 5). */
  k?: number;
  /** Share of the rows that is held out, rounded up (default 0.25). */
  testSize?: number;
  /** How many random splits (default 50). */
  splits?: number;
  seed?: number;
}

export interface KnnAccuracy<L extends Label = Label> {
  mean: number;
  /** Population standard deviation over the splits. */
  std: number;
  /** One accuracy a split. */
  accuracies: Float64Array;
  /** Summed over the splits. */
  confusion: ConfusionMatrix<L>;
}

/** Row numbers of one split, in the order in which a classifier would be given them. */
export interface Split {
  train: ArrayLike<number>;
  test: ArrayLike<number>;
}

/**
 * Accuracy of a k-nearest-neighbour classifier over random splits (paper section 5, Figs. 3 and 14: k 5, 75/25,
 * 50 splits).
 *
 * Equals `KnnClassifier` fitted and scored on every split, as a loop over sklearn's `train_test_split(test_size)`
 * and `KNeighborsClassifier` would; but the distances are computed once: each row's 4 k + 12 nearest rows among
 * all are kept in order, and in a split its neighbours are the first k of them that fall into the training part.
 * Where that list does not decide it (too few, or a tie at the k-th that matters) the row is searched again.
 */
export function knnAccuracy<L extends Label>(
  x: Matrix,
  labels: ArrayLike<L>,
  options: KnnAccuracyOptions = {},
): KnnAccuracy<L> {
  const { k = knnDefaults.k, testSize = knnDefaults.testSize } = options;
  const { splits = knnDefaults.splits, seed = 0 } = options;
  const n = x.shape[0];
  if (!(testSize > 0 && testSize < 1))
    throw new Error(`knnAccuracy: testSize is ${testSize} but must lie between 0 and 1.`);
  if (!Number.isInteger(splits) || splits < 1)
    throw new Error(`knnAccuracy: splits is ${splits} but must be at least 1.`);
  const held = Math.ceil(testSize * n);
  const random = new Random(seed).fork("knn-accuracy");
  return accuracyOverSplits(
    x,
    labels,
    Array.from({ length: splits }, () => {
      const order = random.permutation(n);
      return { test: order.subarray(0, held), train: order.subarray(held) };
    }),
    k,
  );
}

/** The same for splits of one's own: scikit-learn's, or one by sky position. */
export function accuracyOverSplits<L extends Label>(
  x: Matrix,
  labels: ArrayLike<L>,
  splits: readonly Split[],
  k: number,
): KnnAccuracy<L> {
  checkMatrix(x, "knnAccuracy: X", 2);
  const n = x.shape[0];
  if (labels.length !== n)
    throw new Error(`knnAccuracy: X has ${n} rows but there are ${labels.length} labels.`);
  if (!Number.isInteger(k) || k < 1) throw new Error(`knnAccuracy: k is ${k} but must be at least 1.`);
  const { classes, codes } = classCodes(labels, "knnAccuracy");
  const lists = new NeighbourLists(x, codes, classes.length, k);
  const counts = new Float64Array(classes.length ** 2);
  const accuracies = Float64Array.from(splits, (split) => {
    if (split.train.length < k || split.test.length < 1)
      throw new Error(
        `knnAccuracy: a split trains on ${split.train.length} rows and tests on ${split.test.length}; it needs at least k = ${k} and 1.`,
      );
    const predicted = lists.predict(split);
    let hits = 0;
    predicted.forEach((code, t) => {
      const truth = codes[split.test[t]];
      counts[truth * classes.length + code]++;
      if (truth === code) hits++;
    });
    return hits / predicted.length;
  });
  const centre = mean(accuracies);
  const std = Math.sqrt(accuracies.reduce((sum, a) => sum + (a - centre) ** 2, 0) / accuracies.length);
  let tested = 0;
  let right = 0;
  counts.forEach((c, i) => {
    tested += c;
    if (i % (classes.length + 1) === 0) right += c;
  });
  const shape: [number, number] = [classes.length, classes.length];
  return {
    mean: centre,
    std,
    accuracies,
    confusion: { labels: classes, counts: { data: counts, shape }, accuracy: right / tested },
  };
}

/** Every row's nearest rows among all, from which the neighbours within any part of the rows are read off. */
class NeighbourLists {
  private readonly length: number;
  private readonly indices: Int32Array;
  private readonly squares: Float64Array;
  private readonly votes: Int32Array;

  constructor(
    private readonly x: Matrix,
    private readonly codes: Int32Array,
    classes: number,
    private readonly k: number,
  ) {
    this.length = Math.min(x.shape[0] - 1, 4 * k + 12);
    const { indices, squares } = nearestByProducts(x, this.length);
    this.indices = indices;
    this.squares = squares;
    this.votes = new Int32Array(classes);
  }

  /** The class code of every test row. */
  predict({ train, test }: Split): Int32Array {
    const inTrain = new Uint8Array(this.x.shape[0]);
    for (let i = 0; i < train.length; i++) inTrain[train[i]] = 1;
    const predicted = new Int32Array(test.length);
    const undecided: number[] = [];
    for (let t = 0; t < test.length; t++) {
      predicted[t] = this.vote(test[t], inTrain);
      if (predicted[t] < 0) undecided.push(t);
    }
    if (undecided.length === 0) return predicted;

    const rows = takeRows(
      this.x,
      undecided.map((t) => test[t]),
    );
    const found = nearestByProducts(takeRows(this.x, train), this.k, rows).indices;
    undecided.forEach((t, u) => {
      this.votes.fill(0);
      for (let s = u * this.k; s < (u + 1) * this.k; s++) this.votes[this.codes[train[found[s]]]]++;
      predicted[t] = mostVotes(this.votes);
    });
    return predicted;
  }

  /** The class of row i by its first k listed neighbours in the training part, or -1 where the list cannot tell. */
  private vote(i: number, inTrain: Uint8Array): number {
    const { codes, indices, squares, votes, k } = this;
    const end = (i + 1) * this.length;
    votes.fill(0);
    let counted = 0;
    let last = -1;
    let s = i * this.length;
    for (; s < end && counted < k; s++)
      if (inTrain[indices[s]]) {
        votes[codes[indices[s]]]++;
        counted++;
        last = s;
      }
    const whole = this.length === this.x.shape[0] - 1;
    if (counted < k) return -1;
    // Which of several rows as far away as the k-th vote depends on the order of the training rows, unless all of
    // them are of one class.
    const kth = squares[last];
    const code = codes[indices[last]];
    let tied = false;
    let mixed = false;
    for (let t = last; t >= i * this.length && squares[t] === kth; t--)
      if (inTrain[indices[t]] && codes[indices[t]] !== code) mixed = true;
    for (; s < end && squares[s] === kth; s++)
      if (inTrain[indices[s]]) {
        tied = true;
        if (codes[indices[s]] !== code) mixed = true;
      }
    if ((tied && mixed) || (s === end && !whole)) return -1;
    return mostVotes(votes);
  }
}
