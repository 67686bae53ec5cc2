import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { memoryStack } from "../../lib/data/images/image-stack.js";
import { openDataset } from "../../lib/data/open-dataset.js";
import { startEngine } from "../../lib/engine/engine.js";
import { trustworthiness } from "../../lib/models/trustworthiness.js";
import { umap } from "../../lib/models/umap.js";
import { extractFeatures } from "../../lib/nn/extract-features.js";
import { ResNet18 } from "../../lib/nn/resnet18.js";
import { loadWeights } from "../../lib/nn/weights.js";
import { withoutArchives as skip } from "../data/releases/released-archives.js";

interface RealMap {
  name: string;
  images: number;
  trustworthiness: number[];
}
const golden: { maps: RealMap[] } = JSON.parse(readFileSync("test/reference/umap-real.json", "utf8"));
const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Images of one size in memory, as they were released. */
async function released(name: string) {
  const dataset = await openDataset(name);
  const images = [];
  for (let i = 0; i < dataset.length; i++) images.push(await dataset.image(i));
  await dataset.close();
  const [{ height, width, channels }] = images;
  const each = height * width * channels;
  const data = new Uint8Array(each * images.length);
  for (const [i, image] of images.entries()) data.set(image.data, i * each);
  return memoryStack({ data, height, width, channels, ids: dataset.ids });
}

for (const { name, images, trustworthiness: theirs } of golden.maps)
  test(`ImageNet features of real images, ${name}: trustworthiness within 0.01 of umap-learn's`, {
    skip,
  }, async () => {
    await startEngine();
    const stack = await released(name);
    assert.equal(stack.length, images);
    const net = new ResNet18();
    await loadWeights(net, "imagenet");
    const x = await extractFeatures(net, stack);
    net.dispose();
    const ours: number[] = [];
    for (const seed of [0, 1, 2]) ours.push(trustworthiness(x, await umap(x, { seed })));
    assert.ok(mean(ours) > mean(theirs) - 0.01, `${ours} against ${theirs}`);
    assert.ok(Math.min(...ours) > Math.min(...theirs) - 0.01, `${ours} against ${theirs}`);
  });
