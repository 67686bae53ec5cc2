import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { fitsUnits } from "../../../lib/data/images/fits/units.js";
import { asciiColumns } from "../../../lib/data/tables/ascii-columns.js";
import { readTable } from "../../../lib/data/tables/read-table.js";
import { saveTable } from "../../../lib/data/tables/save-table.js";
import type { SavedColumn } from "../../../lib/data/tables/saved-table.js";
import { bytesInMemory } from "../../../lib/files/byte-source.js";
import { scratch } from "../../scratch.js";

const folder = scratch();

const columns: SavedColumn[] = [
  { name: "id", values: ["J1", "a, b", 'say "x"', "12.10"] },
  {
    name: "ra",
    values: Float64Array.of(150.123456789, 1e-300, Number.NaN, 359.99),
    unit: "deg",
    description: "ICRS",
  },
  { name: "score", values: Float32Array.of(0.1, -2.5, 3, Number.NaN) },
  { name: "cluster", values: Int32Array.of(0, -1, 2147483647, 3) },
  { name: "label", values: ["spiral", null, "", "round"] },
];
const provenance = { dataset: "mock", seed: 1, drawn: true };

for (const ending of ["parquet", "fits", "csv", "ecsv"])
  test(`.${ending}: what was saved is read back`, async () => {
    const path = join(folder, `table.${ending}`);
    await saveTable(path, columns, { provenance });
    const table = await readTable(path);
    assert.deepEqual(
      [...table.names],
      columns.map((c) => c.name),
    );
    assert.deepEqual([...table.text.get("id")!], columns[0].values);
    assert.deepEqual(table.numeric.get("ra"), columns[1].values);
    // Singles survive as singles.
    assert.deepEqual(Float32Array.from(table.numeric.get("score")!), columns[2].values);
    assert.deepEqual(Int32Array.from(table.numeric.get("cluster")!), columns[3].values);
    assert.deepEqual([...table.text.get("label")!], ["spiral", "", "", "round"]);
  });

test("a missing text is null where the format has one, and no text without letters", async () => {
  const path = join(folder, "missing.parquet");
  const remarks: SavedColumn[] = [
    { name: "remark", values: ["bright", null, "", "é"] },
    { name: "none", values: [null, null, null, null] },
    { name: "n", values: Float64Array.of(1, 2, 3, 4) },
  ];
  await saveTable(path, remarks);
  assert.deepEqual(await parquetReadObjects({ file: await asyncBufferFromFile(path) }), [
    { remark: "bright", none: null, n: 1 },
    { remark: null, none: null, n: 2 },
    { remark: "", none: null, n: 3 },
    { remark: "é", none: null, n: 4 },
  ]);
  await saveTable(join(folder, "missing.ecsv"), remarks);
  const rows = readFileSync(join(folder, "missing.ecsv"), "utf8").trim().split("\n").slice(-4);
  assert.deepEqual(rows, ["bright,,1", ",,2", '"",,3', "é,,4"]);
  // Groups of rows without, with some, and with nothing but missing values.
  const long = Array.from({ length: 200_000 }, (_, i) =>
    i < 65_536 ? "a" : i % 2 || i > 131_072 ? null : "b",
  );
  await saveTable(path, [{ name: "t", values: long }]);
  const back = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  assert.deepEqual(
    back.map((row) => row.t),
    long,
  );
});

test("several blocks and row groups, and none at all", async () => {
  for (const n of [0, 70_001])
    for (const ending of ["parquet", "fits", "csv"]) {
      const path = join(folder, `long.${ending}`);
      await saveTable(path, [
        { name: "n", values: Float64Array.from({ length: n }, (_, i) => i) },
        { name: "t", values: Array.from({ length: n }, (_, i) => `row ${i}`) },
      ]);
      if (!n) continue;
      const table = await readTable(path);
      assert.equal(table.length, n);
      assert.equal(table.numeric.get("n")![n - 1], n - 1);
      assert.equal(table.text.get("t")![65_536], "row 65536");
    }
});

test("a cell of CSV that a spreadsheet would run gets an apostrophe; numbers and ECSV stay as they are", async () => {
  const evil: SavedColumn[] = [
    { name: "id", values: ["=HYPERLINK(1)", "+1", "-x", "@a", "J1+2"] },
    { name: "m", values: Float64Array.of(-1, -2, -3, -4, -5) },
    { name: "=1+1", values: Float64Array.of(1, 1, 1, 1, 1) },
  ];
  await saveTable(join(folder, "evil.csv"), evil);
  const lines = readFileSync(join(folder, "evil.csv"), "utf8").trim().split("\n");
  assert.deepEqual(lines, [
    "id,m,'=1+1",
    "'=HYPERLINK(1),-1,1",
    "'+1,-2,1",
    "'-x,-3,1",
    "'@a,-4,1",
    "J1+2,-5,1",
  ]);
  await saveTable(join(folder, "evil.ecsv"), evil);
  assert.deepEqual([...(await readTable(join(folder, "evil.ecsv"))).text.get("id")!], evil[0].values);
});

test("columns named as JavaScript's own things come back in every format", async () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  for (const ending of ["parquet", "fits", "csv", "ecsv"]) {
    const path = join(folder, `names.${ending}`);
    await saveTable(
      path,
      names.map((name, k) => ({ name, values: Float64Array.of(k, k + 0.5) })),
    );
    const table = await readTable(path);
    assert.deepEqual(table.names, names, ending);
    for (const [k, name] of names.entries())
      assert.deepEqual([...table.numeric.get(name)!], [k, k + 0.5], ending);
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test("a long description is cut to what a card of FITS holds, between its letters", async () => {
  const path = join(folder, "described.fits");
  const described = (name: string, description: string) => ({ name, description, values: ["one"] });
  await saveTable(path, [described("a", "é".repeat(30)), described("b", `${"x".repeat(67)}'s`)]);
  const [, { header }] = await fitsUnits(bytesInMemory(readFileSync(path)));
  assert.equal(header.get("TCOMM1"), "\\u00e9".repeat(11));
  assert.equal(header.get("TCOMM2"), "x".repeat(67));
});

test("what cannot be saved is refused in a sentence, and an old file stays", async () => {
  const path = join(folder, "kept.fits");
  writeFileSync(path, "old");
  const bad: [SavedColumn[], RegExp][] = [
    [[], /without a single column/],
    [[{ name: "a", values: ["é"] }], /Column "a" has the text "é"; FITS tables hold ASCII only: save as/],
    [[columns[0], { name: "ID", values: columns[0].values }], /Two columns would be called "id" and "ID"/],
    [[columns[0], { name: "b", values: ["one"] }], /Column "b" has 1 rows where "id" has 4/],
    [[{ name: "", values: ["one"] }], /has no name/],
    [[{ name: "x".repeat(80), values: ["one"] }], /column name "x+" is longer than 68/],
    [[{ name: "'".repeat(40), values: ["one"] }], /column name "'+" is longer than 68/],
    [[{ name: "a", unit: "m".repeat(69), values: ["one"] }], /column unit "m+" is longer than 68/],
  ];
  for (const [wrong, said] of bad) await assert.rejects(saveTable(path, wrong), said);
  assert.equal(readFileSync(path, "utf8"), "old");
  await assert.rejects(
    saveTable(join(folder, "a.xlsx"), columns),
    /saved as \.parquet, \.csv, \.ecsv, \.fits/,
  );
  assert.ok(!readdirSync(folder).some((name) => name.includes("tmp")));
});

test("letters beyond ASCII can be written as JSON writes them, and the columns that had such are named", async () => {
  const given: SavedColumn[] = [
    { name: "id", values: ["Pégase", "M31", null] },
    { name: "note", values: ["a\nb", "銀", "c"] },
    { name: "label", values: ["s", "r", null] },
    { name: "mag", values: Float64Array.of(1, 2, 3) },
  ];
  const { columns: plain, changed } = asciiColumns(given);
  assert.deepEqual(changed, ["id", "note"]);
  assert.deepEqual(plain[0].values, ["P\\u00e9gase", "M31", null]);
  assert.deepEqual(plain.slice(2), given.slice(2));
  const path = join(folder, "ascii.fits");
  await saveTable(path, plain);
  const read = (await readTable(path)).text.get("note")!;
  assert.deepEqual(
    read.map((text) => JSON.parse(`"${text}"`)),
    given[1].values,
  );
});

const python = process.env.LATENT_SKY_PYTHON ?? "/usr/bin/python3";
const noAstropy = spawnSync(python, ["-c", "import astropy"]).status === 0 ? false : "no astropy here";

test("astropy reads values, types, units and provenance", { skip: noAstropy }, async () => {
  for (const ending of ["fits", "ecsv"])
    await saveTable(join(folder, `astropy.${ending}`), columns, { provenance });
  const program = `
import json, sys
from astropy.table import Table
for ending in ("fits", "ecsv"):
    t = Table.read(sys.argv[1] + "/astropy." + ending)
    ra = [None if v is None or v != v or getattr(v, "mask", False) is True or str(v) == "--" else float(v) for v in t["ra"]]
    print(json.dumps({"names": t.colnames, "ra": ra, "unit": str(t["ra"].unit), "score": str(t["score"].dtype)[-2:],
        "cluster": [int(v) for v in t["cluster"]], "id": [str(v) for v in t["id"]], "meta": "mock" in json.dumps({k: str(v) for k, v in t.meta.items()})}))
`;
  const child = spawnSync(python, ["-c", program, folder], { encoding: "utf8" });
  assert.equal(child.status, 0, child.stderr);
  for (const line of child.stdout.trim().split("\n")) {
    assert.deepEqual(JSON.parse(line), {
      names: columns.map((c) => c.name),
      ra: [150.123456789, 1e-300, null, 359.99],
      unit: "deg",
      score: line.includes('"f4"') ? "f4" : "32",
      cluster: [0, -1, 2147483647, 3],
      id: ["J1", "a, b", 'say "x"', "12.10"],
      meta: true,
    });
  }
});
