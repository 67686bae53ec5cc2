import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CutoutPlace } from "../data/cutouts/place-sources.js";
import { NpyFile } from "../data/tables/npy.js";
import { readTable } from "../data/tables/read-table.js";
import type { Matrix } from "../matrix.js";
import type { Moments } from "../models/covariance.js";
import { partName, sourcesPath } from "./survey-plan.js";

/** Paths of a shard's files within the survey's folder. */
export const shardPaths = (shard: number) => ({
  features: `features/${partName(shard)}.npy`,
  moments: `moments/${partName(shard)}.f64`,
  /** Sources without an image that can be read, and how many kept their whole cutout. */
  notes: `features/${partName(shard)}.json`,
  components: `components/${partName(shard)}.npy`,
  sample: `sample/${partName(shard)}.npy`,
  sampleRows: `sample/${partName(shard)}.json`,
  table: `table/${partName(shard)}.parquet`,
  index: `index/${partName(shard)}.hnsw`,
});

export const modelPaths = {
  pca: "models/pca.json",
  mixture: "models/mixture.json",
  /** The components of the landmarks and their places in the plane: [landmarks, k + 2]. */
  landmarks: "models/landmarks.npy",
} as const;

export const mergedPaths = { table: "survey.parquet", summary: "summary.json" } as const;

/** What the feature stage notes beside the features. */
export interface ShardNotes {
  /** Rows of the shard's sources that have no features, with the reason. */
  skipped: { row: number; id: string; reason: string }[];
  /** Cutouts in which no central source was found: they were kept whole. */
  whole: number;
}

async function readNotes(folder: string, shard: number): Promise<ShardNotes> {
  const notes = JSON.parse(await readFile(join(folder, shardPaths(shard).notes), "utf8"));
  // Surveys begun earlier say "unreadable"; their features may have taken days.
  return { skipped: notes.skipped ?? notes.unreadable, whole: notes.whole };
}

/** The sources of a shard, in the order in which their tiles are read. */
export async function readSources(folder: string, shard: number): Promise<CutoutPlace[]> {
  const table = await readTable(sourcesPath(folder, shard));
  const column = (name: string) => table.numeric.get(name)!;
  const [ra, dec, tile, x, y, side, row] = ["ra", "dec", "tile", "x", "y", "side", "row"].map(column);
  return table.text.get("id")!.map((name, i) => ({
    id: name,
    ra: ra[i],
    dec: dec[i],
    tile: tile[i],
    x: x[i],
    y: y[i],
    side: side[i],
    row: row[i],
  }));
}

/** The sources of a shard that have features: row i of its features, components and table. */
export async function readKeptSources(folder: string, shard: number): Promise<CutoutPlace[]> {
  const [sources, { skipped }] = await Promise.all([readSources(folder, shard), readNotes(folder, shard)]);
  const out = new Set(skipped.map((s) => s.row));
  return sources.filter((_, i) => !out.has(i));
}

/** Blocks of rows of a shard's file, so that no more than one is in memory. */
export async function* npyBlocks(path: string, rows = 16_384): AsyncGenerator<Matrix> {
  const file = await NpyFile.open(path);
  try {
    for (let from = 0; from < file.shape[0]; from += rows)
      yield await file.rows(from, Math.min(file.shape[0], from + rows));
  } finally {
    await file.close();
  }
}

/** n, means and scatter matrix as doubles, one after the other. */
export function momentsToBytes({ n, mean, scatter }: Moments): Uint8Array {
  const all = new Float64Array(1 + mean.length + scatter.length);
  all[0] = n;
  all.set(mean, 1);
  all.set(scatter, 1 + mean.length);
  return new Uint8Array(all.buffer);
}

export async function readMoments(path: string, columns: number): Promise<Moments> {
  const bytes = await readFile(path);
  const all = new Float64Array(new Uint8Array(bytes).buffer);
  if (all.length !== 1 + columns + columns * columns)
    throw new Error(
      `${path} holds ${all.length} numbers where moments of ${columns} columns have ${1 + columns + columns ** 2}.`,
    );
  return { n: all[0], mean: all.slice(1, 1 + columns), scatter: all.slice(1 + columns) };
}
