import type { PickleReader } from "./reader.js";

/**
 * The instructions that push a value written in the pickle itself, by their letter: what each reads is what goes
 * onto the stack. All others move objects that are there already, or call a function.
 */
export const pickleLiterals: ReadonlyMap<string, (reader: PickleReader) => unknown> = new Map<
  string,
  (reader: PickleReader) => unknown
>([
  ["N", () => null],
  ["\x88", () => true],
  ["\x89", () => false],
  // ---- numbers
  ["K", (r) => r.u8()],
  ["M", (r) => r.u16()],
  ["J", (r) => r.i32()],
  ["I", (r) => integerOrBoolean(r)],
  ["L", (r) => r.integer(r.line().replace(/L$/, ""))],
  ["\x8a", (r) => r.long(r.u8())],
  ["\x8b", (r) => r.long(r.u32())],
  ["F", (r) => Number(r.line().replace("inf", "Infinity"))],
  ["G", (r) => r.f64()],
  // ---- strings and bytes
  ["S", (r) => r.quoted()],
  ["V", (r) => r.escaped()],
  ["T", (r) => r.oldText(r.u32())],
  ["U", (r) => r.oldText(r.u8())],
  ["X", (r) => r.text(r.u32())],
  ["\x8c", (r) => r.text(r.u8())],
  ["\x8d", (r) => r.text(r.u64())],
  ["B", (r) => r.data(r.u32())],
  ["C", (r) => r.data(r.u8())],
  ["\x8e", (r) => r.data(r.u64())],
  ["\x96", (r) => r.data(r.u64())],
  // ---- empty containers
  [")", () => []],
  ["]", () => []],
  ["}", () => new Map()],
  ["\x8f", () => new Set()],
]);

/** Protocol 0 writes True as the integer "01" and False as "00". */
function integerOrBoolean(reader: PickleReader): unknown {
  const text = reader.line();
  return text === "01" ? true : text === "00" ? false : reader.integer(text);
}
