import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type NumpyArray, numpyGlobals } from "../../../lib/data/pickle/numpy-pickle.js";
import { unpickle } from "../../../lib/data/pickle/pickle.js";

const golden = JSON.parse(readFileSync("test/reference/nn-pickle.json", "utf8"));
const decode = (text: string): Uint8Array => Buffer.from(text, "base64");
const pairs = (v: unknown) => Object.fromEntries(v as Map<string, unknown>);

for (let p = 0; p <= 5; p++)
  test(`protocol ${p} gives back every kind of value`, () => {
    const v = pairs(unpickle(decode(golden.protocols[p]), { allow: numpyGlobals }));
    assert.deepEqual(v.int, [0, 1, -1, 255, 65536, -(2 ** 31), 2 ** 40, -(2n ** 60n) - 7n, 2n ** 100n]);
    assert.deepEqual(v.float, [0, -1.5, 3.25e300]);
    assert.equal(v.text, "galaxy é 星 \n '\"\\");
    assert.deepEqual(
      v.bytes,
      Uint8Array.from({ length: 256 }, (_, i) => i),
    );
    assert.deepEqual([v.none, v.bools], [null, [true, false]]);
    assert.deepEqual(v.tuple, [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]);
    const array = v.array as NumpyArray;
    assert.deepEqual(array.shape, [2, 3]);
    assert.deepEqual(array.data, Float32Array.of(0, 1, 2, 3, 4, 5));
    assert.deepEqual(
      (v.bytes_array as NumpyArray).data,
      Uint8Array.from({ length: 12 }, (_, i) => i),
    );
    assert.deepEqual((v.big_endian as NumpyArray).data, Int32Array.of(0, 1, 2));
    assert.deepEqual((v.names as NumpyArray).data, ["FRI", "FRII"]);
    assert.equal(v.scalar, 2.5);
    assert.equal(v.name, "100_000.1");
    assert.equal(v.large, "x".repeat(300));
    assert.equal(v.again, v.float, "a shared object stays shared");
  });

test("a set", () => {
  assert.deepEqual(unpickle(decode(golden.set), { allow: {} }), new Set([1, 2, 3]));
});

const because: Record<string, RegExp> = {
  "system protocol 0": /asks for "(posix|nt)\.system".*not run/,
  "system protocol 2": /asks for "(posix|nt)\.system".*not run/,
  "system protocol 5": /asks for "(posix|nt)\.system".*not run/,
  eval: /asks for "__builtin__\.eval"/,
  prototype: /asks for "__proto__\.constructor"/,
  inherited: /asks for "constructor\.constructor"/,
  "call a string": /not an allowed function/,
  "build on a dict": /state of an object that takes none/,
  "huge length": /ends too early/,
  "huge integer": /integer of 2147483647 bytes/,
  "empty stack": /empty stack/,
  "no mark": /never opened/,
  memo: /never stored/,
  extension: /not supported \(0x82\)/,
  persistent: /outside itself/,
  truncated: /ends/,
  "array too short": /shape \[5\] holds 4/,
};
for (const [name, text] of Object.entries(golden.hostile as Record<string, string>))
  test(`hostile: ${name}`, () => {
    assert.throws(() => unpickle(decode(text), { allow: numpyGlobals }), because[name]);
  });

test("a pickle cut anywhere throws an Error and nothing else", () => {
  const whole = decode(golden.protocols[4]);
  for (let n = 0; n < whole.length; n++)
    assert.throws(() => unpickle(whole.subarray(0, n), { allow: numpyGlobals }), Error);
});

test("what allowed functions build is counted", () => {
  // One string encoded again and again by recalling it: 5 bytes of pickle for 1000 bytes of array.
  const text = `X\xe8\x03\x00\x00${"a".repeat(1000)}q\x00`;
  const call = "c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R";
  const bytes = Uint8Array.from(`${text}${call.repeat(100)}.`, (c) => c.charCodeAt(0));
  assert.throws(() => unpickle(bytes, { allow: numpyGlobals, maxBytes: 50_000 }), /more than 50000 bytes/);
  assert.equal((unpickle(bytes, { allow: numpyGlobals }) as Uint8Array).length, 1000);
});
