import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { readNpy, writeNpy } from "../../lib/data/tables/npy.js";
import { readTable } from "../../lib/data/tables/read-table.js";
import { saveTable } from "../../lib/data/tables/save-table.js";
import { loadFeatures, saveFeatures } from "../../lib/nn/features-file.js";
import { goldenFiles } from "./image-targets.js";
import { type MakeTarget, must, sumOf, type Target } from "./target.js";

const n = 30;
const range = <T>(make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

/** Every column of a table that is accepted has the table's length. */
async function readSummed(name: string, bytes: Buffer): Promise<string> {
  const table = await readTable(name, bytes);
  const columns = [...table.numeric, ...table.text];
  for (const [, column] of columns) must(column.length === table.length, "a column's length");
  must(columns.length <= table.names.length, "more columns than names");
  return sumOf(table.names, ...columns.map(([, c]) => (ArrayBuffer.isView(c) ? c : [...c])));
}

const tables = (name: string, seeds: readonly Buffer[], more: Partial<Target> = {}): Target => ({
  seeds,
  run: (bytes) => readSummed(name, bytes),
  ...more,
});
const csv = Buffer.from(
  `id,label,mag,flag\n${range((i) => `g${i},${i % 2 ? "spiral" : '"rou,nd"'},${i / 7},${i % 3 === 0}`).join("\n")}\n`,
);
const texts = [
  csv,
  Buffer.from("# a comment\n# id T mag\na 1 2.5\nb 2 3.5\n"),
  Buffer.from("#Table1\nid,label\na,b\nc,d\n"),
  Buffer.from("sep=;\nid;mag;label\na;1,5;x\nb;2,5;y\n"),
  Buffer.from("\ufeffid\tlabel\na\tb\nc\td\n", "utf16le"),
];
const golden = (pattern: RegExp) =>
  goldenFiles("data-tables")
    .filter((f) => pattern.test(f.name))
    .map((f) => f.bytes);

/** What `readTable`, `readNpy` and `loadFeatures` read. */
export const tableTargets: Record<string, MakeTarget> = {
  csv: async () => tables("t.csv", texts, { isText: true }),
  "gzipped-csv": async () =>
    tables("t.csv.gz", [gzipSync(csv)], {
      isSummed: true,
      // What is no gzip any more is text, whatever its name: browsers unpack and keep the name.
      run: async (bytes) => {
        const sum = await readSummed("t.csv.gz", bytes);
        return bytes[0] === 0x1f && bytes[1] === 0x8b ? sum : "said";
      },
    }),
  ecsv: async () => tables("t.ecsv", golden(/ECSV/), { isText: true }),
  votable: async () => tables("t.vot", golden(/VOTable/), { isText: true }),
  "fits-table": async () => tables("t.fits", golden(/table|integers|text|rows/)),
  async parquet(folder) {
    const path = join(folder, "own.parquet");
    const own = [
      { name: "id", values: range((i) => `g${i}`) },
      { name: "x", values: Float64Array.from(range(Math.sin)) },
    ];
    await saveTable(path, own);
    const columnData = [
      { name: "id", data: range((i) => `g${i}`), type: "STRING" as const },
      { name: "n", data: Int32Array.from(range((i) => i)), type: "INT32" as const },
      { name: "big", data: range((i) => 2n ** 60n + BigInt(i)), type: "INT64" as const },
    ];
    const other = Buffer.from(parquetWriteBuffer({ columnData, codec: "UNCOMPRESSED", rowGroupSize: 10 }));
    return tables("t.parquet", [readFileSync(path), other, Buffer.from(parquetWriteBuffer({ columnData }))]);
  },
  async features(folder) {
    const path = join(folder, "features.parquet");
    const data = Float32Array.from({ length: n * 5 }, (_, i) => Math.sin(i));
    await saveFeatures(path, {
      ids: range((i) => `g${i}`),
      features: { data, shape: [n, 5] },
      provenance: {},
    });
    return {
      seeds: [readFileSync(path)],
      async run(bytes) {
        writeFileSync(path, bytes);
        const { ids, features } = await loadFeatures(path);
        const [rows, columns] = features.shape;
        must(features.data.length === rows * columns && ids.length === rows, "shape");
        must(features.data.every(Number.isFinite), "NaN among features");
        return sumOf(ids, features.data);
      },
    };
  },
  async npy(folder) {
    const path = join(folder, "m.npy");
    const data = { f4: Float32Array.from(range(Math.sin)), f8: Float64Array.from(range(Math.sin)) };
    const seeds: Buffer[] = [];
    for (const each of Object.values(data)) {
      await writeNpy(path, { data: each, shape: [10, 3] });
      seeds.push(readFileSync(path));
    }
    return {
      seeds,
      isText: true,
      async run(bytes) {
        writeFileSync(path, bytes);
        const m = await readNpy(path);
        must(m.data.length === m.shape[0] * m.shape[1], "shape");
        return sumOf([...m.shape], m.data);
      },
    };
  },
};
