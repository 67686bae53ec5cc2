import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { readNpy } from "../data/tables/npy.js";
import { openParquet, type ParquetFile } from "../data/tables/parquet-file.js";
import { readParquetTable } from "../data/tables/read-parquet-table.js";
import { readTable } from "../data/tables/read-table.js";
import type { Table } from "../data/tables/table.js";
import { digest } from "../digest.js";
import { fileDigest } from "../files/file-digest.js";
import { checkSum } from "../files/file-sum.js";
import { startsWith } from "../files/starts-with.js";
import type { Matrix } from "../matrix.js";
import { columnsBySeries, type FeatureColumns } from "./feature-columns.js";
import { checkPair } from "./features-file.js";

/** Features that some network made, as their file has them. */
export interface GivenFeatures {
  path: string;
  /** [n, d]; every number is finite. */
  features: Matrix;
  /** The file's other columns, row by row, ids among them; null where nothing names the rows. */
  names: Table | null;
  /** Which columns the features are, and what names their rows, for a person to read. */
  columns: string;
  /** SHA-256 of the file, and of the one that names its rows. */
  digest: string;
}

/**
 * Reads features that any program made: parquet with a list column (or columns of numbers, `f000` to `f767`) beside an
 * id; a NumPy array [n, d] with its ids in a file of the same name (`x.npy` and `x.csv`, `x.txt`, `x_ids.txt`, or the
 * `x.json` of `saveFeatures`), or without; CSV and every other table that `readTable` knows. Of columns of numbers the
 * longest numbered series is taken, in the order of its numbers. Where a file has several, its name says which:
 * "all.parquet[embedding]", "all.csv[feat_]".
 *
 * Uneven lists, rows with a NaN and counts that do not agree are refused with a sentence.
 */
export async function readFeatures(path: string): Promise<GivenFeatures> {
  const { file, asked } = withoutColumn(path);
  if (!existsSync(file)) throw new Error(`There is no features file ${file}.`);
  try {
    await checkSum(file);
    const given = (await startsWith(file, "\x93NUMPY"))
      ? await fromNpy(file)
      : (await startsWith(file, "PAR1"))
        ? await fromParquet(file, asked)
        : await fromTable(file, asked);
    checkNumbers(given);
    return given;
  } catch (cause) {
    const message = (cause as Error).message.replace(/\.$/, "");
    throw new Error(
      message.includes(file) ? `${message}.` : `The features ${file} cannot be used: ${message}.`,
      {
        cause,
      },
    );
  }
}

/** "all.parquet[embedding]" -> the file, and the column that is asked for. */
function withoutColumn(path: string): { file: string; asked?: string } {
  const match = existsSync(path) ? null : /^(.+)\[([^\]]+)\]$/.exec(path);
  return match ? { file: match[1], asked: match[2] } : { file: path };
}

async function fromNpy(path: string): Promise<GivenFeatures> {
  const features = await readNpy(path);
  const [n, d] = features.shape;
  const stem = path.replace(/\.npy$/i, "");
  const beside = ["json", "csv", "tsv", "txt"]
    .flatMap((ending) => [`${stem}.${ending}`, `${stem}_ids.${ending}`])
    .filter((file) => existsSync(file));
  if (beside.length > 1)
    throw new Error(`${path} has its ids in ${beside.join(" and in ")}; leave the right one there`);
  const [ids] = beside;
  const own = await fileDigest(path);
  if (!ids)
    return {
      path,
      features,
      names: null,
      columns: `${d} columns, rows in the order of the images`,
      digest: own,
    };
  await checkSum(ids).catch((error: Error) => {
    throw new Error(`the ids of ${path} in ${ids} cannot be read: ${error.message}`);
  });
  const names = await namesOf(ids, path, features);
  if (names.length !== n) throw new Error(`${ids} names ${names.length} rows where ${path} has ${n}`);
  return {
    path,
    features,
    names,
    columns: `${d} columns, rows named in ${ids}`,
    digest: digest([own, await fileDigest(ids)]),
  };
}

/** The names of an array's rows, at `path` beside it: a table, the JSON of `saveFeatures`, or one a line. */
async function namesOf(path: string, array: string, features: Matrix): Promise<Table> {
  if (/\.[ct]sv$/i.test(path)) return readTable(path);
  const text = await readFile(path, "utf8");
  if (path.endsWith(".json")) {
    const { ids = [], digest } = JSON.parse(text) as { ids?: string[]; digest?: string };
    checkPair(array, features, digest);
    return tableOfIds(path, ids);
  }
  const ids = text.trimEnd().split(/\r?\n/);
  if (/^(id|ids|name|file_?name|objid)$/i.test(ids[0]?.trim())) ids.shift();
  return tableOfIds(path, ids);
}

const tableOfIds = (path: string, ids: readonly string[]): Table => ({
  path,
  length: ids.length,
  names: ["id"],
  numeric: new Map(),
  text: new Map([["id", ids]]),
});

async function fromParquet(path: string, asked?: string): Promise<GivenFeatures> {
  const file = await openParquet(path);
  try {
    const lists = file.columns.filter((c) => c.isList).map((c) => c.name);
    const isAsked = asked !== undefined && lists.includes(asked);
    if (lists.length > 1 && asked === undefined)
      throw new Error(
        `it has several columns of lists (${lists.join(", ")}): say which, as in "${path}[${lists[0]}]"`,
      );
    const scalar = file.columns.filter((c) => c.isScalar).map((c) => c.name);
    const chosen: FeatureColumns =
      isAsked || (lists.length === 1 && asked === undefined)
        ? { names: [isAsked ? asked : lists[0]], words: `list column "${isAsked ? asked : lists[0]}"` }
        : columnsBySeries(scalar, asked);
    const asLists = lists.includes(chosen.names[0]);
    const features = asLists ? await listsOf(file, chosen.names[0]) : await numbersOf(file, chosen.names);
    const others = scalar.filter((name) => !chosen.names.includes(name));
    const names = others.length ? await readParquetTable(path, path, others) : null;
    return { path, features, names, columns: chosen.words, digest: await fileDigest(path) };
  } finally {
    await file.close();
  }
}

async function listsOf(file: ParquetFile, column: string): Promise<Matrix> {
  let features: Matrix | null = null;
  for await (const { rowStart, data, width } of file.readLists(column)) {
    features ??= { data: new Float32Array(file.rows * width), shape: [file.rows, width] };
    if (width !== features.shape[1])
      throw new Error(
        `its column "${column}" has lists of ${features.shape[1]} and of ${width} numbers (row ${rowStart})`,
      );
    features.data.set(data, rowStart * width);
  }
  if (!features?.shape[1]) throw new Error(`its column "${column}" holds no numbers`);
  return features;
}

async function numbersOf(file: ParquetFile, columns: readonly string[]): Promise<Matrix> {
  const d = columns.length;
  const data = new Float32Array(file.rows * d);
  for (const [j, name] of columns.entries())
    for await (const { rowStart, values } of file.read(name))
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        if (typeof value === "string")
          throw new Error(`its column "${name}" is text ("${value.slice(0, 40)}")`);
        data[(rowStart + i) * d + j] = value === null ? Number.NaN : Number(value);
      }
  return { data, shape: [file.rows, d] };
}

async function fromTable(path: string, asked?: string): Promise<GivenFeatures> {
  const table = await readTable(path);
  const { names: columns, words } = columnsBySeries(table.names, asked);
  const d = columns.length;
  const data = new Float32Array(table.length * d);
  for (const [j, name] of columns.entries()) {
    const numbers = table.numeric.get(name);
    if (!numbers) {
      const word = table.text.get(name)!.find((w) => !(w.trim() && Number.isFinite(Number(w))));
      throw new Error(`its column "${name}" is text, not numbers ("${word?.slice(0, 40)}")`);
    }
    for (let i = 0; i < table.length; i++) data[i * d + j] = numbers[i];
  }
  const taken = new Set(columns);
  const without = <T>(of: ReadonlyMap<string, T>) => new Map([...of].filter(([name]) => !taken.has(name)));
  const names: Table = {
    ...table,
    names: table.names.filter((name) => !taken.has(name)),
    numeric: without(table.numeric),
    text: without(table.text),
  };
  const features: Matrix = { data, shape: [table.length, d] };
  return {
    path,
    features,
    names: names.names.length ? names : null,
    columns: words,
    digest: await fileDigest(path),
  };
}

function checkNumbers({ path, features: { data, shape }, names }: GivenFeatures): void {
  const [n, d] = shape;
  if (n === 0) throw new Error("it has no rows");
  const bad: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < d; j++)
      if (!Number.isFinite(data[i * d + j])) {
        bad.push(i);
        break;
      }
  if (!bad.length) return;
  const text = names && [...names.text.values()][0];
  const shown = bad.slice(0, 8).map((row) => (text ? `${row} ("${text[row]}")` : String(row)));
  throw new Error(
    `${bad.length} of ${n} rows of ${path} have a feature that is no number (NaN or infinite): ` +
      `${shown.join(", ")}${bad.length > 8 ? " ..." : ""}; leave these rows out`,
  );
}
