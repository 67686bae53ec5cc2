import assert from "node:assert/strict";
import { test } from "node:test";
import { takeRows } from "../../lib/matrix.js";
import { KnnClassifier } from "../../lib/models/knn.js";
import { knnLeaveOneOut } from "../../lib/models/knn-leave-one-out.js";
import { randomMatrix } from "./neighbours-golden.js";

test("each row gets what a classifier trained on all others says, ties included", () => {
  const x = randomMatrix(120, 3);
  // Whole numbers: many rows are equally far, and some lie upon each other.
  x.data.forEach((v, i) => {
    x.data[i] = Math.round(v);
  });
  const labels = Array.from({ length: 120 }, (_, i) => ["round", "spiral", "edge-on"][i % 3]);
  for (const k of [1, 4, 5]) {
    const expected = labels.map((_, i) => {
      const others = labels.flatMap((_, j) => (j === i ? [] : [j]));
      const classifier = new KnnClassifier({ k });
      classifier.fit(
        takeRows(x, others),
        others.map((j) => labels[j]),
      );
      return classifier.predict(takeRows(x, [i]))[0];
    });
    assert.deepEqual(knnLeaveOneOut(x, labels, { k }), expected);
  }
});

test("what cannot be asked is refused in a sentence", () => {
  const x = randomMatrix(4, 2);
  assert.throws(() => knnLeaveOneOut(x, ["a", "b"]), /X has 4 rows but there are 2 labels/);
  assert.throws(
    () => knnLeaveOneOut(x, ["a", "b", "a", "b"]),
    /k is 5 but must be a whole number from 1 to 3/,
  );
  assert.throws(() => knnLeaveOneOut(x, ["a", "b", "a", "b"], { k: 4 }), /k is 4/);
  assert.deepEqual(knnLeaveOneOut(x, ["a", "b", "b", "b"], { k: 3 }), ["b", "b", "b", "b"]);
});
