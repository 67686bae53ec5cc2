import { readFileSync } from "node:fs";
import type { Matrix } from "../../lib/matrix.js";
import { Random } from "../../lib/random.js";

/** A matrix as test/reference/neighbours.py packs it. */
export interface Packed {
  shape: [number, number];
  dtype: "u1" | "f4" | "f8";
  base64: string;
}

/** The values of test/reference/neighbours.json. */
export interface Golden {
  gaussianProcesses: {
    name: string;
    kernel: string;
    x: number[][];
    y: number[];
    likelihoods: { theta: number[]; value: number; gradient: number[] }[];
    theta: number[];
    value: number;
    test: number[][];
    mean: number[];
    std: number[];
  }[];
  classifiers: {
    name: string;
    k: number;
    x: Packed;
    y: (string | number)[];
    queries: Packed;
    predicted: (string | number)[];
  }[];
  splits: {
    x: Packed;
    y: number[];
    splits: { train: number[]; test: number[]; accuracy: number }[];
    confusion: number[][];
  };
  curves: { spread: number; minDist: number; a: number; b: number }[];
  maps: {
    name: string;
    x: Packed;
    trustworthiness: number[];
    graphEntries: number;
    graphRowSums: number[];
    flatTrustworthiness: number;
  }[];
}

export const golden = JSON.parse(readFileSync("test/reference/neighbours.json", "utf8")) as Golden;

export function unpack({ shape, dtype, base64 }: Packed): Matrix {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  const values =
    dtype === "u1" ? bytes : dtype === "f4" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
  return { data: dtype === "f4" ? Float32Array.from(values) : Float64Array.from(values), shape };
}

export function matrix(rows: number[][]): Matrix {
  return { data: Float64Array.from(rows.flat()), shape: [rows.length, rows[0].length] };
}

/** Standard normal values. */
export function randomMatrix(n: number, d: number, seed = 1): Matrix {
  const random = new Random(seed);
  return { data: Float64Array.from({ length: n * d }, () => random.normal()), shape: [n, d] };
}

/** Runs `f` with the native addon (where it is built) and with the TypeScript references. */
export function bothWays<T>(f: () => T): { native: T; reference: T } {
  const before = process.env.LATENT_SKY_NUMERIC;
  try {
    process.env.LATENT_SKY_NUMERIC = "";
    const native = f();
    process.env.LATENT_SKY_NUMERIC = "off";
    return { native, reference: f() };
  } finally {
    if (before === undefined) delete process.env.LATENT_SKY_NUMERIC;
    else process.env.LATENT_SKY_NUMERIC = before;
  }
}

/** The largest |a - b| / max(1, |b|). */
export function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(a[i] - b[i]) / Math.max(1, Math.abs(b[i]));
    if (!(error <= most)) most = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }
  return most;
}
