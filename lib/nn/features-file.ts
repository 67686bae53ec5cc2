import { readFile } from "node:fs/promises";
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { readNpy, writeNpy } from "../data/tables/npy.js";
import { atomicWrite } from "../files/atomic-write.js";
import type { Matrix } from "../matrix.js";

/** Features with the ids of their images, and what they were made from. */
export interface Features {
  ids: readonly string[];
  features: Matrix;
  /** Dataset, weights, image size, seed: whatever is needed to make them again. */
  provenance: Record<string, unknown>;
}

/**
 * Saves features as parquet (a column `id`, then `f000` to `f511`; provenance in the file's metadata) or, for a name
 * that ends in .npy, as a NumPy array [n, d] with ids and provenance in a JSON file beside it.
 */
export async function saveFeatures(path: string, { ids, features, provenance }: Features): Promise<void> {
  const [n, d] = features.shape;
  if (ids.length !== n) throw new Error(`${ids.length} ids do not belong to ${n} rows of features.`);
  if (path.endsWith(".npy")) {
    // The array last: a reader that finds it finds its ids too.
    await atomicWrite(beside(path), `${JSON.stringify({ provenance, ids })}\n`);
    return writeNpy(path, features);
  }
  if (!path.endsWith(".parquet")) throw new Error(`Features are saved as .parquet or .npy, not as ${path}.`);
  const column = (j: number) => Float32Array.from({ length: n }, (_, i) => features.data[i * d + j]);
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "id", data: [...ids], type: "STRING" },
      ...Array.from({ length: d }, (_, j) => ({
        name: columnName(j),
        data: column(j),
        type: "FLOAT" as const,
      })),
    ],
    kvMetadata: [{ key: "provenance", value: JSON.stringify(provenance) }],
  });
  await atomicWrite(path, new Uint8Array(buffer));
}

export async function loadFeatures(path: string): Promise<Features> {
  if (path.endsWith(".npy")) {
    const { ids, provenance } = JSON.parse(await readFile(beside(path), "utf8")) as Omit<
      Features,
      "features"
    >;
    const features = await readNpy(path);
    if (ids.length !== features.shape[0])
      throw new Error(`${beside(path)} has ${ids.length} ids for ${features.shape[0]} rows of ${path}.`);
    return { ids, features, provenance };
  }
  const file = new Uint8Array(await readFile(path)).buffer;
  const metadata = await parquetMetadataAsync(file);
  const rows = await parquetReadObjects({ file });
  const names = Object.keys(rows[0] ?? {}).filter((name) => /^f\d+$/.test(name));
  if (rows.length === 0 || names.length === 0 || !("id" in rows[0]))
    throw new Error(`${path} has no columns id, f000, f001, ...: it is not a features file.`);
  const data = new Float32Array(rows.length * names.length);
  for (let i = 0, at = 0; i < rows.length; i++)
    for (const name of names) data[at++] = rows[i][name] as number;
  const note = metadata.key_value_metadata?.find((entry) => entry.key === "provenance")?.value;
  return {
    ids: rows.map((row) => String(row.id)),
    features: { data, shape: [rows.length, names.length] },
    provenance: note ? (JSON.parse(note) as Record<string, unknown>) : {},
  };
}

const columnName = (j: number) => `f${String(j).padStart(3, "0")}`;
const beside = (path: string) => path.replace(/\.npy$/, ".json");
