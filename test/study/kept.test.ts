import assert from "node:assert/strict";
import { test } from "node:test";
import type { Matrix } from "../../lib/matrix.js";
import { scratch } from "../scratch.js";
import { tinyStudy } from "./tiny-study.js";

const numbers = (n: number, value: number): Matrix => ({
  data: new Float32Array(2 * n).fill(value),
  shape: [n, 2],
});

test("numbers that take long are computed once for what they are from, also by another process's study", async (t) => {
  scratch(t);
  let computed = 0;
  const look = async (from: unknown, study = tinyStudy()) => {
    const { images } = await study.preprocessed();
    return study.kept("looks", from, () => numbers(images.stack.length, ++computed));
  };
  const study = tinyStudy();
  const first = await look({ size: 32 }, study);
  assert.deepEqual(first.shape, [60, 2]);
  assert.deepEqual((await look({ size: 32 }, study)).data, first.data);
  assert.deepEqual((await look({ size: 32 })).data, first.data);
  assert.equal(computed, 1);
  assert.equal((await look({ size: 64 })).data[0], 2);
  assert.equal((await look({ size: 32 }, tinyStudy({ seed: 2 }))).data[0], 3);
});

test("rows that are not the study's images are refused", async (t) => {
  scratch(t);
  const study = tinyStudy();
  await assert.rejects(
    study.kept("looks", null, () => numbers(59, 1)),
    /The array looks has 59 rows for 60 images/,
  );
});
