import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Matrix, takeRows } from "../lib/matrix.js";
import { GaussianProcessRegressor } from "../lib/models/gaussian-process.js";
import { Matern, WhiteKernel } from "../lib/models/kernels.js";
import { knnAccuracy } from "../lib/models/knn-accuracy.js";
import { trustworthiness } from "../lib/models/trustworthiness.js";
import { umap } from "../lib/models/umap.js";
import { Random } from "../lib/random.js";
import { type BenchOptions, type BenchRow, fittedExponent } from "./bench-row.js";
import { besidePeer } from "./beside-peer.js";
import { clusteredRows, features } from "./clustering-scaling.js";
import { PythonPeer } from "./python-peer.js";

const execute = promisify(execFile);

/** Gaussian process, k-NN and UMAP against scikit-learn and umap-learn (design section 8), and how they grow. */
export async function run({ scaling: scaled, repeats = 3 }: BenchOptions): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "latent-sky-bench-"));
  const rows = clusteredRows(20_000, 29, 12);
  const images = features(13_609, 512);
  const labels = classesOf(images);
  const files = ["rows.f64", "features.f32", "labels.i32", "picture.f32"].map((name) => join(folder, name));
  writeFileSync(files[0], rows.data);
  writeFileSync(files[1], images.data);
  writeFileSync(files[2], labels);
  const peer = new PythonPeer("bench/peers/neighbours.py", files);
  try {
    const known = takeRows(
      rows,
      Array.from({ length: 200 }, (_, i) => i),
    );
    const scores = Array.from({ length: 200 }, (_, i) =>
      Math.min(5, Math.max(0, roundHalfEven(2.5 + known.data[i * 29] / 2))),
    );
    const kernel = new Matern(1.5, 10).plus(new WhiteKernel(0.5));
    const fixed = new GaussianProcessRegressor({ kernel, optimize: false }).fit(known, scores);
    const total = (values: Float64Array) => values.reduce((sum, v) => sum + v, 0);
    const predict = () => {
      const { mean, std } = fixed.predict(rows);
      return { mean: total(mean), std: total(std) };
    };
    const fit = () => ({
      likelihood: new GaussianProcessRegressor({ kernel }).fit(known, scores).logMarginalLikelihood,
    });
    const knn = () => ({ accuracy: knnAccuracy(images, labels, { k: 5, splits: 50 }).mean });
    let picture: Matrix = { data: new Float32Array(0), shape: [0, 2] };
    const embed = async () => {
      picture = await umap(rows);
      return {};
    };
    const result = [
      await besidePeer(
        "GP predict with std, 20 000 x 29, 200 labels",
        ">= 1.3x",
        peer,
        "gp-predict",
        predict,
        repeats,
      ),
      await besidePeer("GP fit, 200 x 29", ">= 1.3x", peer, "gp-fit", fit, repeats),
      await besidePeer("KNN, 13 609 x 512, 50 splits", ">= 10x", peer, "knn", knn, repeats),
      await besidePeer("UMAP, 20 000 x 29 (peer seeded, as ours)", ">= 2x", peer, "umap", embed, repeats),
      await besidePeer(
        "UMAP, 20 000 x 29 (peer unseeded, parallel)",
        "",
        peer,
        "umap-parallel",
        embed,
        repeats,
      ),
    ];
    if (existsSync(files[3])) result.push(trustworthinessRow(rows, picture, files[3]));
    if (!scaled) return result;
    result.push(...(await scaling("neighbours", "exact neighbours over n (D 29, k 14)", "~2 (n^2 d)")));
    result.push(...(await scaling("umap", "UMAP over n (D 29)", "")));
    const whole = await point("umap", 232_000);
    result.push({
      stage: "UMAP, 232 000 x 29",
      ours: whole.seconds,
      peer: null,
      unit: "s",
      ratio: null,
      target: "< 900 s, < 8192 MB",
      note: `peak memory of the process ${whole.megabytes.toFixed(0)} MB`,
    });
    return result;
  } finally {
    peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How well our picture and the peer's last one keep neighbours, on 2000 of the rows. */
function trustworthinessRow(rows: Matrix, picture: Matrix, file: string): BenchRow {
  const sample = new Random(0).permutation(rows.shape[0]).slice(0, 2000);
  const bytes = readFileSync(file);
  const theirs = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const trust = (embedding: Matrix) => trustworthiness(rows, embedding, { k: 15, rows: sample });
  const [a, b] = [trust(picture), trust({ data: theirs, shape: [rows.shape[0], 2] })];
  const stage = "UMAP, 20 000 x 29, trustworthiness (k 15)";
  return { stage, ours: a, peer: b, unit: "", ratio: a / b, target: "within 0.01" };
}

/** Three classes that follow the features, with noise, so that the accuracy is neither 1 nor chance. */
function classesOf(x: Matrix): Int32Array {
  const random = new Random(3);
  return Int32Array.from({ length: x.shape[0] }, (_, i) => {
    const v = x.data[i * x.shape[1]] + x.data[i * x.shape[1] + 1] + 0.5 * random.normal();
    return v < -1 ? 0 : v < 1 ? 1 : 2;
  });
}

/** numpy's rounding. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

async function point(stage: string, n: number): Promise<{ seconds: number; megabytes: number }> {
  const { stdout } = await execute(process.execPath, [
    "--import",
    "tsx",
    "bench/neighbours-scaling.ts",
    stage,
    String(n),
  ]);
  return JSON.parse(stdout);
}

async function scaling(stage: string, name: string, target: string): Promise<BenchRow[]> {
  const sizes = [10_000, 20_000, 40_000, 80_000];
  const points: Awaited<ReturnType<typeof point>>[] = [];
  for (const n of sizes) points.push(await point(stage, n));
  const list = (values: number[], digits: number) =>
    sizes.map((n, i) => `${n}: ${values[i].toFixed(digits)}`).join(", ");
  const seconds = points.map((p) => p.seconds);
  const memory = points.map((p) => p.megabytes);
  return [
    {
      stage: `${name}, time`,
      ours: fittedExponent(sizes, seconds),
      peer: null,
      unit: "exponent",
      ratio: null,
      target,
      note: `seconds at ${list(seconds, 2)}; MB of the process at ${list(memory, 0)}`,
    },
  ];
}
