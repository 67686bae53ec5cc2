import assert from "node:assert/strict";
import test from "node:test";
import { digamma, logBeta, logGamma } from "../../lib/models/special-functions.js";
import { golden } from "./clustering-golden.js";

// 1e-13 of the value, and absolutely near the roots (1, 2 and 1.4616), where relative error means nothing.
const close = (actual: number, expected: number) =>
  Math.abs(actual - expected) <= 1e-13 * Math.max(1, Math.abs(expected));

test("digamma and logGamma agree with scipy from 1e-300 to 1e7", () => {
  const { x, digamma: psi, logGamma: gamma } = golden.special;
  x.forEach((value, i) => {
    assert.ok(close(digamma(value), psi[i]), `digamma(${value}) = ${digamma(value)}, scipy ${psi[i]}`);
    assert.ok(close(logGamma(value), gamma[i]), `logGamma(${value}) = ${logGamma(value)}, scipy ${gamma[i]}`);
  });
});

test("hand-computed values", () => {
  assert.ok(close(digamma(1), -0.5772156649015329));
  assert.ok(close(logGamma(0.5), Math.log(Math.PI) / 2));
  assert.ok(close(logGamma(5), Math.log(24)));
  assert.ok(close(logBeta(2, 3), Math.log(1 / 12)));
});

test("arguments that have no value here give NaN", () => {
  for (const x of [0, -1.5, Number.NaN]) {
    assert.ok(Number.isNaN(digamma(x)));
    assert.ok(Number.isNaN(logGamma(x)));
  }
});
