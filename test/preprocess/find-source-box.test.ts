import assert from "node:assert/strict";
import { test } from "node:test";
import type { PixelImage } from "../../lib/data/images/image.js";
import { drawGalaxy } from "../../lib/data/mock/galaxy-population.js";
import { renderGalaxy } from "../../lib/data/mock/render-galaxy.js";
import { numeric } from "../../lib/engine/numeric/numeric.js";
import { centralSourceBox, type SourceBoxOptions } from "../../lib/preprocess/central-source-box.js";
import { contourContains, outerContours } from "../../lib/preprocess/contours.js";
import { findSourceBox } from "../../lib/preprocess/find-source-box.js";
import { lcg } from "./reference.js";

const skip = !numeric()?.centralContour && "the numeric addon is not built with centralContour";

/** The reference's box with the contour's own where `enlarge` is 1. */
function bothAgree(image: PixelImage, options: SourceBoxOptions, what: string): void {
  const { box, reason } = centralSourceBox(image, options);
  const found = findSourceBox(image, options);
  assert.deepEqual([found.box, found.reason], [box, reason], what);
}

test("the native loops count every pixel of a channel", { skip }, () => {
  for (const [stride, n] of [
    [1, 0],
    [1, 7],
    [3, 1001],
    [4, 64],
  ]) {
    const data = Uint8Array.from(lcg(5 + stride, stride * n), (v) => 256 * v * v);
    const counts = new Uint32Array(256);
    numeric()!.byteCounts!(data, stride, n, counts);
    const expected = new Uint32Array(256);
    for (let k = 0; k < n; k++) expected[data[k * stride]]++;
    assert.deepEqual(counts, expected);
  }
});

test("the native contour is the TypeScript one on random masks of every density", { skip }, () => {
  const found = new Int32Array(5);
  let inside = 0;
  for (let k = 1; k <= 2000; k++) {
    // Small ones fall apart often; the wide ones are read eight pixels at a time.
    const [width, height] = [1 + (k % 41), 1 + (k % 23)];
    const values = Uint8Array.from(lcg(k, width * height), (v) => 256 * v);
    const above = 40 + (k % 200);
    numeric()!.centralContour!(values, 1, width, height, above + 0.5, found);
    const contours = outerContours(
      values.map((v) => Number(v > above)),
      width,
      height,
    );
    const at = contours.findIndex((c) => contourContains(c, width >> 1, height >> 1));
    const b = contours[at]?.box;
    const expected = b ? [at + 1, b.x, b.y, b.width, b.height] : [contours.length, 0, 0, 0, 0];
    assert.deepEqual([...found], expected, `mask ${k}`);
    if (b) inside++;
  }
  assert.ok(inside > 100 && inside < 1900, `${inside} of 2000 have one`);
});

test("the same boxes and reasons on galaxies, whatever the options", { skip }, () => {
  for (let i = 0; i < 40; i++) {
    const image = renderGalaxy({ ...drawGalaxy(4, i), imageSize: 150 });
    for (const threshold of ["paper", "astronomaly"] as const)
      for (const channel of [0, "luminance"] as const)
        for (const sigma of [1.5, 4, -4])
          for (const enlarge of [1, 2])
            bothAgree(image, { threshold, channel, sigma, enlarge }, `${i} ${threshold} ${channel} ${sigma}`);
  }
});

test("the same on grey, constant, dark and tiny images, and floats go the other way", { skip }, () => {
  const grey = (pixels: number[], width: number) => ({
    data: Uint8Array.from(pixels),
    width,
    height: pixels.length / width,
    channels: 1,
  });
  bothAgree(grey([7], 1), {}, "one pixel");
  bothAgree(grey(Array(400).fill(255), 20), {}, "constant");
  bothAgree(grey(Array(400).fill(255), 20), { sigma: -1 }, "constant, at its own level");
  const cross = Array.from({ length: 1600 }, (_, k) =>
    k % 40 === 20 || Math.floor(k / 40) === 20 ? 250 : 3,
  );
  bothAgree(grey(cross, 40), { sigma: 2 }, "a centre on the border");
  const disc = Array.from({ length: 1600 }, (_, k) =>
    ((k % 40) - 20) ** 2 + (Math.floor(k / 40) - 20) ** 2 < 16 ? 200 : k % 5,
  );
  bothAgree(grey(disc, 40), {}, "a disc");
  assert.ok(findSourceBox(grey(disc, 40)).box);
  bothAgree({ ...grey(disc, 40), data: Float32Array.from(disc) }, {}, "floats");
});
