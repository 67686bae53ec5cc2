import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageStack } from "../../lib/data/images/image.js";
import { imageLooks } from "../../lib/discovery/image-looks.js";
import { proposeCuts, rowsInBox } from "../../lib/discovery/propose-cuts.js";
import { Random } from "../../lib/random.js";

test("imageLooks of a black image, a flat grey one and a red one", async () => {
  const images = [
    new Uint8Array(48),
    new Uint8Array(48).fill(128),
    Uint8Array.from({ length: 48 }, (_, i) => (i % 3 ? 0 : 255)),
  ];
  const stack: ImageStack = {
    length: 3,
    height: 4,
    width: 4,
    channels: 3,
    ids: ["black", "grey", "red"],
    read: async (indices) => Uint8Array.from(Array.from(indices).flatMap((i) => [...images[i]])),
  };
  const { data } = await imageLooks(stack);
  assert.deepEqual([...data.subarray(0, 6)], [0, 0, 1, 0, 0, 0]);
  assert.deepEqual([...data.subarray(6, 12)], [128 / 255, 0, 0, 0, 0, 0]);
  assert.equal(data[12], 1 / 3);
  assert.equal(data[14], 2 / 3, "two of three channels are dark");
  assert.equal(data[16], 1, "a missing band is a full colour cast");
});

test("imageLooks by hand: from 2 % to 98 % of the range is neither dark nor saturated, rows end at the edge", async () => {
  const look = async (...pixels: number[]) => {
    const read = async () => Uint8Array.from(pixels);
    const stack: ImageStack = { length: 1, height: 2, width: 2, channels: 1, ids: ["one"], read };
    return [...(await imageLooks(stack)).data];
  };
  assert.deepEqual((await look(4, 5, 250, 251)).slice(2, 4), [0.25, 0.25]);
  // Steps of 100 and 100 over four pixels, the contrast is the root of 5000.
  assert.equal((await look(0, 100, 200, 100))[5], 50 / Math.sqrt(5000));
});

test("an island of dark images is proposed, an island of ordinary ones is not", () => {
  const random = new Random(3);
  const n = 600;
  const plane = new Float64Array(2 * n);
  const looks = new Float64Array(6 * n);
  for (let i = 0; i < n; i++) {
    const island = i < 40 ? 1 : i < 90 ? 2 : 0; // 1: spoilt, 2: only apart
    plane[2 * i] = random.normal(island === 1 ? 14 : 0, 0.8);
    plane[2 * i + 1] = random.normal(island === 2 ? 14 : 0, 0.8);
    for (let j = 0; j < 6; j++) looks[6 * i + j] = random.normal(0.4, 0.05);
    if (island === 1) looks[6 * i + 2] = random.normal(0.9, 0.05);
  }
  const embedding = { data: plane, shape: [n, 2] as [number, number] };
  const proposals = proposeCuts(embedding, { data: looks, shape: [n, 6] });
  assert.equal(proposals.length, 1);
  assert.match(proposals[0].why, /^high dark share: 0\.\d+ where all have 0\.4\d*$/);
  const inside = rowsInBox(embedding, proposals[0].box);
  assert.deepEqual(inside, proposals[0].indices);
  assert.ok(inside.filter((i) => i < 40).length >= 36, "most of the spoilt images");
  assert.equal(inside.filter((i) => i >= 40).length, 0, "and none of the others");
});

test("the oddest island comes first, whatever the order of the rows; a box holds its edges", () => {
  const random = new Random(9);
  const n = 600;
  const of = (i: number) => (i < 40 ? 1 : i < 80 ? 2 : 0);
  const plane = Float64Array.from({ length: 2 * n }, (_, k) =>
    random.normal(of(k >> 1) === (k % 2) + 1 ? 14 : 0, 0.8),
  );
  const looks = Float64Array.from({ length: 6 * n }, () => random.normal(0.2, 0.02));
  for (let i = 0; i < 80; i++) looks[6 * i + 2] = of(i) === 1 ? 0.7 : 0.95;
  const embedding = { data: plane, shape: [n, 2] as [number, number] };
  const found = proposeCuts(embedding, { data: looks, shape: [n, 6] });
  assert.deepEqual(
    found.map(({ indices }) => of(indices[0])),
    [2, 1],
  );
  const corners = { data: Float64Array.of(0, 0, 1, 1, 2, 2), shape: [3, 2] as [number, number] };
  assert.deepEqual(rowsInBox(corners, { x: [0, 1], y: [0, 1] }), [0, 1]);
});

test("a dense lump at the edge of the continent is proposed when it looks odd enough, and only then", () => {
  const lumpAt = (oddity: number) => {
    const random = new Random(5);
    const n = 800;
    const plane = new Float64Array(2 * n);
    const looks = new Float64Array(6 * n);
    for (let i = 0; i < n; i++) {
      const lump = i < 30;
      plane[2 * i] = lump ? random.normal(5.95, 0.02) : random.uniform(-5, 5);
      plane[2 * i + 1] = lump ? random.normal(0, 0.02) : random.uniform(-5, 5);
      for (let j = 0; j < 6; j++) looks[6 * i + j] = random.normal(0.4, 0.05);
      if (lump) looks[6 * i + 3] += oddity * 0.05;
    }
    return proposeCuts({ data: plane, shape: [n, 2] }, { data: looks, shape: [n, 6] });
  };
  const found = lumpAt(10);
  assert.equal(found.length, 1);
  assert.match(found[0].why, /^high saturated share: /);
  assert.ok(found[0].indices.filter((i) => i < 30).length >= 28);
  assert.ok(found[0].indices.length <= 32);
  assert.deepEqual(lumpAt(3), []);
});

test("an island of galaxies a little darker than the rest is not proposed, however alike the rest are", () => {
  const proposed = (brightness: number) => {
    const random = new Random(7);
    const n = 300;
    const plane = Float64Array.from({ length: 2 * n }, (_, k) => random.normal(k < 2 * 69 ? 14 : 0, 0.8));
    const looks = Float64Array.from({ length: 6 * n }, () => random.normal(0.3, 0.005));
    for (let i = 0; i < 69; i++) looks[6 * i] = random.normal(brightness, 0.005);
    const found = proposeCuts({ data: plane, shape: [n, 2] }, { data: looks, shape: [n, 6] });
    return found.map((p) => p.indices.length);
  };
  assert.deepEqual(proposed(0.2), []);
  assert.equal(proposed(0.02).length, 1, "frames without light are");
});

test("a plane and looks of different length are refused", () => {
  const plane = { data: new Float64Array(4), shape: [2, 2] as [number, number] };
  assert.throws(() => proposeCuts(plane, { data: new Float64Array(6), shape: [1, 6] }), /same n/);
});
