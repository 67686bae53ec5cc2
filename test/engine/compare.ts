import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../lib/engine/engine.js";
import { describeCpu } from "../../lib/engine/onednn/describe-cpu.js";
import type { Random } from "../../lib/random.js";
import { noCuda, onCard } from "./cuda/emulated.js";

/** Where the tests of the native backend can run: the reason to skip them, or false. */
export const noAddon = existsSync("lib/engine/onednn/build/Release/latent_sky_onednn.node")
  ? false
  : "the addon is not built: npx node-gyp rebuild -C lib/engine/onednn";

export type Setting = "cpu" | "wasm" | "onednn f32" | "onednn bf16" | "cuda f32" | "cuda bf16";

/** The native engines, each in both precisions. */
export const nativeSettings: Setting[] = ["onednn f32", "onednn bf16", "cuda f32", "cuda bf16"];

const noBf16 = !describeCpu().bf16Possible && "this processor has no bf16";

/** Why a setting cannot be tested here, or false. */
export function missing(setting: Setting): string | false {
  if (setting.startsWith("cuda")) return noCuda;
  if (onCard && setting !== "cpu") return "on a card only the card is tested";
  return setting.startsWith("onednn") && (noAddon || (setting.endsWith("bf16") && noBf16));
}

/** Largest difference allowed, as a share of the largest value: f32 rounding of sums of up to some 10^4 terms, or bf16's 8 bits. */
export const TOLERANCE: Record<Setting, number> = {
  cpu: 0,
  wasm: 1e-5,
  "onednn f32": 1e-5,
  "onednn bf16": 2e-2,
  "cuda f32": 1e-5,
  "cuda bf16": 2e-2,
};

export async function use(setting: Setting): Promise<void> {
  const [backend, precision] = setting.split(" ") as ["onednn", "f32"];
  await startEngine({ backend, precision: precision ?? "f32" });
}

/** A seeded tensor's values, made in JS so that every backend gets the same. */
export function values(random: Random, size: number, low = -1, high = 1): Float32Array {
  return Float32Array.from({ length: size }, () => random.uniform(low, high));
}

/** Runs `f` on the current backend in a tidy and brings its results to JS. */
export function run(f: () => tf.Tensor | tf.Tensor[]): Result[] {
  return tf.tidy(() => {
    const out = f();
    return (Array.isArray(out) ? out : [out]).map((t) => ({
      shape: t.shape,
      values: Float32Array.from(t.dataSync()),
    }));
  });
}

export interface Result {
  shape: number[];
  values: Float32Array;
}

export function assertClose(actual: Result[], expected: Result[], tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length, `${what}: number of results`);
  actual.forEach((a, i) => {
    const e = expected[i];
    assert.deepEqual(a.shape, e.shape, `${what}: shape of result ${i}`);
    const scale = e.values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-6);
    let worst = 0;
    for (let k = 0; k < e.values.length; k++) {
      const d = Math.abs(a.values[k] - e.values[k]);
      worst = Number.isNaN(d) ? Number.POSITIVE_INFINITY : Math.max(worst, d);
    }
    assert.ok(
      worst <= tolerance * scale,
      `${what}: result ${i} is off by ${worst / scale}, allowed ${tolerance}`,
    );
  });
}
