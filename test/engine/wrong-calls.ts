import { openSync, writeSync } from "node:fs";
import { Random } from "../../lib/random.js";

/**
 * Calls every function of a native addon with arguments of the wrong kind, size and number, tensors of its own and
 * things that are none among them, and prints how many calls threw. The call being made stands in a file, because one
 * that ends the process cannot be told of afterwards. Usage: wrong-calls.ts ADDON CALLS LAST_CALL_FILE [SEED]
 */
const [file, calls, lastCall, seed = "1"] = process.argv.slice(2);
// biome-ignore lint/suspicious/noExplicitAny: functions of any kind, called wrongly
const addon = (await import("node:module")).createRequire(import.meta.url)(file) as Record<string, any>;
const random = new Random(Number(seed));
const pick = <T>(from: readonly T[]): T => from[Math.floor(random.uniform() * from.length)];

if (addon.start) addon.start(process.env.KERNELS);
const names = Object.keys(addon).filter((name) => typeof addon[name] === "function" && name !== "start");
const shared = new ArrayBuffer(4096); // views on it overlap
const detached = new Float32Array(8);
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const freed = addon.alloc?.(16, 0);
if (freed) addon.free(freed);
const recording = recorded();

const made: [string, () => unknown][] = [
  ["Float64Array(16)", () => new Float64Array(16)],
  ["Float64Array(shared)", () => new Float64Array(shared, 8 * Math.floor(random.uniform() * 8), 64)],
  ["Float32Array(16)", () => new Float32Array(16)],
  ["Float32Array(112)", () => new Float32Array(112).fill(random.uniform())],
  ["Float32Array(NaN)", () => new Float32Array(16).fill(Number.NaN)],
  ["Float32Array(SharedArrayBuffer)", () => new Float32Array(new SharedArrayBuffer(64))],
  ["Int32Array(16)", () => new Int32Array(16).map(() => Math.floor(random.uniform() * 40) - 10)],
  ["Uint8Array(16)", () => new Uint8Array(16)],
  ["Uint8Array(0)", () => new Uint8Array(0)],
  ["detached", () => detached],
  ["null", () => null],
  ["undefined", () => undefined],
  ["{}", () => ({})],
  ["[]", () => []],
  ["[{}]", () => [{}, null]],
  ["text", () => "Relu"],
  ["function", () => () => 1],
  ["Proxy", () => new Proxy({}, {})],
  ["bigint", () => 10n],
  ...[-1, 0, 1, 2, 4, 16, 2 ** 31, 2 ** 53, Number.NaN, 1.5].map((n): [string, () => unknown] => [
    `${n}`,
    () => n,
  ]),
];
if (addon.alloc)
  for (const [count, storage] of [
    [16, 0],
    [16, 1],
    [16, 2],
    [64, 0],
    [4, 0],
    [1, 0],
  ])
    made.push([`tensor(${count}, ${storage})`, () => addon.alloc(count, storage)]);
if (addon.alloc)
  made.push(
    ["freed tensor", () => freed],
    ["[tensors]", () => [addon.alloc(16, 0), addon.alloc(16, 0)]],
    ["[tensor, text]", () => [addon.alloc(16, 0), "x"]],
    ...[3, 6, 9, 17].map((n): [string, () => unknown] => [
      `[${n} sizes]`,
      () => Array.from({ length: n }, () => pick([1, 1, 1, 2, 4, 0, -1, 3, 16, 2 ** 31])),
    ]),
  );
if (recording) made.push(["recording", () => recording]);

const told = openSync(lastCall, "w");
let threw = 0;
for (let k = 0; k < Number(calls); k++) {
  const name = pick(names);
  const args = Array.from({ length: Math.floor(random.uniform() * 15) }, () => pick(made));
  writeSync(told, `${name}(${args.map(([what]) => what).join(", ")})`.padEnd(400), 0);
  try {
    const result = addon[name](...args.map(([, make]) => make()));
    if (result instanceof Promise) await result.catch(() => threw++);
  } catch (error) {
    if (!(error instanceof Error) || !error.message) throw new Error(`${name} throws ${error}`);
    threw++;
  }
}
console.log(JSON.stringify({ functions: names.length, threw, calls: Number(calls) }));

/** An external of the addon that is no tensor. */
function recorded(): unknown {
  if (!addon.beginRecording) return null;
  const y = addon.alloc(4, 0);
  addon.beginRecording();
  addon.fill(y, 1);
  return addon.endRecording([]);
}
