import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A golden file made by test/reference/preprocess-reference.py. */
export function reference<T>(name: string): T {
  return JSON.parse(readFileSync(join("test/reference", name), "utf8")) as T;
}

/** The generator of the reference script, bit for bit: Knuth's MMIX generator, upper 32 bits. */
export function lcg(seed: number, n: number): Float64Array {
  let state = BigInt(seed);
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    out[i] = Number(state >> 32n) / 2 ** 32;
  }
  return out;
}
