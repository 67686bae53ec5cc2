import { checkMatrix, type Matrix } from "../matrix.js";
import { classCodes, type Label } from "./class-codes.js";
import { nearestByProducts } from "./exact-neighbours.js";
import { type KnnOptions, knnDefaults, mostVotes } from "./knn.js";

/**
 * The class that a k-nearest-neighbour classifier gives each row of `x` [n, d] when all others train it: one answer an
 * object, where `knnAccuracy`'s splits tell how many are right but not which. Equals `KnnClassifier` fitted n times on
 * n - 1 rows, as sklearn's `cross_val_predict(KNeighborsClassifier(k), x, labels, cv=LeaveOneOut())` would be.
 */
export function knnLeaveOneOut<L extends Label>(
  x: Matrix,
  labels: ArrayLike<L>,
  { k = knnDefaults.k }: KnnOptions = {},
): L[] {
  checkMatrix(x, "knnLeaveOneOut: X", 2);
  const n = x.shape[0];
  if (labels.length !== n)
    throw new Error(`knnLeaveOneOut: X has ${n} rows but there are ${labels.length} labels.`);
  if (!Number.isInteger(k) || k < 1 || k >= n)
    throw new Error(
      `knnLeaveOneOut: k is ${k} but must be a whole number from 1 to ${n - 1}, the other rows.`,
    );
  const { classes, codes } = classCodes(labels, "knnLeaveOneOut");
  const { indices } = nearestByProducts(x, k);
  const votes = new Int32Array(classes.length);
  return Array.from({ length: n }, (_, i) => {
    votes.fill(0);
    for (const near of indices.subarray(i * k, (i + 1) * k)) votes[codes[near]]++;
    return classes[mostVotes(votes)];
  });
}
