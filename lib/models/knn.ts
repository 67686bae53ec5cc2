import { checkMatrix, type Matrix } from "../matrix.js";
import { classCodes, type Label } from "./class-codes.js";
import { checkNeighbourSearch, nearestByProducts } from "./exact-neighbours.js";

export interface KnnOptions {
  /** How many neighbours vote; odd avoids most ties (default 5, as in the paper). */
  k?: number;
}

/** What section 5 chose: neighbours that vote, the share of the rows held out, and how often they are split. */
export const knnDefaults: Readonly<{ k: number; testSize: number; splits: number }> = {
  k: 5,
  testSize: 0.25,
  splits: 50,
};

/**
 * k-nearest-neighbour classification (paper section 5): the class most frequent among the k nearest training rows
 * in Euclidean distance; of classes with equal votes the first in sorted order.
 *
 * Mirrors sklearn.neighbors.KNeighborsClassifier(n_neighbors=k, weights="uniform", p=2, algorithm="brute"), which
 * is what scikit-learn picks by itself above 15 features: the same predictions, including equal votes and equal
 * distances at the k-th neighbour (where scikit-learn's own answer depends on its thread count, the one of a
 * single thread). Below 16 features it may pick a k-d tree instead, which keeps another of several equally
 * distant neighbours. Departs from it in refusing k > rows already in `fit`.
 */
export class KnnClassifier<L extends Label = Label> {
  readonly k: number;
  /** The classes of the training labels, sorted. */
  classes: L[] = [];
  private codes: Int32Array = new Int32Array(0);
  private x: Matrix | null = null;

  constructor({ k = knnDefaults.k }: KnnOptions = {}) {
    if (!Number.isInteger(k) || k < 1) throw new Error(`KnnClassifier: k is ${k} but must be at least 1.`);
    this.k = k;
  }

  /** `x`: [n, d] with n >= k; `y`: n labels, text or numbers. One class is allowed. The rows are not copied. */
  fit(x: Matrix, y: ArrayLike<L>): this {
    checkMatrix(x, "KnnClassifier.fit: X");
    const n = x.shape[0];
    if (y.length !== n) throw new Error(`KnnClassifier.fit: X has ${n} rows but y has ${y.length} labels.`);
    if (n < this.k) throw new Error(`KnnClassifier.fit: ${n} rows are fewer than k = ${this.k} neighbours.`);
    const { classes, codes } = classCodes(y, "KnnClassifier.fit");
    this.x = x;
    this.classes = classes;
    this.codes = codes;
    return this;
  }

  predict(x: Matrix): L[] {
    if (!this.x) throw new Error("KnnClassifier.predict: call fit first.");
    checkNeighbourSearch(this.x, this.k, x);
    const { indices } = nearestByProducts(this.x, this.k, x);
    const votes = new Int32Array(this.classes.length);
    return Array.from({ length: x.shape[0] }, (_, i) => {
      votes.fill(0);
      for (let s = i * this.k; s < (i + 1) * this.k; s++) votes[this.codes[indices[s]]]++;
      return this.classes[mostVotes(votes)];
    });
  }

  /** Share of the rows of `x` whose class is predicted right. */
  score(x: Matrix, y: ArrayLike<L>): number {
    if (y.length !== x.shape[0] || y.length === 0)
      throw new Error(
        `KnnClassifier.score: X has ${x.shape[0]} rows and y ${y.length} labels; both need the same, at least 1.`,
      );
    const predicted = this.predict(x);
    return predicted.reduce((hits, label, i) => hits + (label === y[i] ? 1 : 0), 0) / y.length;
  }
}

/** The class with most votes, the first of equals. */
export function mostVotes(votes: Int32Array): number {
  let best = 0;
  for (let c = 1; c < votes.length; c++) if (votes[c] > votes[best]) best = c;
  return best;
}
