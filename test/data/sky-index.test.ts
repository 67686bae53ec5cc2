import assert from "node:assert/strict";
import { test } from "node:test";
import { SkyIndex } from "../../lib/data/sky-index.js";
import { separation } from "../../lib/data/sky-position.js";
import { Random } from "../../lib/random.js";

const random = new Random(4);
const uniform = Array.from({ length: 3000 }, () => ({
  ra: random.uniform(0, 360),
  dec: (Math.asin(random.uniform(-1, 1)) * 180) / Math.PI,
}));
// Where right ascension turns over, and where its circles shrink to a point.
const special = [
  ...Array.from({ length: 200 }, () => ({ ra: random.uniform(-0.2, 0.2), dec: random.uniform(-0.2, 0.2) })),
  ...Array.from({ length: 200 }, () => ({ ra: random.uniform(0, 360), dec: 90 - random.uniform(0, 0.2) })),
  ...Array.from({ length: 200 }, () => ({ ra: random.uniform(0, 360), dec: random.uniform(0, 0.2) - 90 })),
  { ra: 10, dec: 90 },
  { ra: 0, dec: -90 },
  { ra: 360, dec: 0 },
];
const sky = [...uniform, ...special];

for (const radius of [1, 60, 600, 20_000, 400_000])
  test(`what lies within ${radius}" is what a search of all pairs finds`, () => {
    const index = new SkyIndex(
      sky.map((p) => p.ra),
      sky.map((p) => p.dec),
      radius,
    );
    const asked = [
      ...special.slice(0, 40),
      ...special.slice(200, 240),
      ...special.slice(-3),
      ...uniform.slice(0, 40),
    ];
    let hits = 0;
    for (const p of asked) {
      const found = [...index.within(p, radius)].map(({ row }) => row).sort((a, b) => a - b);
      const true_ = sky.flatMap((q, i) => (separation(p, q) <= radius ? [i] : []));
      assert.deepEqual(found, true_);
      hits += found.length;
      const nearest = index.nearest(p, radius)!;
      assert.equal(nearest.separation, 0, "each asked position is one of the index");
    }
    assert.ok(hits >= asked.length);
  });

test("a search wider or narrower than the index was made for is as exact", () => {
  const index = new SkyIndex(
    sky.map((p) => p.ra),
    sky.map((p) => p.dec),
    30,
  );
  const p = { ra: 0.01, dec: 0.02 };
  for (const radius of [0.5, 900]) {
    const rows = [...index.within(p, radius)].map(({ row }) => row).sort((a, b) => a - b);
    assert.deepEqual(
      rows,
      sky.flatMap((q, i) => (separation(p, q) <= radius ? [i] : [])),
    );
  }
  assert.equal(index.nearest({ ra: 200, dec: 5.123 }, 0.001), null);
});

test("a position off the sky is refused by its row", () => {
  assert.throws(() => new SkyIndex([1, 2], [0, 91], 1), /Position 1 is ra 2, dec 91/);
  assert.throws(() => new SkyIndex([Number.NaN], [0], 1), /Position 0/);
});
