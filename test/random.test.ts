import assert from "node:assert/strict";
import { test } from "node:test";
import { nextUint32, Random } from "../lib/random.js";

test("the stream is xoshiro128**", () => {
  const state = Uint32Array.of(1, 2, 3, 4);
  // The first outputs of Blackman and Vigna's xoshiro128starstar.c (version 1.1) from this state.
  const reference = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ];
  assert.deepEqual(
    reference.map(() => nextUint32(state)),
    reference,
  );
  const random = Random.from({ s: [1, 2, 3, 4], spare: null });
  assert.deepEqual(
    reference.map(() => random.uint32()),
    reference,
  );
});

test("a stored state goes on exactly where it was, in the middle of a pair of normal draws too", () => {
  const random = new Random(7);
  random.normal();
  const stored = JSON.parse(JSON.stringify(random.state()));
  const draws = (r: Random) => [r.normal(), r.normal(), r.uniform(), r.poisson(3), ...r.permutation(9)];
  assert.deepEqual(draws(Random.from(stored)), draws(random));
});

test("the same seed and label, the same stream; neighbouring ones, streams that share nothing", () => {
  const first = (r: Random) => Array.from({ length: 500 }, () => r.uniform());
  const streams = [0, 1, 2].flatMap((seed) => [
    first(new Random(seed)),
    ...["a", "b", 1, 2].map((label) => first(new Random(seed).fork(label))),
  ]);
  assert.deepEqual(first(new Random(1).fork("b")), streams[5 + 2]);
  const mean = (x: number[]) => x.reduce((s, v) => s + v, 0) / x.length;
  const correlation = (a: number[], b: number[]) => mean(a.map((v, i) => (v - 0.5) * (b[i] - 0.5))) * 12;
  // 500 independent pairs correlate with a standard deviation of 0.045: five of them is never seen in 105 pairs.
  streams.forEach((a, i) => {
    for (const b of streams.slice(i + 1)) assert.ok(Math.abs(correlation(a, b)) < 5 / Math.sqrt(500));
  });
});

test("mean and variance of each distribution within five standard errors", () => {
  const n = 20_000;
  const cases: [string, (r: Random) => number, number, number, number][] = [
    // Name, draw, mean, variance, fourth central moment.
    ["uniform(2, 5)", (r) => r.uniform(2, 5), 3.5, 9 / 12, 81 / 80],
    ["integer(6)", (r) => r.integer(6), 2.5, 35 / 12, 14.729],
    ["normal(1, 2)", (r) => r.normal(1, 2), 1, 4, 48],
    ["poisson(4)", (r) => r.poisson(4), 4, 4, 4 + 3 * 16],
    ["poisson(100)", (r) => r.poisson(100), 100, 100, 100 + 3 * 100 ** 2],
  ];
  for (const [name, draw, mean, variance, fourth] of cases) {
    const random = new Random(3);
    const x = Float64Array.from({ length: n }, () => draw(random));
    const average = x.reduce((s, v) => s + v, 0) / n;
    const spread = x.reduce((s, v) => s + (v - mean) ** 2, 0) / n;
    assert.ok(Math.abs(average - mean) < 5 * Math.sqrt(variance / n), `${name}: mean ${average}`);
    const error = 5 * Math.sqrt((fourth - variance ** 2) / n);
    assert.ok(Math.abs(spread - variance) < error, `${name}: variance ${spread}`);
  }
});

test("a permutation holds each index once, and each place gets each index equally often", () => {
  const random = new Random(11);
  const counts = new Float64Array(25);
  for (let k = 0; k < 5000; k++) {
    const order = random.permutation(5);
    assert.deepEqual([...order].sort(), [0, 1, 2, 3, 4]);
    order.forEach((v, place) => {
      counts[5 * place + v]++;
    });
  }
  // Binomial with n 5000, p 1/5: standard deviation 28.
  for (const count of counts) assert.ok(Math.abs(count - 1000) < 5 * 28.3, `${count}`);
});
