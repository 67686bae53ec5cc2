import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { columnText } from "../../lib/data/tables/table.js";
import { saveFeatures } from "../../lib/nn/features-file.js";
import { readFeatures } from "../../lib/nn/read-features.js";
import { scratch } from "../scratch.js";

const golden = JSON.parse(readFileSync("test/reference/features.json", "utf8"));
const file = (name: string) => join("test/reference/features-files", name);
const folder = scratch();

for (const [name, words] of [
  ["list.parquet", 'list column "embedding"'],
  ["fixed.parquet", 'list column "embedding"'],
  ["two-lists.parquet[other]", 'list column "other"'],
  ["array.npy", `5 columns, rows named in ${file("array.txt")}`],
])
  test(`${name}: pyarrow's and NumPy's numbers to the bit, and what names each row`, async () => {
    const { features, names, columns } = await readFeatures(file(name));
    assert.deepEqual([...features.data], golden.features);
    assert.deepEqual(features.shape, golden.shape);
    assert.equal(columns, words);
    const named = columnText(names!, names!.names[0])!;
    assert.deepEqual(
      golden.ids.map((id: string, row: number) => named(row).includes(id)),
      golden.ids.map(() => true),
    );
  });

for (const name of ["columns.parquet", "columns.csv"])
  test(`${name}: the longest numbered series, in the order of its numbers; the rest stays a table`, async () => {
    const { features, names, columns } = await readFeatures(file(name));
    assert.equal(columns, 'columns "feat_0" to "feat_4"');
    const [n, d] = golden.shape;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < d; j++)
        // pandas has the columns from feat_4 to feat_0, and CSV nine digits of an f32.
        assert.ok(Math.abs(features.data[i * d + j] - golden.features[i * d + (d - 1 - j)]) < 1e-7);
    assert.deepEqual(names!.names, ["id", "mag_1", "mag_2"]);
    const magnitudes = await readFeatures(`${file(name)}[mag_]`);
    assert.deepEqual([...magnitudes.features.data].slice(0, 2), [20.5, 21.5]);
  });

test("an array without names has none, and what saveFeatures wrote is read", async () => {
  assert.equal((await readFeatures(file("alone.npy"))).names, null);
  const features = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] as [number, number] };
  for (const name of ["own.parquet", "own.npy"]) {
    const path = join(folder, name);
    await saveFeatures(path, { ids: ["a", "b"], features, provenance: {} });
    const given = await readFeatures(path);
    assert.deepEqual([...given.features.data], [1, 2, 3, 4]);
    assert.deepEqual([0, 1].map(columnText(given.names!, "id")!), ["a", "b"]);
  }
});

test("a file's digest follows its content and that of its names", async () => {
  const path = join(folder, "digest.npy");
  copyFileSync(file("array.npy"), path);
  copyFileSync(file("array.txt"), join(folder, "digest.txt"));
  const first = (await readFeatures(path)).digest;
  writeFileSync(join(folder, "digest.txt"), [...golden.ids].reverse().join("\n"));
  assert.notEqual((await readFeatures(path)).digest, first);
});

const bad: [string, RegExp][] = [
  ["uneven.parquet", /lists of 5 and of 4 numbers \(row 4\)/],
  [
    "missing.parquet",
    /2 of 7 rows of .* no number \(NaN or infinite\): 2 \("\/data\/set\/fieldA\/001\.png"\), 5/,
  ],
  ["words.parquet", /lists that are not of numbers/],
  ["two-lists.parquet", /several columns of lists \(embedding, other\).*two-lists\.parquet\[embedding\]/],
  ["columns.csv[colour]", /no list column "colour" and no series "colour0"/],
  ["nothing.parquet", /no features file/],
];
for (const [name, message] of bad)
  test(`${name} is refused in a sentence`, () => assert.rejects(readFeatures(file(name)), message));

test("tables without a series, a column of words and names that do not count are refused", async () => {
  const csv = (text: string) => {
    writeFileSync(join(folder, "bad.csv"), text);
    return readFeatures(join(folder, "bad.csv"));
  };
  await assert.rejects(csv("id,a,b\nx,1,2\n"), /no numbered columns.*id, a, b/);
  await assert.rejects(csv("id,f0,f1\nx,1,two\ny,3,4\n"), /"f1" is text, not numbers \("two"\)/);
  await assert.rejects(csv("id,f0,f1,g0,g1\nx,1,2,3,4\n"), /series of 2 columns; write "\[f\]"/);
  await assert.rejects(csv("id,f0,f1\nx,1,nan\n"), /1 of 1 rows/);
  copyFileSync(file("array.npy"), join(folder, "short.npy"));
  writeFileSync(join(folder, "short.txt"), "a\nb\n");
  await assert.rejects(readFeatures(join(folder, "short.npy")), /names 2 rows where .* has 7/);
});
