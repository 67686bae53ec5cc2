import assert from "node:assert/strict";
import { test } from "node:test";
import { mostHidden, placeNumbers } from "../../lib/figures/place-numbers.js";
import { planeUnits } from "../../lib/figures/plane-units.js";
import { numberSize, umapScatter } from "../../lib/figures/umap-scatter.js";
import type { Matrix } from "../../lib/matrix.js";
import { Random } from "../../lib/random.js";

/** Round groups about centres, as [x, y, spread, members]. */
function plane(seed: number, groups: readonly (readonly [number, number, number, number])[]) {
  const random = new Random(seed);
  const clusters = groups.flatMap(([, , , n], g) => new Array<number>(n).fill(g));
  const data = Float64Array.from(
    clusters.flatMap((g) => [0, 1].map((j) => groups[g][j] + random.normal(0, groups[g][2]))),
  );
  const embedding: Matrix = { data, shape: [clusters.length, 2] };
  const members = groups.map((_, g) => [...clusters.keys()].filter((i) => clusters[i] === g));
  return { embedding, clusters, members };
}

/** The share of each group that the numbers' grounds lie on. */
function hiddenShares(
  { embedding, members }: { embedding: Matrix; members: readonly number[][] },
  places: readonly { x: number; y: number }[],
  [width, height]: readonly [number, number],
): number[] {
  const under = (i: number) =>
    places.some(
      ({ x, y }) =>
        Math.abs(embedding.data[2 * i] - x) <= width / 2 &&
        Math.abs(embedding.data[2 * i + 1] - y) <= height / 2,
    );
  return members.map((own) => own.filter(under).length / own.length);
}

/** A continent, an island of three tight groups, a group within the continent and one far out. */
const sky = [
  [0, 0, 3, 400],
  [14, 10, 0.1, 39],
  [14.3, 10.1, 0.05, 12],
  [14.2, 10.4, 0.05, 5],
  [1, 1, 0.1, 20],
  [-9, 8, 0.01, 1],
] as const;

test("numbers leave every group its points and lie on no other number, however tight and small the groups", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const drawn = plane(seed, sky);
    const places = placeNumbers(drawn.embedding, drawn.members, 1, 0.8);
    const shares = hiddenShares(drawn, places, [1, 0.8]);
    assert.ok(Math.max(...shares) <= mostHidden, `seed ${seed} hides ${shares.map((s) => s.toFixed(2))}`);
    for (const [a, one] of places.entries())
      for (const other of places.slice(a + 1))
        assert.ok(Math.abs(one.x - other.x) >= 1 || Math.abs(one.y - other.y) >= 0.8, `seed ${seed}`);
  }
});

test("a wide group's number stands at its median; one that stands aside leads to a member close by", () => {
  const { embedding, members } = plane(1, sky);
  const places = placeNumbers(embedding, members, 1, 0.8);
  assert.equal(places[0].leader, null);
  assert.ok(Math.hypot(places[0].x, places[0].y) < 1);
  for (const g of [1, 2, 3, 4, 5]) {
    const { x, y, leader } = places[g];
    assert.ok(members[g].some((i) => embedding.data[2 * i] === leader?.[0]));
    const away = Math.hypot(x - leader![0], (y - leader![1]) / 0.8);
    assert.ok(away < 3, `number ${g} is ${away} from its group`);
  }
});

test("the figure's numbers hide no small cluster, and the smallest is drawn last", () => {
  const drawn = plane(1, sky);
  const { data, layout } = umapScatter({ title: "Clusters", ...drawn });
  const places = layout.annotations!.map((a) =>
    a.showarrow ? { x: a.ax as number, y: a.ay as number } : { x: a.x as number, y: a.y as number },
  );
  assert.deepEqual(
    layout.annotations!.map((a) => a.text).sort(),
    [..."012345"].map((k) => `<b>${k}</b>`),
  );
  const number = numberSize(planeUnits(drawn.embedding, [], layout), layout.width!);
  const shares = hiddenShares(drawn, places, number);
  assert.ok(Math.max(...shares) <= mostHidden, `${shares.map((s) => s.toFixed(2))}`);
  assert.equal(data.at(-1)!.name, "cluster 5");
});

test("points that are all in one place still have their numbers", () => {
  const embedding: Matrix = { data: new Float64Array(8), shape: [4, 2] };
  const places = placeNumbers(
    embedding,
    [
      [0, 1],
      [2, 3],
    ],
    0,
    0,
  );
  assert.ok(places.every(({ x, y }) => x === 0 && y === 0));
});

test("no number stands beyond the plot, also on a narrow figure whose numbers are large", () => {
  const drawn = plane(1, sky);
  for (const width of [480, 260]) {
    const { layout } = umapScatter({ title: "Clusters", ...drawn, width });
    const [wide, high] = numberSize(planeUnits(drawn.embedding, [], layout), width);
    for (const { showarrow, x, y, ax, ay } of layout.annotations!) {
      const at = (showarrow ? [ax, ay] : [x, y]) as [number, number];
      for (const [j, size] of [wide, high].entries()) {
        const [low, top] = layout[j ? "yaxis" : "xaxis"]!.range as [number, number];
        assert.ok(
          at[j] - size / 2 >= low - 1e-3 && at[j] + size / 2 <= top + 1e-3,
          `${at} at ${width} pixels`,
        );
      }
    }
  }
});
