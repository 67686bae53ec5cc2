import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { memoryStack } from "../../lib/data/images/image-stack.js";
import { encoder } from "../../lib/nn/encoder.js";
import { extractFeatures } from "../../lib/nn/extract-features.js";
import { requirePackage } from "../../lib/package-root.js";
import { scratch } from "../scratch.js";
import { writeFormulaOnnx } from "./write-formula-onnx.js";

const folder = scratch();
const golden = JSON.parse(readFileSync("test/reference/saved-onnx.json", "utf8"));

before(async () => {
  await tf.setBackend("cpu");
});

test("the file is the one that onnx.checker, onnxruntime and PyTorch were held against", async () => {
  const path = join(folder, "one.onnx");
  (await writeFormulaOnnx(path)).dispose();
  assert.equal(createHash("sha256").update(readFileSync(path)).digest("hex"), golden.sha256);
  assert.ok(golden.worst < 1e-4);
  assert.equal(golden.metadata["trained on"], "nothing: a formula");
  assert.match(golden.metadata.preprocessing, /^RGB, values \/ 255, minus mean 0\.485/);
});

test("read back as somebody's encoder it gives our own features", async (t) => {
  try {
    requirePackage("onnxruntime-node");
  } catch {
    return t.skip("onnxruntime-node is not installed");
  }
  const path = join(folder, "two.onnx");
  const net = await writeFormulaOnnx(path);
  const [n, side] = [3, 64];
  const data = Uint8Array.from({ length: n * side * side * 3 }, (_, k) => (k * 7 + (k >> 5) * 13) % 256);
  const stack = memoryStack({ data, height: side, width: side, channels: 3, ids: ["a", "b", "c"] });
  const ours = await extractFeatures(net, stack);
  net.dispose();
  const theirs = await encoder(path, { size: side });
  const { data: got, shape } = await theirs.features(stack);
  await theirs.dispose();
  assert.deepEqual(shape, ours.shape);
  // f32 sums in another order, batch norm folded into the convolutions there and not here.
  const worst = Math.max(...ours.data.map((v, k) => Math.abs(v - got[k])));
  assert.ok(worst < 1e-4, `differs by ${worst}`);
});
