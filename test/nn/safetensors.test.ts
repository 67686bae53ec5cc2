import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TensorMap } from "../../lib/nn/host-tensor.js";
import { readSafetensors, writeSafetensors } from "../../lib/nn/safetensors.js";
import { scratch } from "../scratch.js";

const folder = scratch();

/** A file with this header and `bytes` numbers behind it. */
function file(header: unknown, bytes = 0): string {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const path = join(folder, "file.safetensors");
  writeFileSync(path, Buffer.concat([length, text, Buffer.alloc(bytes)]));
  return path;
}

test("writes and reads back names, shapes, values and metadata", async () => {
  const tensors: TensorMap = new Map([
    ["a.weight", { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 1e-30, 1e30, 0) }],
    ["scalar", { shape: [], data: Float32Array.of(7) }],
    ["empty", { shape: [0, 4], data: new Float32Array(0) }],
  ]);
  const path = join(folder, "good.safetensors");
  await writeSafetensors(path, tensors, { note: "é" });
  const back = await readSafetensors(path);
  assert.deepEqual(back.tensors, tensors);
  assert.deepEqual(back.metadata, { note: "é" });
});

const one = (dtype: string, shape: unknown, offsets: unknown) => ({
  a: { dtype, shape, data_offsets: offsets },
});
const bad: [string, () => string, RegExp][] = [
  [
    "nothing",
    () => {
      const path = join(folder, "none");
      writeFileSync(path, "");
      return path;
    },
    /only 0 bytes/,
  ],
  [
    "a header longer than the file",
    () => {
      const path = file({}, 0);
      const bytes = readFileSync(path);
      bytes.writeBigUInt64LE(2n ** 62n);
      writeFileSync(path, bytes);
      return path;
    },
    /announces a header/,
  ],
  ["a header that is no JSON", () => file("{nothing}"), /not JSON/],
  ["a header that is a list", () => file("[1, 2]"), /not an object/],
  ["an unknown dtype", () => file(one("Q4", [1], [0, 4]), 4), /stores "a" as Q4/],
  ["an inherited dtype", () => file(one("constructor", [1], [0, 4]), 4), /not read/],
  ["a negative shape", () => file(one("F32", [-1], [0, 4]), 4), /no valid shape/],
  ["a huge shape", () => file(one("F32", [1e9, 1e9], [0, 4]), 4), /bytes where/],
  ["offsets outside the file", () => file(one("F32", [4], [0, 16]), 4), /holds 4 bytes/],
  ["a hole", () => file(one("F32", [1], [4, 8]), 8), /hole or an overlap/],
  ["trailing bytes", () => file(one("F32", [1], [0, 4]), 8), /holds 8 bytes/],
  ["a tensor that is null", () => file({ a: null }), /stores "a" as no type/],
];
for (const [name, make, why] of bad)
  test(`refuses ${name}`, () => assert.rejects(readSafetensors(make()), why));

test("refuses to write a tensor that does not fill its shape", () =>
  assert.rejects(
    writeSafetensors(join(folder, "x"), new Map([["a", { shape: [2], data: new Float32Array(3) }]])),
    /"a" of shape \[2\] has 3 values/,
  ));
