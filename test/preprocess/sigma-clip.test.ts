import assert from "node:assert/strict";
import { test } from "node:test";
import { sigmaClippedStats } from "../../lib/preprocess/sigma-clip.js";
import { lcg, reference } from "./reference.js";

interface Case {
  case: number;
  sigma: number;
  maxIters: number;
  mean: number | string;
  median: number | string;
  std: number | string;
}

/** The samples of the reference script. */
function sample(k: number): Float64Array {
  const u = lcg(k, 1800);
  const v = Float64Array.from({ length: 900 }, (_, i) => (u[i] + u[900 + i] - 1) * 10);
  const map = (f: (a: number, b: number, x: number) => number) => v.map((x, i) => f(u[i], u[900 + i], x));
  switch (k % 10) {
    case 1:
      return map((a, _, x) => x + 200 * Number(a > 0.93));
    case 2:
      return map((_, b, x) => x / (b + 0.01));
    case 3:
      return map((a) => Math.floor(a * 256));
    case 4:
      return map((a, b, x) => (b < 0.2 ? Number.NaN : x + 50 * Number(a > 0.9)));
    case 5:
      return map(() => 3.25);
    case 6:
      return v.slice(0, 1);
    case 7:
      return map((a, _, x) =>
        a < 0.1 ? Number.POSITIVE_INFINITY : a < 0.2 ? Number.NEGATIVE_INFINITY : x * x,
      );
    case 8:
      return v.slice(0, 2 + (k % 7));
    case 9:
      return map((_, _b, x) => 1e6 + x * x * x);
    default:
      return v;
  }
}

/** 1e-9 relative, or absolute below 1: summation order is all that differs. */
function close(ours: number, theirs: number | string, what: string): void {
  const expected = Number(theirs === "nan" ? Number.NaN : theirs);
  if (Number.isNaN(expected)) assert.ok(Number.isNaN(ours), what);
  else
    assert.ok(
      Math.abs(ours - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
      `${what}: ${ours} for ${expected}`,
    );
}

test("equals astropy's sigma_clipped_stats on 50 images", () => {
  const { cases } = reference<{ cases: Case[] }>("preprocess-sigma-clip.json");
  assert.equal(cases.length, 50);
  for (const c of cases) {
    const ours = sigmaClippedStats(sample(c.case), { sigma: c.sigma, maxIters: c.maxIters });
    for (const name of ["mean", "median", "std"] as const)
      close(ours[name], c[name], `case ${c.case} ${name}`);
    // The histogram of bytes is another route to the same numbers.
    if (c.case % 10 === 3) {
      const bytes = sigmaClippedStats(Uint8Array.from(sample(c.case)), {
        sigma: c.sigma,
        maxIters: c.maxIters,
      });
      for (const name of ["mean", "median", "std"] as const)
        close(bytes[name], c[name], `bytes ${c.case} ${name}`);
    }
  }
});

test("astropy's defaults: three standard deviations, at most five rounds", () => {
  const values = sample(12);
  const { mean } = sigmaClippedStats(values);
  assert.equal(mean, sigmaClippedStats(values, { sigma: 3, maxIters: 5 }).mean);
  for (const other of [{ maxIters: 4 }, { maxIters: 6 }, { sigma: 2.5 }])
    assert.notEqual(mean, sigmaClippedStats(values, other).mean, JSON.stringify(other));
});

test("nothing finite gives NaN, as astropy does", () => {
  const { everyNan } = reference<{ everyNan: string[] }>("preprocess-sigma-clip.json");
  assert.deepEqual(everyNan, ["nan", "nan", "nan"]);
  for (const empty of [new Float32Array(9).fill(Number.NaN), new Float64Array(0), new Uint8Array(0)])
    assert.deepEqual(sigmaClippedStats(empty), { mean: Number.NaN, median: Number.NaN, std: Number.NaN });
});

test("bytes and floats agree whatever is clipped", () => {
  for (let k = 0; k < 40; k++) {
    const u = lcg(1000 + k, 301 + k);
    const bytes = Uint8Array.from(u, (v, i) => (i % 7 === 0 ? 255 * v : 20 + 12 * v));
    for (const sigma of [1.2, 2, 3.5])
      for (const maxIters of [1, 2, 5, 50]) {
        const a = sigmaClippedStats(bytes, { sigma, maxIters });
        const b = sigmaClippedStats(Float64Array.from(bytes), { sigma, maxIters });
        for (const name of ["mean", "median", "std"] as const) close(a[name], b[name], name);
      }
  }
});

test("doubles of any size are clipped as the same numbers in other units are", () => {
  const values = Float64Array.from({ length: 200 }, (_, i) => 10 + Math.sin(i) + (i % 50 === 0 ? 90 : 0));
  const { mean, median, std } = sigmaClippedStats(values, { sigma: 3 });
  for (const unit of [2 ** 900, 2 ** -900]) {
    const far = sigmaClippedStats(
      values.map((v) => v * unit),
      { sigma: 3 },
    );
    for (const [got, expected] of [
      [far.mean, mean],
      [far.median, median],
      [far.std, std],
    ])
      assert.ok(Math.abs(got / unit - expected) <= 1e-12 * expected, `${got / unit} for ${expected}`);
  }
});
