import assert from "node:assert/strict";
import { test } from "node:test";
import { UMAP } from "umap-js";
import { type Matrix, takeRows } from "../../lib/matrix.js";
import { exactNeighbours } from "../../lib/models/exact-neighbours.js";
import { fuzzyGraph } from "../../lib/models/fuzzy-graph.js";
import { trustworthiness } from "../../lib/models/trustworthiness.js";
import { umap, umapSteps } from "../../lib/models/umap.js";
import { umapCurve } from "../../lib/models/umap-curve.js";
import { UmapLayout } from "../../lib/models/umap-layout.js";
import { placeOnUmap } from "../../lib/models/umap-place.js";
import { Random } from "../../lib/random.js";
import { golden, matrix, randomMatrix, unpack, worst } from "./neighbours-golden.js";

const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

test("trustworthiness of a sample of rows is a mean over them: all of them give the whole", () => {
  const [x, flat] = [randomMatrix(40, 5), randomMatrix(40, 2, 9)];
  const each = Array.from({ length: 40 }, (_, i) => trustworthiness(x, flat, { k: 4, rows: [i] }));
  assert.ok(Math.abs(mean(each) - trustworthiness(x, flat, { k: 4 })) < 1e-12);
  assert.ok(new Set(each).size > 1);
});

for (const { name, x: packed, trustworthiness: theirs, graphRowSums, flatTrustworthiness } of golden.maps) {
  const x = unpack(packed);

  test(`trustworthiness within 0.01 of umap-learn's: ${name}`, async () => {
    const ours: number[] = [];
    for (const seed of [0, 1, 2]) ours.push(trustworthiness(x, await umap(x, { seed })));
    assert.ok(mean(ours) > mean(theirs) - 0.01, `${ours} against ${theirs}`);
    assert.ok(Math.min(...ours) > Math.min(...theirs) - 0.01, `${ours} against ${theirs}`);
  });

  test(`the graph is umap-learn's: ${name}`, () => {
    const graph = fuzzyGraph(exactNeighbours(x, 14));
    const sums = new Float64Array(graph.n);
    graph.weight.forEach((w, e) => {
      sums[graph.head[e]] += w;
    });
    // Where several rows are equally far at the end of a list (pixels are whole numbers) either library may take
    // another of them: only rows of such ties may differ. 1e-4 because umap-learn keeps f32.
    const { k, indices, distances } = exactNeighbours(x, 20);
    const tied = new Set<number>();
    for (let i = 0; i < graph.n; i++) {
      const last = distances[i * k + 13];
      if (distances[i * k + 14] !== last) continue;
      tied.add(i);
      for (let s = i * k; s < (i + 1) * k; s++) if (distances[s] === last) tied.add(indices[s]);
    }
    const off = [...sums.keys()].filter((i) => Math.abs(sums[i] - graphRowSums[i]) > 1e-4);
    assert.deepEqual(
      off.filter((i) => !tied.has(i)),
      [],
    );
    assert.ok(tied.size < graph.n / 5, `${tied.size} rows are in ties`);
  });

  test(`trustworthiness of one picture is scikit-learn's: ${name}`, () => {
    const [n, d] = x.shape;
    const flat = new Float64Array(2 * n);
    for (let i = 0; i < n; i++)
      for (let p = 0; p < d; p++) {
        flat[2 * i] += x.data[i * d + p] * Math.cos(p);
        flat[2 * i + 1] += x.data[i * d + p] * Math.sin(2 * p);
      }
    const ours = trustworthiness(x, { data: flat, shape: [n, 2] });
    // Ranks of equal distances are arbitrary in scikit-learn: a few per 100 000 on whole-number pixels.
    assert.ok(Math.abs(ours - flatTrustworthiness) < (name === "digits" ? 1e-3 : 1e-9), `${ours}`);
  });
}

test("the curve is umap-learn's to 1e-5", () => {
  for (const { spread, minDist, a, b } of golden.curves) {
    const ours = umapCurve(spread, minDist);
    assert.ok(worst([ours.a, ours.b], [a, b]) < 1e-5, `${ours.a} ${ours.b}`);
  }
});

test("as trustworthy as umap-js on the same neighbours", async () => {
  const x = takeRows(
    unpack(golden.maps[0].x),
    Array.from({ length: 400 }, (_, i) => i),
  );
  const [n, d] = x.shape;
  const found = exactNeighbours(x, 14);
  const random = new Random(1);
  const library = new UMAP({ nNeighbors: 15, minDist: 0.01, nEpochs: 200, random: () => random.uniform() });
  const rows = Array.from({ length: n }, (_, i) => Array.from(x.data.subarray(i * d, (i + 1) * d)));
  const list = (a: ArrayLike<number>, i: number) => Array.from({ length: 14 }, (_, s) => a[i * 14 + s]);
  library.setPrecomputedKNN(
    rows.map((_, i) => [i, ...list(found.indices, i)]),
    rows.map((_, i) => [0, ...list(found.distances, i)]),
  );
  const theirs: Matrix = matrix(library.fit(rows));
  const ours = await umap(x, { nEpochs: 200, seed: 1, neighbours: found });
  const scores = [trustworthiness(x, ours), trustworthiness(x, theirs)];
  assert.ok(scores[0] > scores[1] - 0.01, `${scores}`);
});

test("the native epoch and the reference give the same bits, in any mixture", () => {
  const x = randomMatrix(300, 5);
  const graph = fuzzyGraph(exactNeighbours(x, 9));
  const start = Float32Array.from({ length: 600 }, (_, i) => (i * 7919) % 10);
  start.set(start.subarray(0, 2), 2); // two points in one place
  const run = (native: (epoch: number) => boolean) => {
    const random = new Random(5);
    const layout = new UmapLayout(start.slice(), graph, {
      nEpochs: 40,
      ...umapCurve(1, 0.1),
      random,
    });
    const step = () => layout.step();
    for (let e = 0; e < 40; e++) {
      const before = process.env.LATENT_SKY_NUMERIC;
      process.env.LATENT_SKY_NUMERIC = native(e) ? "" : "off";
      assert.ok(step());
      process.env.LATENT_SKY_NUMERIC = before ?? "";
    }
    assert.ok(!layout.step());
    return layout.positions;
  };
  const reference = run(() => false);
  assert.ok(reference.every(Number.isFinite));
  assert.deepEqual(
    run(() => true),
    reference,
  );
  assert.deepEqual(
    run((e) => e % 3 === 0),
    reference,
  );
});

test("the same seed gives the same picture, another seed another", async () => {
  const x = randomMatrix(200, 6);
  const one = await umap(x, { seed: 7, nEpochs: 30 });
  assert.deepEqual(await umap(x, { seed: 7, nEpochs: 30 }), one);
  assert.notDeepEqual(await umap(x, { seed: 8, nEpochs: 30 }), one);
  assert.deepEqual(await umap(x, { seed: 7, nEpochs: 30, neighbours: exactNeighbours(x, 20) }), one);
  const before = process.env.LATENT_SKY_NUMERIC;
  process.env.LATENT_SKY_NUMERIC = "off";
  assert.deepEqual(await umap(x, { seed: 7, nEpochs: 30 }), one);
  process.env.LATENT_SKY_NUMERIC = before ?? "";
});

test("steps carry the picture of each epoch; the signal stops between them", async () => {
  const x = randomMatrix(60, 3);
  const epochs: number[] = [];
  let last: Matrix | null = null;
  for await (const step of umapSteps(x, { nEpochs: 12, seed: 2 })) {
    epochs.push(step.epoch);
    last = step.embedding;
  }
  assert.deepEqual(
    epochs,
    Array.from({ length: 13 }, (_, i) => i),
  );
  assert.deepEqual(last, await umap(x, { nEpochs: 12, seed: 2 }));
  const stop = new AbortController();
  const seen: number[] = [];
  const onProgress = ({ done, note }: { done: number; note?: string }) => {
    if (note !== "layout") return;
    seen.push(done);
    if (done === 3) stop.abort();
  };
  await assert.rejects(umap(x, { nEpochs: 12, signal: stop.signal, onProgress }), /abort/i);
  assert.deepEqual(seen, [0, 1, 2, 3]);
});

test("two far groups stay apart; new rows land in their own", async () => {
  const x = randomMatrix(120, 4);
  for (let i = 0; i < 60 * 4; i++) x.data[i] += 30;
  const picture = await umap(x, { nEpochs: 100 });
  const queries = takeRows(x, [3, 100]);
  for (let i = 0; i < queries.data.length; i++) queries.data[i] += 0.01;
  const placed = placeOnUmap(x, picture, queries);
  const { indices } = exactNeighbours(picture, 1, placed);
  assert.ok(indices[0] < 60 && indices[1] >= 60);
  const near = exactNeighbours(picture, 5).indices;
  assert.ok(near.every((j, s) => j < 60 === Math.floor(s / 5) < 60));
});

test("a mapped row placed again lies on its own place, a copy of several mapped rows on the first", async () => {
  const x = randomMatrix(120, 4);
  x.data.copyWithin(50 * 4, 10 * 4, 11 * 4);
  const picture = await umap(x, { nEpochs: 30 });
  const rows = Array.from({ length: 120 }, (_, i) => (i === 50 ? 10 : i));
  assert.deepEqual(placeOnUmap(x, picture, x).data, takeRows(picture, rows).data);
});

test("degenerate input is drawn all the same: copies, one column, constant, fewer rows than neighbours", async () => {
  const copies: Matrix = { data: Float64Array.from({ length: 60 }, (_, i) => i % 6), shape: [30, 2] };
  const line: Matrix = { data: Float64Array.from({ length: 40 }, (_, i) => i), shape: [40, 1] };
  const constant: Matrix = { data: new Float64Array(40).fill(2), shape: [20, 2] };
  for (const x of [copies, line, constant, randomMatrix(4, 2), randomMatrix(3, 3)]) {
    const picture = await umap(x, { nEpochs: 20 });
    assert.deepEqual(picture.shape, [x.shape[0], 2]);
    assert.ok(picture.data.every(Number.isFinite));
  }
});

test("bad input is refused in one sentence", async () => {
  const x = randomMatrix(20, 3);
  await assert.rejects(
    umap(
      matrix([
        [1, 2],
        [3, Number.NaN],
        [0, 0],
      ]),
    ),
    /NaN at row 1, column 1/,
  );
  await assert.rejects(umap(randomMatrix(2, 3)), /2 rows where at least 3/);
  await assert.rejects(umap({ data: new Float64Array(5), shape: [2, 3] }), /do not fill/);
  await assert.rejects(umap(x, { nNeighbors: 1 }), /nNeighbors is 1/);
  await assert.rejects(umap(x, { nEpochs: 0 }), /nEpochs is 0/);
  await assert.rejects(umap(x, { minDist: -1 }), /minDist is -1/);
  await assert.rejects(umap(x, { minDist: 2 }), /minDist is 2/);
  await assert.rejects(umap(x, { init: randomMatrix(20, 3) }), /init has shape/);
  await assert.rejects(
    umap(x, { neighbours: exactNeighbours(x, 3) }),
    /14 neighbours of each row are needed/,
  );
  await assert.rejects(
    umap(x, { neighbours: exactNeighbours(randomMatrix(9, 2), 3) }),
    /9 rows where X has 20/,
  );
  assert.throws(() => trustworthiness(x, randomMatrix(9, 2)), /20 rows but the embedding 9/);
  assert.throws(() => trustworthiness(x, randomMatrix(20, 2), { k: 10 }), /less than n \/ 2/);
  assert.throws(() => placeOnUmap(x, randomMatrix(9, 2), x), /20 rows but the embedding 9/);
});
