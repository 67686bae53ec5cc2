import assert from "node:assert/strict";
import { test } from "node:test";
import { checkMatrix, type Matrix } from "../lib/matrix.js";

const of = (data: unknown, shape: unknown) => ({ data, shape }) as Matrix;
const six = Float64Array.of(1, 2, 3, 4, 5, 6);

test("what is no finite matrix is refused by the name its user gives it", () => {
  const bad: [Matrix, RegExp][] = [
    [
      of(Float64Array.of(1, 2, 3, Number.NaN), [2, 2]),
      /: X: value NaN at row 1, column 1; remove or replace/,
    ],
    [of(Float32Array.of(1, Number.POSITIVE_INFINITY), [1, 2]), /: X: value Infinity at row 0, column 1/],
    [of(Float64Array.of(1, -1e200), [2, 1]), /: X: value -1e\+200 at row 1, column 0; its square overflows/],
    [of([1, 2, 3, 4, 5, 6], [2, 3]), /: X: its data are of type Array, where a Float64Array/],
    [of(Int32Array.of(1, 2), [1, 2]), /type Int32Array/],
    [of(null, [1, 2]), /type Null/],
    [of(six, ["2", "3"]), /6 values do not fill a matrix of shape/],
    [of(six, [-2, -3]), /do not fill/],
    [of(six, [2.5, 2.4]), /do not fill/],
    [of(six, [2, 2]), /6 values do not fill a matrix of shape \[2, 2\]/],
    [of(new Float64Array(0), [3, 0]), /do not fill/],
    [of(new Float64Array(0), [0, 3]), /0 rows where at least 1/],
  ];
  for (const [x, why] of bad) assert.throws(() => checkMatrix(x, "X"), why);
  const buffer = new Float64Array(4);
  structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
  assert.throws(() => checkMatrix(of(buffer, [2, 2]), "X"), /0 values do not fill/);
  checkMatrix(of(six, [2, 3]), "X");
  checkMatrix(of(new Float32Array(new SharedArrayBuffer(16)), [2, 2]), "X");
});
