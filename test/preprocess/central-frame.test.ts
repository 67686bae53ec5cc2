import assert from "node:assert/strict";
import { test } from "node:test";
import type { PixelImage } from "../../lib/data/images/image.js";
import { openDataset } from "../../lib/data/open-dataset.js";
import { positionOfId } from "../../lib/data/sky-match.js";
import { separation } from "../../lib/data/sky-position.js";
import { centralFrame } from "../../lib/preprocess/central-frame.js";
import { withoutArchives as skip } from "../data/releases/released-archives.js";
import { mockDataset } from "./mock-dataset.js";

test("the centre's pixels as they are, in a dataset that is not taken for the whole one", async () => {
  const whole = mockDataset(3);
  const framed = centralFrame(whole, 21);
  const [image, frame] = [await whole.image(1), await framed.image(1)];
  assert.deepEqual([frame.width, frame.height, frame.channels], [21, 21, 3]);
  for (const [x, y] of [
    [0, 0],
    [20, 0],
    [7, 13],
    [20, 20],
  ])
    for (let c = 0; c < 3; c++)
      assert.equal(frame.data[(y * 21 + x) * 3 + c], image.data[((y + 21) * 64 + x + 21) * 3 + c]);
  assert.notEqual(framed.provenance.fingerprint, whole.provenance.fingerprint);
  assert.notEqual(framed.provenance.fingerprint, centralFrame(whole, 22).provenance.fingerprint);
  assert.deepEqual((await centralFrame(whole, 64).image(2)).data, (await whole.image(2)).data);
  const inDoubt = { ...whole, image: async (i: number) => ({ ...(await whole.image(i)), doubt: "why" }) };
  assert.equal((await centralFrame(inDoubt, 21).image(0)).doubt, "why");
});

test("a side that is no number of pixels is refused, and an image smaller than the frame by name", async () => {
  for (const side of [0, -1, 1.5, Number.NaN])
    assert.throws(() => centralFrame(mockDataset(3), side), /a side of whole pixels/);
  await assert.rejects(
    centralFrame(mockDataset(3), 65).image(0),
    /g0 is 64 x 64 pixels and has no central frame/,
  );
});

test("the radio set in MiraBest's frame shows a source as MiraBest does", { skip }, async () => {
  const [studied, other] = await Promise.all([openDataset("mirabest"), openDataset("radio-galaxy-dataset")]);
  const framed = centralFrame(other, 150);
  const same = (a: string, b: string) => separation(positionOfId(a)!, positionOfId(b)!) < 5;
  const pairs = studied.ids
    .flatMap((id, i) => other.ids.flatMap((id2, k) => (same(id, id2) ? [[i, k]] : [])))
    .filter((_, p) => p % 20 === 0);
  assert.ok(pairs.length > 15, `${pairs.length} pairs`);
  const alike = await Promise.all(
    pairs.map(async ([i, k]) => correlation(await studied.image(i), await framed.image(k))),
  );
  // Not equal: the two releases scale and clip a source's brightness each in its own way.
  const median = alike.sort((a, b) => a - b)[alike.length >> 1];
  assert.ok(median > 0.9, `median correlation ${median}`);
  await Promise.all([studied.close(), other.close()]);
});

function correlation({ data: a }: PixelImage, { data: b }: PixelImage): number {
  const mean = (x: ArrayLike<number>) => Array.from(x).reduce((s, v) => s + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [aa, ab, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    aa += (a[i] - ma) ** 2;
    ab += (a[i] - ma) * (b[i] - mb);
    bb += (b[i] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
