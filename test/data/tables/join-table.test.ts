import assert from "node:assert/strict";
import { test } from "node:test";
import { joinTable } from "../../../lib/data/tables/join-table.js";
import { readTable } from "../../../lib/data/tables/read-table.js";

/** Images of a folder /data/set by their paths in it; ids as `listImages` gives them where names differ. */
const images = (...paths: string[]) =>
  paths.map((entry) => ({
    id: entry.replace(/\.\w+$/, "").replace(/^.*\//, ""),
    entry,
    archive: "/data/set",
  }));

async function join(csv: string, named: ReturnType<typeof images>, options = {}) {
  return joinTable(await readTable("t.csv", Buffer.from(csv)), named, options);
}

const reasons = (joined: { skipped: { reason: string }[] }) => joined.skipped.map((s) => s.reason);

test("images of one name in several folders get the rows with their path", async () => {
  const four = images("fieldA/000.png", "fieldA/001.png", "fieldB/000.png", "fieldB/001.png");
  const want = ["s", "r", "m", "e"];
  const rows = (path: (p: string) => string) =>
    `file,label\n${["A/000", "A/001", "B/000", "B/001"].map((p, i) => `${path(p)},${want[i]}`).join("\n")}\n`;
  for (const path of [
    (p: string) => `field${p}.png`,
    (p: string) => `field${p}`,
    (p: string) => `./field${p}.jpg`,
    (p: string) => `/old/disk/set/field${p}.png`,
    (p: string) => `C:\\survey\\field${p.replace("/", "\\")}.png`,
    (p: string) => `https://host.org/set/field${p}.png?width=64`,
  ])
    assert.deepEqual((await join(rows(path), four)).labels, want, path("A/000"));
  // The folder that was opened is a folder of the path too.
  const opened = images("000.png", "001.png").map((i) => ({ ...i, archive: "/data/fieldB" }));
  const joined = await join(
    rows((p) => `field${p}.png`),
    opened,
  );
  assert.deepEqual(joined.labels, ["m", "e"]);
});

test("a name that does not tell which image it means joins nothing and is counted", async () => {
  const two = images("a/1.png", "b/1.png", "b/2.png");
  const joined = await join("id,label\n1,s\n2,r\n", two);
  assert.deepEqual(joined.labels, [null, null, "r"]);
  assert.ok(
    reasons(joined).some((r) => /^1 rows of t\.csv were not joined: their name fits several/.test(r)),
  );
  // Nor does an image that two rows name by folders which are not here.
  const one = await join("id,label\nx/1,s\ny/1,r\nb/2,m\n", images("c/1.png", "b/2.png"));
  assert.deepEqual(one.labels, [null, "m"]);
  assert.ok(reasons(one).some((r) => /^2 rows .* were not joined/.test(r)));
  // One row that names another folder is no contradiction: sets are moved.
  assert.deepEqual((await join("id,label\ntrain/1,s\n", images("c/1.png"))).labels, ["s"]);
});

test("a path that is the image's own is meant before one that ends alike", async () => {
  const three = images("1.png", "a/1.png", "b/a/1.png");
  const joined = await join("id,label\n1,root\na/1,one\nb/a/1,two\n", three);
  assert.deepEqual(joined.labels, ["root", "one", "two"]);
  assert.deepEqual(joined.skipped, []);
});

test("names are the same composed or decomposed, and numbers as they are spelled", async () => {
  const nfd = "Pégase".normalize("NFD");
  const named = images(`${nfd}.png`, "M31.png");
  assert.deepEqual((await join("id,label\nPégase,dwarf\nM31,spiral\n", named)).labels, ["dwarf", "spiral"]);
  const digits = images("12.1.png", "12.10.png", "1e5.png", "100000.png", "7.png");
  const csv = "id,label\n12.10,ten\n12.1,one\n100000,big\n1e5,hash\n7.0,seven\n";
  assert.deepEqual((await join(csv, digits)).labels, ["one", "ten", "hash", "big", "seven"]);
  const places = images("150.10.png", "150.25.png");
  assert.deepEqual((await join("field,ra,label\nx,150.10,s\nx,150.25,r\n", places)).labels, ["s", "r"]);
});

test("images without a row, rows without an image and rows that come twice are each counted", async () => {
  const csv = "id,label,n\na,s,1\nb,r,2\nb,m,3\nx,s,4\ny,s,5\n";
  const joined = await join(csv, images("a.png", "b.png", "c.png"));
  assert.deepEqual(joined.labels, ["s", "r", null]);
  assert.deepEqual([...joined.catalogue.column("n")], [1, 2, Number.NaN]);
  assert.deepEqual(reasons(joined), [
    "1 images have no row in t.csv",
    "2 rows of t.csv have no image",
    "1 rows of t.csv name an image that an earlier row names; the first counts",
  ]);
  assert.equal(joined.skipped[1].name, "x, y");
  const first = await join(csv, images("a.png", "b.png", "c.png", "x.png"), { limit: 2 });
  assert.deepEqual(first.labels, ["s", "r"]);
  assert.deepEqual(
    reasons(first).slice(0, 1),
    ["1 rows of t.csv have no image"],
    "x has one beyond the limit",
  );
});

test("columns of classes: in any case, as numbers or truth values, missing ones null", async () => {
  const three = images("a.png", "b.png", "c.png");
  const labels = async (csv: string, options = {}) => (await join(csv, three, options)).labels;
  assert.deepEqual(await labels("id,Label\na,0\nb,1\nc,0\n"), ["0", "1", "0"]);
  assert.deepEqual(await labels("ID,CLASS\na,bar\nb,none\nc,NaN\n"), ["bar", "none", null]);
  assert.deepEqual(await labels("id,label\na,0.0\nb,\nc,1.0\n"), ["0", null, "1"]);
  assert.deepEqual(await labels("id,is_ring\na,True\nb,NA\nc,False\n", { labelColumn: "IS_RING" }), [
    "True",
    null,
    "False",
  ]);
  assert.deepEqual(await labels("id,release\na,12.10\nb,12.1\nc,12.2\n", { labelColumn: "release" }), [
    "12.10",
    "12.1",
    "12.2",
  ]);
  // A measurement, or a number of its own for each object, is no class.
  assert.equal(await labels("id,target\na,0.5\nb,0.7\nc,1\n"), null);
  const many = images(...Array.from({ length: 30 }, (_, i) => `g${i}.png`));
  const numbered = `id,target\n${many.map((m, i) => `${m.id},${1000 + i}`).join("\n")}\n`;
  assert.equal((await join(numbered, many)).labels, null);
  await assert.rejects(
    labels("id,x\na,1\nb,2\nc,3\n", { labelColumn: "y" }),
    /no column "y"; its columns are id, x/,
  );
});

test("the column of names is the one that names most images, also where others match by accident", async () => {
  const numbered = images(...Array.from({ length: 9 }, (_, i) => `${i}.png`));
  const csv = `votes,file_name,label\n${Array.from({ length: 9 }, (_, i) => `${(i + 1) % 9},set/${i}.png,${i % 2 ? "s" : "r"}`).join("\n")}\n`;
  const joined = await join(csv, numbered);
  assert.equal(joined.idColumn, "file_name");
  assert.deepEqual(
    joined.labels,
    Array.from({ length: 9 }, (_, i) => (i % 2 ? "s" : "r")),
  );
});

test("columns of text travel with the images; names of rows do not", async () => {
  const three = images("a.png", "b.png", "c.png");
  const joined = await join(
    ',id,mag,comment,label,bar\n0,a,17.5,"edge, check",s,none\n1,b,,NA,r,strong\n2,z,1,lost,r,none\n',
    three,
  );
  assert.deepEqual(joined.catalogue.names, ["mag"]);
  assert.deepEqual(
    [...joined.catalogue.text],
    [
      ["comment", ["edge, check", null, null]],
      ["bar", ["none", "strong", null]],
    ],
  );
  const picked = joined.catalogue.select([1, 0]);
  assert.deepEqual(picked.text.get("comment"), [null, "edge, check"]);
  assert.deepEqual([...picked.column("mag")], [Number.NaN, 17.5]);
  assert.ok(reasons(joined).includes("its column without a name was left out"));
  // Without a name and with the names of the images it is what they are matched on.
  const indexed = await join(",mag\n1,17.5\n2,3\n", images("1.png", "2.png"));
  assert.deepEqual([indexed.idColumn, ...indexed.catalogue.column("mag")], ["", 17.5, 3]);
  assert.deepEqual(indexed.skipped, []);
});

test("numbers that lost their leading zeros are matched where nothing else fits, and that is said", async () => {
  const three = images("0001.png", "0002.png", "0010.png");
  const joined = await join("id,label\n1,s\n2,r\n10,m\n", three);
  assert.deepEqual(joined.labels, ["s", "r", "m"]);
  assert.match(reasons(joined).join(), /matched without their leading zeros/);
  assert.deepEqual((await join("n,label\n1,s\n2,r\n10,m\n", three, { idColumn: "n" })).labels, [
    "s",
    "r",
    "m",
  ]);
  assert.deepEqual(reasons(await join("id,label\n0001,s\n0002,r\n0010,m\n", three)), []);
  // 1 may be either of these.
  await assert.rejects(
    join("id,label\n1,s\n2,r\n", images("01.png", "001.png", "2x.png")),
    /no column of t\.csv/,
  );
});

test("a table whose first line is a row is told to have no header", async () => {
  const why = /the first line of t\.csv names an image \("a"\), so it seems to have no header/;
  await assert.rejects(join("a,s\nb,r\n", images("a.png", "b.png")), why);
  // A column may be called as an image that has its row.
  assert.deepEqual((await join("name,label\nname,s\nb,r\n", images("name.png", "b.png"))).labels, ["s", "r"]);
});
