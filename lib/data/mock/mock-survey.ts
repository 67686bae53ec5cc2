import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../files/atomic-write.js";
import { paths } from "../../files/paths.js";
import { withLock } from "../../files/with-lock.js";
import { writeError } from "../../files/write-error.js";
import type { OnProgress } from "../../progress-event.js";
import { Random } from "../../random.js";
import { WorkerPool } from "../../worker-pool.js";
import type { SkyPosition } from "../sky-position.js";
import { votesFile } from "../votes/decision-tree.js";
import { drawGalaxy } from "./galaxy-population.js";
import { iauName } from "./iau-name.js";
import type { MockSurveyContext, MockSurveyJob } from "./mock-survey-worker.js";
import { truthColumns, voteTableColumns, writeMockTable } from "./mock-tables.js";
import { truthFile } from "./truth-file.js";

/** Changes whenever the same parameters would give other bytes, so that an old cache is not taken for a new one. */
const RECIPE = 2;

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
  await writeMockTable(join(partial, votesFile), voteTableColumns(galaxies, positions, names, seed));
  await writeMockTable(join(partial, truthFile), truthColumns(galaxies, names));
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

/** Even over the part of the sky where DECaLS and SDSS overlap, roughly. */
function skyPosition(random: Random): SkyPosition {
  const top = Math.sin((32 * Math.PI) / 180);
  const bottom = Math.sin((-9 * Math.PI) / 180);
  return { ra: random.uniform(0, 360), dec: (Math.asin(random.uniform(bottom, top)) * 180) / Math.PI };
}
