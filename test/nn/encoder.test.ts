import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { memoryStack } from "../../lib/data/images/image-stack.js";
import { type EncoderOptions, encoder } from "../../lib/nn/encoder.js";
import { inputRecipe } from "../../lib/nn/encoder-input.js";
import { outputRecipe } from "../../lib/nn/encoder-output.js";
import { requirePackage } from "../../lib/package-root.js";
import { scratch } from "../scratch.js";

const folder = scratch();
const golden = JSON.parse(readFileSync("test/reference/encoders.json", "utf8"));
const file = (name: string) => join("test/reference/encoder-files", name);

function isHere(): boolean {
  try {
    requirePackage("onnxruntime-node");
    return true;
  } catch {
    return false;
  }
}
const skip = isHere() ? false : "onnxruntime-node is not installed";

/** The images of test/reference/encoders.py: five of 40 x 40. */
const [n, side] = [5, 40];
const data = Uint8Array.from({ length: n * side * side * 3 }, (_, at) => {
  const [c, x] = [at % 3, Math.floor(at / 3) % side];
  const [y, i] = [Math.floor(at / 3 / side) % side, Math.floor(at / 3 / side / side)];
  return (i * 37 + y * 5 + x * 3 + c * 50 + Math.floor((x * y * (c + 1)) / 7)) % 256;
});
const ids = ["a", "b", "c", "d", "e"];
const stack = memoryStack({ data, height: side, width: side, channels: 3, ids });

const cases: [string, string, EncoderOptions, RegExp][] = [
  [
    "pooled",
    "pooled.onnx",
    { size: 48 },
    /resized to 48 x 48 \(Lanczos\), channels RGB, values \/ 255, minus mean 0\.485/,
  ],
  [
    "pooled, cropped, BGR",
    "pooled.onnx",
    { size: 24, resize: 36, channels: "BGR", mean: [0.5, 0.5, 0.5], std: [0.25, 0.5, 1], batch: 2 },
    /resized to 36 x 36 \(Lanczos\), of which the central 24 x 24, channels BGR.*by std 0\.25 0\.5 1, NCHW; output "features"/,
  ],
  [
    "class token",
    "tokens.onnx",
    { output: "last_hidden_state", token: 0 },
    /32 x 32.*output "last_hidden_state", token 0$/,
  ],
  [
    "mean of tokens",
    "tokens.onnx",
    { output: "last_hidden_state", token: "mean" },
    /the mean of its tokens$/,
  ],
  ["maps", "tokens.onnx", { output: "maps" }, /output "maps", its mean over all places$/],
  ["channels last", "last.onnx", {}, /32 x 32.*NHWC; output "y"$/],
];
for (const [name, model, options, words] of cases)
  test(`${name}: PyTorch's numbers, and the preprocessing in words`, { skip }, async () => {
    const net = await encoder(file(model), options);
    try {
      assert.match(net.note, words);
      const { data: got, shape } = await net.features(stack);
      const want = golden.features[name].flat() as number[];
      assert.deepEqual(shape, [n, want.length / n]);
      // Sums of f32 products in another order: 1e-6 of numbers near 1 were seen, 1e-4 is what is promised.
      const worst = Math.max(...want.map((v, k) => Math.abs(v - got[k])));
      assert.ok(worst < 1e-4, `differs by ${worst}`);
    } finally {
      await net.dispose();
    }
  });

test("rows are chosen, progress is told, and the digest follows the way it is used", { skip }, async () => {
  const net = await encoder(file("last.onnx"));
  const heard: number[] = [];
  const some = await net.features(stack, { indices: [4, 0, 2], onProgress: (p) => heard.push(p.done) });
  const all = await net.features(stack);
  const d = all.shape[1];
  assert.deepEqual(some.data.slice(0, d), all.data.slice(4 * d, 5 * d));
  assert.deepEqual(heard, [2, 3]); // two images at a time, as the model has it
  const other = await encoder(file("last.onnx"), { std: [1, 1, 1] });
  assert.notEqual(other.digest, net.digest);
  const stop = AbortSignal.abort(new Error("enough"));
  await assert.rejects(net.features(stack, { signal: stop }), /enough/);
  await net.dispose();
  await other.dispose();
});

test("what does not fit is a sentence", { skip }, async () => {
  const refused = (model: string, options: EncoderOptions, message: RegExp) =>
    assert.rejects(encoder(file(model), options), message);
  await refused(
    "tokens.onnx",
    {},
    /outputs "last_hidden_state" \[batch, .*\], "maps" \[batch, 16, 4, 4\]: say which/,
  );
  await refused(
    "tokens.onnx",
    { output: "last_hidden_state" },
    /a vector for every token: say which with token/,
  );
  await refused("tokens.onnx", { output: "pooler" }, /no output "pooler"/);
  await refused("tokens.onnx", { output: "maps", size: 64 }, /takes 32 x 32 pixels; size says 64/);
  await refused("pooled.onnx", { token: 0 }, /no tokens: leave token out/);
  await refused("pooled.onnx", { channels: "grey" }, /3 channels, where grey has 1/);
  await refused("pooled.onnx", { mean: [0.5] }, /must be 3 numbers each/);
  await refused("no.onnx", {}, /There is no model/);
  writeFileSync(join(folder, "torn.onnx"), readFileSync(file("pooled.onnx")).subarray(0, 3000));
  await assert.rejects(encoder(join(folder, "torn.onnx")), /The model .*torn\.onnx cannot be used/);
  writeFileSync(join(folder, "none.onnx"), "");
  await assert.rejects(
    encoder(join(folder, "none.onnx")),
    /cannot be used: [^:]*none\.onnx failed: [^/]*\.$/,
  );
  copyFileSync(file("tokens.onnx"), join(folder, "t.onnx"));
  const net = await encoder(join(folder, "t.onnx"), { output: "last_hidden_state", token: 40 });
  await assert.rejects(net.features(stack), /tokens 0 to 16; there is no 40/);
  await net.dispose();
});

test("an input's shape tells layout, size and channels, or what has to be said", () => {
  const recipe = (shape: number[], options = {}) => inputRecipe({ name: "x", shape }, options);
  assert.equal(recipe([-1, -1, -1, -1]).size, 224);
  assert.deepEqual(recipe([1, 64, 64, 1]).mean.length, 1);
  assert.equal(recipe([1, 64, 64, 1]).channels, "grey");
  assert.equal(recipe([-1, -1, -1, 3]).layout, "NHWC");
  assert.throws(() => recipe([-1, 5, 96, 96]), /\[any, 5, 96, 96\]: images of 1 or 3 channels/);
  assert.throws(() => recipe([-1, 3, 96, 64]), /only squares/);
  assert.throws(() => recipe([-1, 768]), /2 dimensions/);
  const pooled = [
    { name: "last", isTensor: true, shape: ["n", 17, 16] },
    { name: "pooler_output", isTensor: true, shape: ["n", 16] },
  ];
  assert.equal(outputRecipe(pooled, {}).name, "pooler_output", "the only vector an image");
});
