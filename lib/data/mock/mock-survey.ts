import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { atomicWrite, makeFolder } from "../../files/atomic-write.js";
import { paths } from "../../files/paths.js";
import { withLock } from "../../files/with-lock.js";
import { writeError } from "../../files/write-error.js";
import type { OnProgress } from "../../progress-event.js";
import { Random } from "../../random.js";
import { WorkerPool } from "../../worker-pool.js";
import { decisionTree } from "../votes/decision-tree.js";
import type { Galaxy } from "./galaxy.js";
import { drawGalaxy } from "./galaxy-population.js";
import type { MockSurveyContext, MockSurveyJob } from "./mock-survey-worker.js";
import { concentration, PETROSIAN_SHORTFALL, pixelScale } from "./render-galaxy.js";
import { truthFile } from "./truth-file.js";
import { clarity, type Votes, volunteerVotes } from "./volunteers.js";

/** Changes whenever the same parameters would give other bytes, so that an old cache is not taken for a new one. */
const RECIPE = 2;
const VOTES_FILE = "gz_decals_volunteers_1_and_2.parquet";

export interface MockSurveyOptions {
  /** Number of galaxies; the first ones of a larger survey of the same seed are the same galaxies. */
  size: number;
  seed?: number;
  /** Pixels on a side; the release has 424. */
  imageSize?: number;
  threads?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Writes a mock survey in the layout of the Galaxy Zoo DECaLS release (Zenodo 4573248) and returns its folder:
 * `images/J123/J123456.78+012345.6.png` named by IAU name, the volunteer table with the release's columns, and
 * `truth.parquet` with the class and every parameter of every galaxy. The folder lies in the cache, named after
 * what decides its content; it appears under its name only when complete, a second call finds it there, and an
 * interrupted one goes on with what is missing. Equal parameters give equal bytes.
 */
export async function mockSurvey(options: MockSurveyOptions): Promise<string> {
  const { size, seed = 1, imageSize = 424, signal } = options;
  if (!Number.isInteger(size) || size < 1) throw new Error(`size: ${size} is not a number of galaxies.`);
  const folder = paths.cache(`mock-survey-${size}-${imageSize}px-seed${seed}-r${RECIPE}`);
  if (await exists(folder)) return folder;
  const make = async () =>
    (await exists(folder)) || (await writeSurvey(folder, { ...options, seed, imageSize }));
  await withLock(folder, make, { signal });
  return folder;
}

async function writeSurvey(
  folder: string,
  options: MockSurveyOptions & { seed: number; imageSize: number },
): Promise<void> {
  const { size, seed, imageSize, onProgress } = options;
  const partial = `${folder}.partial`;
  const galaxies = Array.from({ length: size }, (_, i) => drawGalaxy(seed, i));
  const positions = galaxies.map((_, i) => skyPosition(new Random(seed).fork(`position ${i}`)));
  const names = positions.map((p) => iauName(p));
  const files = names.map((name) => join("images", name.slice(0, 4), `${name}.png`));

  const present = new Set<string>();
  for (const block of new Set(names.map((n) => n.slice(0, 4)))) {
    await makeFolder(join(partial, "images", block));
    for (const file of await readdir(join(partial, "images", block)))
      if (file.endsWith(".tmp")) await rm(join(partial, "images", block, file), { force: true });
      else present.add(file);
  }
  const missing = files.flatMap((path, index) =>
    present.has(`${names[index]}.png`) ? [] : [{ index, path: join(partial, path) }],
  );
  let done = size - missing.length;
  const report = (written: number) => onProgress?.({ done: (done += written), total: size });
  report(0);
  if (missing.length) await renderAll(missing, { seed, imageSize }, options, report);
  await writeParquet(join(partial, VOTES_FILE), volunteerColumns(galaxies, positions, names, seed));
  await writeParquet(join(partial, truthFile), truthColumns(galaxies, names));
  await rename(partial, folder).catch((error) => {
    throw writeError(folder, error);
  });
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Few galaxies a job: an interruption loses little, and progress moves. */
const JOB_LENGTH = 8;

async function renderAll(
  missing: MockSurveyJob,
  context: MockSurveyContext,
  { threads, signal }: MockSurveyOptions,
  report: (written: number) => void,
): Promise<void> {
  signal?.throwIfAborted();
  const pool = new WorkerPool<MockSurveyJob, number>("data/mock/mock-survey-worker", context, threads);
  const stop = () => void pool.close();
  signal?.addEventListener("abort", stop);
  try {
    const jobs = Array.from({ length: Math.ceil(missing.length / JOB_LENGTH) }, (_, k) =>
      missing.slice(k * JOB_LENGTH, (k + 1) * JOB_LENGTH),
    );
    await Promise.all(jobs.map((job) => pool.run(job).then(report)));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await pool.close();
  }
}

interface SkyPosition {
  ra: number;
  dec: number;
}

/** Even over the part of the sky where DECaLS and SDSS overlap, roughly. */
function skyPosition(random: Random): SkyPosition {
  const top = Math.sin((32 * Math.PI) / 180);
  const bottom = Math.sin((-9 * Math.PI) / 180);
  return { ra: random.uniform(0, 360), dec: (Math.asin(random.uniform(bottom, top)) * 180) / Math.PI };
}

/** The IAU designation JHHMMSS.ss+DDMMSS.s; coordinates are truncated, as the IAU asks. */
export function iauName({ ra, dec }: SkyPosition): string {
  const sexagesimal = (value: number, decimals: number) => {
    const unit = 10 ** decimals;
    const total = Math.floor(Math.abs(value) * 3600 * unit + 1e-6);
    const seconds = (total % (60 * unit)) / unit;
    const minutes = Math.floor(total / (60 * unit)) % 60;
    const whole = Math.floor(total / (3600 * unit));
    const two = (v: number) => String(v).padStart(2, "0");
    return `${two(whole)}${two(minutes)}${seconds.toFixed(decimals).padStart(3 + decimals, "0")}`;
  };
  return `J${sexagesimal(ra / 15, 2)}${dec < 0 ? "-" : "+"}${sexagesimal(dec, 1)}`;
}

type Columns = {
  name: string;
  data: string[] | Float64Array | Int32Array;
  type: "STRING" | "DOUBLE" | "INT32";
}[];

function volunteerColumns(
  galaxies: Galaxy[],
  positions: SkyPosition[],
  names: string[],
  seed: number,
): Columns {
  const n = galaxies.length;
  const double = (name: string, of: (g: Galaxy, i: number) => number): Columns[number] => ({
    name,
    data: Float64Array.from({ length: n }, (_, i) => of(galaxies[i], i)),
    type: "DOUBLE",
  });
  const redshifts = galaxies.map(
    (_, i) => 0.075 * Math.exp(new Random(seed).fork(`redshift ${i}`).normal(0, 0.45)),
  );
  // Counts per camera pixel to nanomaggies, with r = 25.1 mag arcsec^-2 for one sigma of sky.
  const flux = (g: Galaxy) => 10 ** (-0.4 * (25.1 - 22.5)) * g.brightness * 2 * Math.PI * g.radius ** 2 * 1.9;
  const magnitude = (g: Galaxy, z: number) =>
    22.5 - 2.5 * Math.log10(flux(g)) - 5 * Math.log10(((299792.458 * z) / 70) * (1 + z / 2)) - 25;
  const r50 = (g: Galaxy) => PETROSIAN_SHORTFALL * g.radius;
  const columns: Columns = [
    { name: "iauname", data: names, type: "STRING" },
    double("ra", (_, i) => positions[i].ra),
    double("dec", (_, i) => positions[i].dec),
    double("redshift", (_, i) => redshifts[i]),
    double("elpetro_absmag_r", (g, i) => magnitude(g, redshifts[i])),
    double("sersic_nmgy_r", flux),
    double("petro_th50", r50),
    double("petro_th90", (g) => r50(g) * concentration(g)),
    double("petro_theta", (g) => r50(g) * concentration(g) * 0.85),
  ];
  const votes = galaxies.map((g, i) => volunteerVotes(g, new Random(seed).fork(`votes ${i}`)));
  for (const { name, answers } of decisionTree) {
    const count = (v: Votes, answer: string) => v.get(name)?.get(answer) ?? 0;
    const totals = votes.map((v) => answers.reduce((sum, a) => sum + count(v, a.name), 0));
    columns.push({ name: `${name}_total-votes`, data: Int32Array.from(totals), type: "INT32" });
    for (const answer of answers) {
      const counts = Int32Array.from(votes, (v) => count(v, answer.name));
      columns.push({ name: `${name}_${answer.name}`, data: counts, type: "INT32" });
      // Nobody asked: 0 / 0, NaN, as in the release.
      columns.push(double(`${name}_${answer.name}_fraction`, (_, i) => counts[i] / totals[i]));
    }
  }
  return columns;
}

function truthColumns(galaxies: Galaxy[], names: string[]): Columns {
  const text = (name: string, of: (g: Galaxy) => string): Columns[number] => ({
    name,
    data: galaxies.map(of),
    type: "STRING",
  });
  const columns: Columns = [
    { name: "iauname", data: names, type: "STRING" },
    text("class", (g) => (g.artefact ? "artefact" : g.kind)),
    text("kind", (g) => g.kind),
    text("artefact", (g) => g.artefact ?? "none"),
  ];
  const numeric = Object.keys(galaxies[0]).filter((k) => typeof galaxies[0][k as keyof Galaxy] === "number");
  for (const name of numeric)
    columns.push({
      name,
      data: Float64Array.from(galaxies, (g) => g[name as keyof Galaxy] as number),
      type: "DOUBLE",
    });
  columns.push({ name: "clarity", data: Float64Array.from(galaxies, clarity), type: "DOUBLE" });
  columns.push({ name: "pixel_scale", data: Float64Array.from(galaxies, pixelScale), type: "DOUBLE" });
  return columns;
}

async function writeParquet(path: string, columnData: Columns): Promise<void> {
  await atomicWrite(path, new Uint8Array(parquetWriteBuffer({ columnData })));
}
