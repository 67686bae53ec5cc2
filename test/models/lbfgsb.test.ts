import assert from "node:assert/strict";
import { test } from "node:test";
import { type LbfgsbState, lbfgsb, type Objective } from "../../lib/models/lbfgsb.js";

const anywhere: [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

function minimise(objective: Objective, start: number[], bounds: [number, number][]): LbfgsbState {
  return [...lbfgsb(objective, start, bounds)].at(-1)!;
}

const rosenbrock: Objective = (x) => ({
  value: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2,
  gradient: Float64Array.of(-400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]), 200 * (x[1] - x[0] ** 2)),
});

test("Rosenbrock's valley to its end", () => {
  const end = minimise(rosenbrock, [-1.2, 1], [anywhere, anywhere]);
  assert.ok(Math.abs(end.x[0] - 1) < 1e-5 && Math.abs(end.x[1] - 1) < 1e-5, `${end.x}`);
  assert.ok(end.evaluations < 100, `${end.evaluations} evaluations`);
});

test("a bound that holds the minimum off: scipy's answer for Rosenbrock in [-2, 0.5]^2", () => {
  // On x0 = 0.5 the best x1 is 0.25.
  const end = minimise(
    rosenbrock,
    [-1.2, 0.4],
    [
      [-2, 0.5],
      [-2, 0.5],
    ],
  );
  assert.equal(end.x[0], 0.5);
  assert.ok(Math.abs(end.x[1] - 0.25) < 1e-6);
});

test("variables leave a bound they started on, and 25 badly scaled ones arrive", () => {
  const bowl: Objective = (x) => ({
    value: x.reduce((sum, v, i) => sum + (i + 1) ** 2 * (v - i / 10) ** 2, 0),
    gradient: x.map((v, i) => 2 * (i + 1) ** 2 * (v - i / 10)),
  });
  const bounds = Array.from({ length: 25 }, (): [number, number] => [-1, 2]);
  const end = minimise(bowl, new Array(25).fill(-1), bounds);
  end.x.forEach((v, i) => {
    assert.ok(Math.abs(v - Math.min(2, i / 10)) < 1e-5, `x[${i}] = ${v}`);
  });
});

test("every step lowers the value and stays inside; a wall of infinity is walked around", () => {
  const wall: Objective = (x) => ({
    value: x[0] > 1 ? Number.POSITIVE_INFINITY : (x[0] - 0.99) ** 2,
    gradient: Float64Array.of(x[0] > 1 ? 0 : 2 * (x[0] - 0.99)),
  });
  const steps = [...lbfgsb(wall, [-50], [[-60, 60]])];
  assert.ok(steps.every((s, i) => i === 0 || s.value <= steps[i - 1].value));
  assert.ok(Math.abs(steps.at(-1)!.x[0] - 0.99) < 1e-5);
});

test("bad input", () => {
  assert.throws(() => minimise(rosenbrock, [0, 0], [anywhere]), /2 variables but 1 bounds/);
  const nan: Objective = (x) => ({ value: Number.NaN, gradient: x });
  assert.throws(() => minimise(nan, [0], [anywhere]), /NaN at the start/);
});
