import { readFile, rm } from "node:fs/promises";
import { readNpy, writeNpyRows } from "../data/tables/npy.js";
import { openParquet } from "../data/tables/parquet-file.js";
import { type ParquetColumn, writeParquet } from "../data/tables/write-parquet.js";
import { digest } from "../digest.js";
import { atomicWrite } from "../files/atomic-write.js";
import type { Matrix } from "../matrix.js";

/** Rows of a row group. */
const GROUP = 16_384;
/** Numbers that are digested at once. */
const PIECE = 1 << 24;

/** Features with the ids of their images, and what they were made from. */
export interface Features {
  ids: readonly string[];
  features: Matrix;
  /** Dataset, weights, image size, seed: whatever is needed to make them again. */
  provenance: Record<string, unknown>;
}

/**
 * Saves features as parquet (a column `id`, then `f000` to `f511`; provenance in the file's metadata) or, for a name
 * that ends in .npy, as a NumPy array [n, d] with ids, provenance and a digest of the array in a JSON file beside it.
 */
export async function saveFeatures(path: string, { ids, features, provenance }: Features): Promise<void> {
  const [n, d] = features.shape;
  if (ids.length !== n) throw new Error(`${ids.length} ids do not belong to ${n} rows of features.`);
  if (path.endsWith(".npy")) return savePair(path, { ids, features, provenance });
  if (!path.endsWith(".parquet")) throw new Error(`Features are saved as .parquet or .npy, not as ${path}.`);
  // Row groups as they are written: of 512 columns never more than one group's is in memory twice.
  function* groups(): Generator<ParquetColumn[]> {
    for (let from = 0; from < n || from === 0; from += GROUP) {
      const rows = Math.min(GROUP, n - from);
      const column = (j: number) =>
        Float32Array.from({ length: rows }, (_, i) => features.data[(from + i) * d + j]);
      yield [
        { name: "id", type: "STRING", data: ids.slice(from, from + rows) },
        ...Array.from(
          { length: d },
          (_, j): ParquetColumn => ({ name: columnName(j), type: "FLOAT", data: column(j) }),
        ),
      ];
    }
  }
  await writeParquet(path, groups(), { provenance: JSON.stringify(provenance) });
}

/** Reads features that `saveFeatures` wrote; fails where ids and rows do not belong together. */
export async function loadFeatures(path: string): Promise<Features> {
  if (path.endsWith(".npy")) {
    const { ids, provenance, digest: written } = JSON.parse(await readFile(beside(path), "utf8")) as Beside;
    const features = await readNpy(path);
    if (ids.length !== features.shape[0])
      throw new Error(`${beside(path)} has ${ids.length} ids for ${features.shape[0]} rows of ${path}.`);
    checkPair(path, features, written);
    return { ids, features, provenance };
  }
  return loadParquet(path).catch((cause: Error) => {
    throw cause.message.startsWith(path)
      ? cause
      : new Error(`${path} cannot be read: ${cause.message}.`, { cause });
  });
}

/** What stands in the JSON file beside an array. */
interface Beside extends Omit<Features, "features"> {
  /** Of the array's numbers; files made by hand or by earlier versions have none. */
  digest?: string;
}

/** Replaces an array and the JSON beside it: what fails leaves the old two, and a kill between their renames is told. */
async function savePair(path: string, { ids, features, provenance }: Features): Promise<void> {
  const before = await readFile(beside(path)).catch(() => null);
  async function* rows() {
    yield features.data;
    // The array is on the disk and only wants its name: whoever finds it then finds its ids too.
    const pair: Beside = { provenance, digest: numbersDigest(features), ids };
    await atomicWrite(beside(path), `${JSON.stringify(pair)}\n`);
  }
  await writeNpyRows(path, features.shape, rows()).catch(async (error) => {
    const back = before ? atomicWrite(beside(path), before) : rm(beside(path), { force: true });
    await back.catch(() => {});
    throw error;
  });
}

/** Fails where `written`, the digest from the JSON beside the array at `path`, is of another array than `features`. */
export function checkPair(path: string, features: Matrix, written: unknown): void {
  if (written === undefined || written === numbersDigest(features)) return;
  throw new Error(
    `${path} is not the array that ${beside(path)} was written with: save both again, or take "digest" out of the ` +
      "latter if you changed the array yourself.",
  );
}

function numbersDigest({ data }: Matrix): string {
  // A hash takes no 2 GiB at once.
  function* pieces() {
    for (let from = 0; from < data.length; from += PIECE) yield data.subarray(from, from + PIECE);
  }
  return digest(pieces(), 64);
}

async function loadParquet(path: string): Promise<Features> {
  const file = await openParquet(path);
  try {
    const names = file.columns.map((c) => c.name).filter((name) => /^f\d+$/.test(name));
    if (file.rows === 0 || names.length === 0 || !file.columns.some((c) => c.name === "id"))
      throw new Error(`${path} has no columns id, f000, f001, ...: it is not a features file.`);
    const ids: string[] = [];
    for await (const { values } of file.read("id")) for (const id of values) ids.push(String(id));
    const d = names.length;
    const data = new Float32Array(file.rows * d);
    for (const [j, name] of names.entries())
      for await (const { rowStart, values } of file.read(name))
        for (let i = 0; i < values.length; i++) {
          if (!Number.isFinite(values[i]))
            throw new Error(`${path} has ${values[i]} in column ${name} of row ${rowStart + i}: no number.`);
          data[(rowStart + i) * d + j] = values[i] as number;
        }
    const note = file.notes.get("provenance");
    return {
      ids,
      features: { data, shape: [file.rows, d] },
      provenance: note ? (JSON.parse(note) as Record<string, unknown>) : {},
    };
  } finally {
    await file.close();
  }
}

const columnName = (j: number) => `f${String(j).padStart(3, "0")}`;
const beside = (path: string) => path.replace(/\.npy$/i, ".json");
