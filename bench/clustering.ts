import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { BayesianGaussianMixture } from "../lib/models/bayesian-gaussian-mixture.js";
import { Pca } from "../lib/models/pca.js";
import { type BenchOptions, type BenchRow, fittedExponent } from "./bench-row.js";
import { besidePeer } from "./beside-peer.js";
import { clusteredRows, features } from "./clustering-scaling.js";
import { PythonPeer } from "./python-peer.js";

const execute = promisify(execFile);

/** Mixture and PCA against scikit-learn (design section 8), and how their time and memory grow with n. */
export async function run({ scaling: scaled, repeats = 3 }: BenchOptions): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "latent-sky-bench-"));
  const rows = clusteredRows(20_000, 29, 12);
  const images = features(20_000, 512);
  const files = [join(folder, "rows.f64"), join(folder, "features.f32")];
  writeFileSync(files[0], rows.data);
  writeFileSync(files[1], images.data);
  const peer = new PythonPeer("bench/peers/clustering.py", files);
  try {
    const mixture = () => {
      const options = { nComponents: 20, weightConcentrationPrior: 0.5, maxIter: 100, tol: 0 };
      const model = new BayesianGaussianMixture(options).fit(rows);
      return { iterations: model.nIter, bound: model.lowerBound };
    };
    const pca = () => {
      const model = new Pca({ variance: 0.95 }).fit(images);
      model.transform(images);
      return { components: model.nComponents, first: model.explainedVariance[0] };
    };
    const result = [
      await besidePeer(
        "mixture, 20 000 x 29, K 20, 100 iterations",
        ">= 6x",
        peer,
        "mixture",
        mixture,
        repeats,
      ),
      await besidePeer(
        "PCA 95%, 20 000 x 512 (peer in f64, as ours)",
        ">= 2x",
        peer,
        "pca-f64",
        pca,
        repeats,
      ),
      await besidePeer("PCA 95%, 20 000 x 512 (peer in f32)", ">= 1x", peer, "pca-f32", pca, repeats),
    ];
    if (!scaled) return result;
    return [
      ...result,
      ...(await scaling("mixture", "mixture, EM over n (D 29, K 20)", [20_000, 60_000, 180_000, 540_000])),
      ...(await scaling("pca", "PCA over n (D 128)", [50_000, 100_000, 200_000, 400_000])),
    ];
  } finally {
    peer.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function scaling(stage: string, name: string, sizes: number[]): Promise<BenchRow[]> {
  const points: { seconds: number; megabytes: number }[] = [];
  for (const n of sizes) {
    const args = ["--import", "tsx", "bench/clustering-scaling.ts", stage, String(n)];
    const { stdout } = await execute(process.execPath, args);
    points.push(JSON.parse(stdout));
  }
  const seconds = points.map((p) => p.seconds);
  const exponent = fittedExponent(sizes, seconds);
  const list = (values: number[], digits: number) =>
    sizes.map((n, i) => `${n}: ${values[i].toFixed(digits)}`).join(", ");
  const row = { peer: null, ratio: null };
  const memory = points.map((p) => p.megabytes);
  return [
    {
      stage: `${name}, time`,
      ours: exponent,
      unit: "exponent",
      target: "0.9-1.1",
      note: `seconds at ${list(seconds, 3)}`,
      ...row,
    },
    {
      stage: `${name}, memory beyond the data`,
      ours: memory[memory.length - 1],
      unit: "MB",
      target: "O(block + K D^2)",
      note: `MB at ${list(memory, 0)}`,
      ...row,
    },
  ];
}
