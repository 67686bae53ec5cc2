import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openCutouts } from "../lib/data/cutouts/cutout-dataset.js";
import { writeFits } from "../lib/data/images/fits/write-fits.js";
import { mockTiles, tileHeader } from "../lib/data/mock/mock-tiles.js";
import { median } from "../lib/median.js";
import { Random } from "../lib/random.js";
import { planSurvey } from "../lib/survey/plan-survey.js";
import { runTask } from "../lib/survey/run-task.js";
import { surveyStatus } from "../lib/survey/survey-status.js";
import { type BenchOptions, type BenchRow, fittedExponent } from "./bench-row.js";
import { PythonPeer } from "./python-peer.js";

const execute = promisify(execFile);
const ROUNDS = 3;
/** Tiles of the cutouts, on a side, and their pixels; sources of the catalogue. */
const TILES = 4;
const SIDE = 2000;
const SOURCES = 20_000;
/** Sources of the surveys whose time and memory are compared. */
const SURVEYS = [125_000, 250_000, 500_000, 1_000_000];

/**
 * A survey, stage by stage: cutouts against astropy's Cutout2D on all cores, features of real cutouts, and how the
 * stages from the features on grow with the number of sources; and what 10^6 and 10^8 sources would then cost.
 */
export async function run({ scaling: grow, repeats = ROUNDS }: BenchOptions): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "latent-sky-bench-"));
  const usualCache = process.env.LATENT_SKY_CACHE;
  process.env.LATENT_SKY_CACHE = join(folder, "cache");
  try {
    const rows = [await cutouts(folder, repeats), ...(await features(folder))];
    return grow ? [...rows, ...(await scaling(rows.find((r) => r.unit === "images/s")!.ours))] : rows;
  } finally {
    if (usualCache === undefined) delete process.env.LATENT_SKY_CACHE;
    else process.env.LATENT_SKY_CACHE = usualCache;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function cutouts(folder: string, repeats: number): Promise<BenchRow> {
  const grid = { columns: TILES, rows: TILES, tileSize: SIDE };
  const data = Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i * 7919) % 1009);
  for (let column = 0; column < TILES; column++)
    for (let row = 0; row < TILES; row++)
      await writeFits(
        join(folder, "tiles", `t${column}${row}.fits`),
        { data, width: SIDE, height: SIDE },
        tileHeader(column, row, grid),
      );
  const random = new Random(1);
  const half = (TILES * SIDE * 0.262) / 3600 / 2.2;
  const place = () => random.uniform(-half, half);
  const lines = Array.from({ length: SOURCES }, (_, i) => `${i},${150.1 + place()},${2.2 + place()}`);
  const catalogue = join(folder, "catalogue.csv");
  writeFileSync(catalogue, ["id,ra,dec", ...lines].join("\n"));
  const ours: number[] = [];
  const theirs: number[] = [];
  const atOnce: number[] = [];
  const peer = new PythonPeer("bench/peers/survey.py", [folder]);
  let length = 0;
  let bytes = 0;
  try {
    await peer.run("pixels"); // the files are in the disk's cache for both
    for (let round = 0; round < repeats; round++) {
      const start = performance.now();
      const dataset = await openCutouts({ images: join(folder, "tiles"), catalogue, size: 64 });
      for (let i = 0; i < dataset.length; i++) await dataset.image(i);
      ours.push((1000 * dataset.length) / (performance.now() - start));
      length = dataset.length;
      bytes = dataset.bytesRead;
      await dataset.close();
      const answer = await peer.run("cutouts");
      theirs.push((answer.cutouts as number) / answer.seconds);
      const pixels = await peer.run("pixels");
      atOnce.push((pixels.cutouts as number) / pixels.seconds);
    }
  } finally {
    peer.stop();
  }
  const [mine, other] = [ours, theirs].map(median);
  return {
    stage: "cutouts of 64 px, catalogue and placing included",
    ours: mine,
    peer: other,
    unit: "cutouts/s",
    ratio: mine / other,
    target: ">= 5x astropy",
    note: `${length} sources on ${TILES * TILES} tiles of ${SIDE} px, ${(bytes / (TILES * TILES * SIDE * SIDE * 4)).toFixed(2)} of their bytes read; one thread against a process a core; astropy given pixels, all of a tile at once: ${median(atOnce).toFixed(0)}/s, ${(mine / median(atOnce)).toFixed(2)}x`,
  };
}

/** The first stage on drawn galaxies: from tiles to features, in three bands, at two sizes. */
async function features(folder: string): Promise<BenchRow[]> {
  const { images, catalogue } = await mockTiles({ columns: 3, rows: 3, tileSize: 1024, sources: 1024 });
  const rows: BenchRow[] = [];
  for (const imageSize of [224, 64]) {
    const dir = join(folder, `survey-${imageSize}`);
    const plan = await planSurvey(dir, {
      images,
      catalogue,
      bands: ["z", "r", "g"],
      lupton: { stretch: 20 },
      size: { column: "radius", factor: 14, minimum: 32 },
      weights: "random",
      imageSize,
      shard: 2000,
    });
    await runTask(dir, "features", 0);
    const [status] = await surveyStatus(dir);
    rows.push({
      stage: `cutouts, preprocessing and features at ${imageSize} px`,
      ours: status.counts.images / status.seconds,
      peer: null,
      unit: "images/s",
      ratio: null,
      target: "",
      note: `${plan.plan.precision}, start-up and weights included, ${status.memory} MB`,
    });
  }
  return rows;
}

interface ScalingRun {
  n: number;
  /** Of the clock, by stage. */
  seconds: Record<string, number>;
  /** Of the mixture over its rows, a part of the stage `models`. */
  passes: { count: number; seconds: number };
  cpuSeconds: number;
  megabytes: number;
}

async function scaling(perSecond: number): Promise<BenchRow[]> {
  const runs: ScalingRun[] = [];
  for (const n of SURVEYS) {
    const { stdout } = await execute(process.execPath, [
      "--import",
      "tsx",
      "bench/survey-scaling.ts",
      String(n),
    ]);
    runs.push(JSON.parse(stdout));
  }
  const last = runs.at(-1)!;
  const total = (r: ScalingRun) => Object.values(r.seconds).reduce((a, b) => a + b, 0);
  // The start of the mixture, on 10^5 rows, and the landmarks' UMAP cost the same whatever n is.
  const fixed = (r: ScalingRun) => r.seconds.models - r.passes.seconds;
  const growing = (r: ScalingRun) =>
    total(r) - r.seconds.models + (r.passes.seconds * last.passes.count) / r.passes.count;
  const exponentOf = (of: (r: ScalingRun) => number) => fittedExponent(SURVEYS, runs.map(of));
  const listed = (of: (r: ScalingRun) => string) => runs.map((r) => `${r.n}: ${of(r)}`).join(", ");
  const exponents = ["moments", "components", "table", "merge"].map(
    (stage) => `${stage} ${exponentOf((r) => r.seconds[stage]).toFixed(2)}`,
  );
  const stages = Object.entries(last.seconds).map(([name, s]) => `${name} ${s.toFixed(1)}`);
  const hours = (n: number) => n / perSecond / 3600 + ((n / last.n) * total(last)) / 3600;
  const bytes = (n: number) => n * (512 * 4 + 2 * 24 * 4 + 100);
  const cost = (n: number) =>
    `${hours(n).toPrecision(3)} machine-hours and ${(bytes(n) / 1e9).toPrecision(3)} GB`;
  return [
    {
      stage: "features to merged table, time ~ n^p over four sizes",
      ours: exponentOf(growing),
      peer: null,
      unit: "",
      ratio: null,
      target: "0.95 to 1.1",
      note: `at ${last.passes.count} passes of the mixture each, s: ${listed((r) => growing(r).toFixed(1))}; beside ${runs.map((r) => fixed(r).toFixed(0)).join(", ")} s of its start and of UMAP, the same at any n; as it converged, all in all: p = ${exponentOf(total).toFixed(2)}, s: ${listed((r) => `${total(r).toFixed(1)} in ${r.passes.count} passes`)}; p of stages: ${exponents.join(", ")}`,
    },
    {
      stage: `features to merged table, ${last.n} sources`,
      ours: total(last),
      peer: null,
      unit: "s",
      ratio: null,
      target: "",
      note: `s: ${stages.join(", ")}`,
    },
    {
      stage: `the same, peak memory`,
      ours: last.megabytes,
      peer: null,
      unit: "MB",
      ratio: null,
      target: "< 2000",
      note: `MB: ${listed((r) => r.megabytes.toFixed(0))}; on this machine 10^6 sources at 224 px cost ${cost(1e6)}, 10^8 ${cost(1e8)}`,
    },
  ];
}
