import { stat } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { atomicWrite } from "../../files/atomic-write.js";
import { paths } from "../../files/paths.js";
import { withLock } from "../../files/with-lock.js";
import type { OnProgress } from "../../progress-event.js";
import { Random } from "../../random.js";
import { mockSizes } from "./mock-sizes.js";
import { pickle } from "./pickle.js";
import { type RadioGalaxy, renderRadioGalaxy } from "./radio-galaxy.js";

/** Changes whenever the same parameters would give other bytes. */
const RECIPE = 3;

/** MiraBest's classes in label order, with the number of sources of each (Porter & Scaife 2023, table 2). */
const classes: readonly [code: string, count: number][] = [
  ["100", 339],
  ["102", 49],
  ["104", 9],
  ["110", 191],
  ["112", 3],
  ["200", 432],
  ["201", 4],
  ["210", 195],
  ["300", 19],
  ["310", 15],
];
const MIRABEST_SIZE = 1256;
const BATCHES = 8;

/**
 * A radio survey like MiraBest: double sources of the ten classes in MiraBest's proportions, written as its eight
 * pickled batches in `MiraBest_F_batches.tar.gz`. Returns that file's path; it lies in the cache, is made once, and
 * depends on size and seed alone.
 */
export async function mockRadio(
  options: { size?: number; seed?: number; onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<string> {
  const { size = mockSizes.radio.paper, seed = 1, onProgress, signal } = options;
  if (!Number.isInteger(size) || size < BATCHES)
    throw new Error(`size: a radio set has at least ${BATCHES} sources, one a batch; got ${size}.`);
  const path = paths.cache(`mock-radio-${size}-seed${seed}-r${RECIPE}`, "MiraBest_F_batches.tar.gz");
  const present = () => stat(path).catch(() => null);
  if (await present()) return path;
  const make = async () => (await present()) || (await writeRadio(path, size, seed, onProgress, signal));
  await withLock(path, make, { signal });
  return path;
}

async function writeRadio(
  path: string,
  size: number,
  seed: number,
  onProgress?: OnProgress,
  signal?: AbortSignal,
): Promise<void> {
  const labels = labelList(size);
  const order = new Random(seed).fork("order").permutation(size);
  const sources: ReturnType<typeof source>[] = [];
  for (const [i, k] of order.entries()) {
    if (i % 32 === 0) {
      onProgress?.({ done: i, total: size });
      await new Promise(setImmediate); // a few seconds of work: let the notebook breathe, and be interrupted
      signal?.throwIfAborted();
    }
    sources.push(source(labels[k], new Random(seed).fork(`source ${i}`)));
  }
  const perBatch = Math.ceil(size / BATCHES);
  const files: [string, Uint8Array][] = [];
  for (let b = 0; b < BATCHES; b++) {
    const batch = sources.slice(Math.floor((b * size) / BATCHES), Math.floor(((b + 1) * size) / BATCHES));
    const last = b === BATCHES - 1;
    files.push([
      last ? "test_batch" : `data_batch_${b + 1}`,
      pickle({
        batch_label: last ? "testing batch 1 of 1" : `training batch ${b + 1} of ${BATCHES - 1}`,
        labels: batch.map((s) => s.label),
        data: batch.map((s) => ({ data: s.image, shape: [150, 150] })),
        filenames: batch.map((s) => s.filename),
      }),
    ]);
  }
  files.push([
    "batches.meta",
    pickle({ num_cases_per_batch: perBatch, label_names: classes.map(([code]) => code), num_vis: 150 * 150 }),
  ]);
  await atomicWrite(path, gzipSync(await tar(files), { level: 6 }));
}

/** Labels in MiraBest's proportions, by largest remainder; no class that has two or more in 1256 is lost at 1256. */
function labelList(size: number): number[] {
  const exact = classes.map(([, count]) => (count * size) / MIRABEST_SIZE);
  const whole = exact.map(Math.floor);
  const byRemainder = exact
    .map((_, i) => i)
    .sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]) || a - b);
  let left = size - whole.reduce((s, v) => s + v, 0);
  for (const i of byRemainder) if (left-- > 0) whole[i]++;
  return whole.flatMap((count, label) => Array<number>(count).fill(label));
}

/**
 * Sizes and brightnesses overlap between the classes, and the uncertain ones are those that look like either. Type II is
 * drawn closer to its textbook than type I, whose jets have knots and lobes of their own in MiraBest too. The numbers were
 * chosen by eye beside MiraBest, so that a person tells the confident classes apart, and by the accuracy of untrained
 * ImageNet features on both (`test/data/releases/real-data.test.ts`).
 */
function source(label: number, random: Random): { label: number; image: Uint8Array; filename: string } {
  const [code] = classes[label];
  const uncertain = code[1] === "1";
  const kind: RadioGalaxy["kind"] = code[0] === "1" ? "FRI" : code[0] === "2" ? "FRII" : "hybrid";
  const subclasses = ["standard", "double-double", "wide-angle tail", "", "head-tail"] as const;
  const extent = clamp(42 * Math.exp(random.normal(0, uncertain ? 0.5 : 0.6)), 16, 138);
  const [mean, scatter, least] = kind === "FRI" ? [0.4, 0.3, 0.05] : [0.76, 0.17, 0.35];
  const image = renderRadioGalaxy({
    kind,
    subclass: (subclasses[Number(code[2])] || "standard") as RadioGalaxy["subclass"],
    seed: random.uint32(),
    extent,
    positionAngle: random.uniform(0, 360),
    typicality: uncertain ? random.uniform(0, least) : clamp(random.normal(mean, scatter), least, 1),
    asymmetry: random.uniform(0.12, 1),
    core: (kind === "FRII" ? 0.1 : 0.45) * Math.exp(random.normal(0, 1.2)),
    lobeWidth: 0.11 * Math.exp(random.normal(0, 0.5)),
    relic: random.uniform() < 0.22 ? random.uniform(0.2, 1.5) : 0,
    signalToNoise: clamp(70 * Math.exp(random.normal(0, 1)), 10, 800),
  });
  const ra = random.uniform(110, 260).toFixed(3).padStart(7, "0");
  const declination = random.uniform(-5, 60);
  const dec = `${declination < 0 ? "-" : "+"}${Math.abs(declination).toFixed(3).padStart(6, "0")}`;
  const redshift = Math.min(0.5, 0.12 * Math.exp(random.normal(0, 0.6))).toFixed(4);
  const arcsec = (extent * 1.8).toFixed(2).padStart(7, "0");
  return {
    label,
    image: image.data as Uint8Array,
    filename: `./MiraBest_F/PNG/Scaled_Final/${code}_${ra}${dec}_${redshift}_${arcsec}.png`,
  };
}

const clamp = (v: number, low: number, high: number) => Math.min(high, Math.max(low, v));

/** A tar of plain files, with no time or owner in it so that equal content gives equal bytes. */
async function tar(files: [string, Uint8Array][]): Promise<Buffer> {
  const archive = pack();
  for (const [name, bytes] of files)
    archive.entry({ name: `F_batches/${name}`, mtime: new Date(0) }, Buffer.from(bytes));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
