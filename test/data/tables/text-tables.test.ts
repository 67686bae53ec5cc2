import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { readTable } from "../../../lib/data/tables/read-table.js";
import { columnText, type Table } from "../../../lib/data/tables/table.js";

const read = (text: string | Uint8Array, name = "t.csv") => readTable(name, Buffer.from(text));

/** Columns as plain lists: numbers where they are, else words. */
const columns = (table: Table) =>
  Object.fromEntries(table.names.map((n) => [n, [...(table.numeric.get(n) ?? table.text.get(n)!)]]));

const spelled = (table: Table, name: string) => {
  const word = columnText(table, name)!;
  return Array.from({ length: table.length }, (_, row) => word(row));
};

const galaxies = { id: ["g1", "g2"], kind: ["spiral", "round"], mag: [17.25, -3] };

test("names with blanks in a comment are names where no line of names follows", async () => {
  const table = await read("# id,RA (deg),mag g\n7,150.1,17.25\n8,150.2,18.5\n");
  assert.deepEqual(table.names, ["id", "RA (deg)", "mag g"]);
  assert.deepEqual([...table.numeric.get("RA (deg)")!], [150.1, 150.2]);
  // The first line is one of names: the comment is a remark.
  const remark = await read("# made by hand, twice, in Oslo\nid,ra,mag\n7,150.1,17.25\n");
  assert.deepEqual(remark.names, ["id", "ra", "mag"]);
});

test("a point in a column of words says nothing of the decimals; numbers are spelled as the file has them", async () => {
  const table = await read("name;mag\n12.10;17,25\nfield 3;18,5\n");
  assert.deepEqual(columns(table), { name: ["12.10", "field 3"], mag: [17.25, 18.5] });
  assert.equal(columnText(table, "mag")!(0), "17,25");
  const points = await read("name;mag;pair\na;17.25;1,2\nb;18.5;3,4\n");
  assert.deepEqual([points.numeric.get("mag")![0], points.text.get("pair")![0]], [17.25, "1,2"]);
});

test("the same rows are read however a program lays them out", async () => {
  const layouts: Record<string, string> = {
    CSV: "id,kind,mag\ng1,spiral,17.25\ng2,round,-3\n",
    "no newline at the end": "id,kind,mag\ng1,spiral,17.25\ng2,round,-3",
    "Windows lines and a byte order mark": "\uFEFFid,kind,mag\r\ng1,spiral,17.25\r\ng2,round,-3\r\n",
    "old Mac lines": "id,kind,mag\rg1,spiral,17.25\rg2,round,-3\r",
    TSV: "id\tkind\tmag\ng1\tspiral\t17.25\ng2\tround\t-3\n",
    semicolons: "id;kind;mag\ng1;spiral;17.25\ng2;round;-3\n",
    "decimal commas": "id;kind;mag\ng1;spiral;17,25\ng2;round;-3\n",
    "tabs and decimal commas": "id\tkind\tmag\ng1\tspiral\t17,25\ng2\tround\t-3,0\n",
    "thousands in between": "id;kind;mag\ng1;spiral;17,25\ng2;round;-3,000\n",
    bars: "id|kind|mag\ng1|spiral|17.25\ng2|round|-3\n",
    "Excel's first line": "sep=;\nid;kind;mag\ng1;spiral;17.25\ng2;round;-3\n",
    "SkyServer's first line": "#Table1\nid,kind,mag\ng1,spiral,17.25\ng2,round,-3\n",
    "comments first":
      "# made by hand\n# units: none, none, mag\n\nid,kind,mag\ng1,spiral,17.25\n# cut here\ng2,round,-3\n",
    "names in a comment": "# id kind mag\ng1 spiral 17.25\ng2 round -3\n",
    "names in a comment, commas below": "#id,kind,mag\ng1,spiral,17.25\ng2,round,-3\n",
    "blanks, lined up": "id  kind     mag\ng1  spiral 17.25\ng2  round     -3\n",
    "VizieR's units and dashes":
      "#RESOURCE=yCat_1\n#Name: x\n\nid;kind;mag\n ;;mag\n--;------;-----\ng1;spiral;17.25\ng2;round;-3\n",
    "comments between rows alone": "id,kind,mag\n# field A\ng1,spiral,17.25\n#field B\ng2,round,-3\n",
    "TOPCAT's text":
      "+----+--------+-------+\n| id | kind   | mag   |\n+----+--------+-------+\n| g1 | spiral | 17.25 |\n| g2 | round  | -3    |\n+----+--------+-------+\n",
    Markdown: "| id | kind | mag |\n|:---|:----:|----:|\n| g1 | spiral | 17.25 |\n| g2 | round | -3 |\n",
    "astropy's fixed_width": "| id |   kind |   mag |\n| g1 | spiral | 17.25 |\n| g2 |  round |    -3 |\n",
    SExtractor:
      "#   1 id    Name\n#   2 kind   Morphology\n#   3 mag   Magnitude   [mag]\n g1 spiral 17.25\n g2 round -3\n",
    "a typographer's minus": "id,kind,mag\ng1,spiral,17.25\ng2,round,\u22123\n",
    "separators at the ends": "id,kind,mag,\ng1,spiral,17.25,\ng2,round,-3,\n",
    quotes: '"id","kind","mag"\n"g1","spiral","17.25"\n"g2","round","-3"\n',
    ECSV: "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: id, datatype: string}\n# - {name: kind, datatype: string}\n# - {name: mag, unit: mag, datatype: float64}\n# meta: !!omap\n# - {made: by hand}\n# schema: astropy-2.0\nid kind mag\ng1 spiral 17.25\ng2 round -3.0\n",
  };
  for (const [how, text] of Object.entries(layouts)) {
    const table = await read(text);
    assert.deepEqual(columns(table), galaxies, how);
    assert.equal(table.length, 2, how);
    assert.deepEqual(table.notes, [], how);
  }
  const packed = await read(gzipSync(layouts.semicolons));
  assert.deepEqual(columns(packed), galaxies);
});

test("R's names of rows are a column without a name; SExtractor's columns of several values get numbers", async () => {
  const table = await read('"id" "mag"\n"1" "g1" 17.5\n"2" "g2" NA\n');
  assert.deepEqual(columns(table), { "": [1, 2], id: ["g1", "g2"], mag: [17.5, Number.NaN] });
  const tabs = await read('"id"\t"mag"\n"1"\t"g1"\t17.5\n"2"\t"g2"\tNA\n');
  assert.deepEqual(columns(tabs), columns(table));
  // A broken row is no name of one.
  await assert.rejects(read('"id","mag"\n"g1","17.5","x"\n"g2","3","x"\n'), /row 1 has 3 values under 2/);
  const flux = await read("# 1 NAME Name\n# 2 FLUX Fluxes [Jy]\n# 4 FLAG Flag\na 1 2 0\nb 3 4 1\n");
  assert.deepEqual(flux.names, ["NAME", "FLUX_1", "FLUX_2", "FLAG"]);
});

test("lines above the header are asked to be comments", async () => {
  const why =
    /row 1 has 3 values under 1 column names; where lines stand above the header, start them with #/;
  await assert.rejects(read("% made by hand\nid,kind,mag\ng1,spiral,1\n"), why);
});

test("a header is not mistaken: names, comments with commas, words under a comment", async () => {
  const table = await read("# two, three, four\nname,label,ra\na,s,1\nb,r,2\n");
  assert.deepEqual(table.names, ["name", "label", "ra"]);
  assert.deepEqual((await read("# one,two\nid,label\na,s\nb,r\n")).names, ["id", "label"]);
  assert.deepEqual((await read("# id,label\na,s\nb,r\n")).names, ["id", "label"]);
  assert.deepEqual((await read("id\na\nb\n")).names, ["id"]);
  assert.deepEqual(columns(await read('id,note\na,"one, two"\nb,"say ""three"""\n')).note, [
    "one, two",
    'say "three"',
  ]);
  // A row that begins with # is one where no comment came before.
  assert.deepEqual(columns(await read("id,label\n#1,s\n#2,r\n")).id, ["#1", "#2"]);
});

test("encodings: UTF-8, UTF-16 with and without a mark, and Latin-1, which is said", async () => {
  const text = "id,label\na,étoile\nb,galaxie\nc,Pégase\n";
  const want = ["étoile", "galaxie", "Pégase"];
  const bigEndian = Buffer.from(`\uFEFF${text}`, "utf16le").swap16();
  for (const bytes of [Buffer.from(text), Buffer.from(`\uFEFF${text}`, "utf16le"), bigEndian]) {
    const table = await read(bytes);
    assert.deepEqual(columns(table).label, want);
    assert.deepEqual(table.notes, []);
  }
  assert.deepEqual(columns(await read(Buffer.from("id,x\na,1\nb,2\n", "utf16le"))).x, [1, 2]);
  const latin = await read(Buffer.from(text, "latin1"));
  assert.deepEqual(columns(latin).label, want);
  assert.match(latin.notes![0], /not UTF-8 .* Latin-1/);
  // The first byte that is not UTF-8 may come late.
  const late = await read(Buffer.from(`id,label\n${"x,round\n".repeat(300_000)}z,caf\u00e9\n`, "latin1"));
  assert.equal(late.text.get("label")!.at(-1), "café");
  assert.equal(late.length, 300_001);
});

test("words for missing values leave a column of numbers one", async () => {
  const words = [
    "NA",
    "n/a",
    "NaN",
    "nan",
    "null",
    "NULL",
    "None",
    "<NA>",
    "#N/A",
    "--",
    "-",
    "...",
    "?",
    "",
  ];
  for (const word of [...words, "\\N", "1.#IND", "masked"]) {
    const table = await read(`id,smooth\na,0.5\nb,${word}\nc,7\n`);
    assert.deepEqual(columns(table).smooth, [0.5, Number.NaN, 7], word);
  }
  const answers = await read("id,bar\na,none\nb,weak\nc,none\n");
  assert.deepEqual(columns(answers).bar, ["none", "weak", "none"], "words among words stay");
});

test("text stays as it is written, also where it could be a number", async () => {
  const names = ["12.10", "12.1", "1e5", "100000", "+3", "3", "-0", "0.000", "True", "1.50e2"];
  const table = await read(`name,n\n${names.map((n, i) => `${n},${i}`).join("\n")}\n`);
  assert.deepEqual(spelled(table, "name"), names);
  // A word that comes last makes the column text without changing what came before.
  const mixed = await read(`name\n${[...names, "abc"].join("\n")}\n`);
  assert.deepEqual(columns(mixed).name, [...names, "abc"]);
  assert.deepEqual(columns(await read("id\n007\n010\n")).id, ["007", "010"]);
  assert.deepEqual(columns(await read("id\n0012e4\n0013e4\n")).id, ["0012e4", "0013e4"]);
  assert.deepEqual(columns(await read("id\n587739505552785605\n1\n")).id, ["587739505552785605", "1"]);
  // Every spelling at once, more of them than have a code of their own.
  const many = Array.from({ length: 400 }, (_, i) => (i % 3 ? `${i}e-2` : (i / 7).toFixed(12)));
  const whole = await read(`x\n${many.join("\n")}\n`);
  assert.deepEqual(spelled(whole, "x"), many);
  assert.deepEqual(columns(whole).x, many.map(Number));
});

test("decimals behind a zero are numbers, and keep their spelling where they are names", async () => {
  const words = { ra: ["005.123456", "+01.5"], dec: ["-04.500000", "00.25"], comma: ["005,5", "-01,25"] };
  const lines = [0, 1].map((row) => Object.values(words).map((list) => list[row]));
  const table = await read(`ra,dec\n${lines.map(([ra, dec]) => `${ra},${dec}`).join("\n")}\n`);
  assert.deepEqual(columns(table), { ra: [5.123456, 1.5], dec: [-4.5, 0.25] });
  for (const name of ["ra", "dec"] as const) assert.deepEqual(spelled(table, name), words[name]);
  const commas = await read(`id;comma\n${lines.map((line, i) => `g${i};${line[2]}`).join("\n")}\n`);
  assert.deepEqual(columns(commas).comma, [5.5, -1.25]);
});

test("points are thousands where a cell such as 1.234,5 shows it, and nowhere else", async () => {
  const flux = ["1.234,5", "2,5", "-1.234.567,0", "..."];
  const n = ["1.234", "2.345", "12.000", "7"];
  const lines = (second: readonly string[]) => second.map((word, i) => `g${i};${flux[i]};${word}`).join("\n");
  const table = await read(`id;flux;n\n${lines(n)}\n`);
  assert.deepEqual(columns(table).n, [1234, 2345, 12000, 7]);
  assert.deepEqual(columns(table).flux, [1234.5, 2.5, -1234567, Number.NaN]);
  assert.deepEqual([spelled(table, "flux"), spelled(table, "n")], [flux, n]);
  // Nothing shows it here; and 0.123, a fraction, speaks against it.
  assert.deepEqual(columns(await read("id;n\na;1.234\nb;2.345\n")).n, [1.234, 2.345]);
  assert.deepEqual(columns(await read(`id;flux;n\n${lines(["1.234", "0.123"])}\n`)).n, [1.234, 0.123]);
});

test("a column of numbers but for one word is text, and the note names the row", async () => {
  const { notes, text } = await read("id,flux\na,1.5\nb,2.5\nc,<0.5\nd,3.5\ne,4.5\nf,6\n");
  assert.equal(text.get("flux")![2], "<0.5");
  assert.match(notes![0], /"flux" is text, not numbers, because row 3 says "<0.5"/);
  assert.match(
    (await read('id,n\na,"1,234"\nb,"2,345"\nc,"3,456"\nd,"4,567"\ne,"5,678"\n')).notes![0],
    /"n" is text/,
  );
});

test("what is no table that is read here is refused by name, with what to do instead", async () => {
  const refused: [string, string | Uint8Array, RegExp][] = [
    ["a.tbl", "\\fixlen = T\n|  ra |  id |\n| double | char |\n  1.0  a\n", /IPAC table.*ascii\.ipac/],
    ["b.tbl", "|  ra |  id |\n| double | char |\n  1.0  a\n", /IPAC table/],
    ["a.json", '[{"id": "a", "label": "s"}]', /JSON.*read_json/],
    ["b.json", '{\n "a": 1}', /JSON/],
    ["a.h5", Buffer.from("\x89HDF\r\n\x1a\n00000000", "latin1"), /HDF5/],
    ["a.xlsx", Buffer.from("PK\x03\x04........", "latin1"), /spreadsheet.*read_excel/],
    [
      "a.npz",
      Buffer.from(`PK\x03\x04-${"\0".repeat(21)}\x09\0\x14\0feats.npy`, "latin1"),
      /archive of NumPy arrays.*np\.save\("features\.npy"/,
    ],
    ["a.csv", "<!DOCTYPE html><html>sign in</html>", /web page/],
    ["a.db", Buffer.from("SQLite format 3\0....", "latin1"), /SQLite/],
    ["a.mrt", "Title: x\nAuthors: y\nByte-by-byte Description of file: a\n", /MRT table/],
    ["a.csv", Buffer.from([1, 2, 0, 0, 9, 200, 0, 3, 0, 0]), /neither text nor/],
    ["a.csv", "", /empty \(0 bytes\)/],
    ["a.csv", "a,a\n1,2\n", /header has "a" twice/],
    ["a.csv", "id,x\na,1\nb\n", /row 2 has 1 values under 2 column names/],
    ["a.ecsv", "# %ECSV 1.0\n# ---\n# datatypo: []\nid\na\n", /lists no columns/],
    ["a.csv.gz", gzipSync("id,x\na,1\n").subarray(0, 20), /cut short/],
  ];
  for (const [name, bytes, why] of refused)
    await assert.rejects(read(bytes, name), (e: Error) => {
      assert.match(e.message, why);
      assert.ok(e.message.startsWith(`The table ${name} cannot be read: `), e.message);
      return true;
    });
});

test("a gzipped table that expands beyond all reason is refused before it is unpacked", async () => {
  const bomb = gzipSync(Buffer.alloc(80 * 2 ** 20, "a,b\n"), { level: 9 });
  await assert.rejects(read(bomb, "bomb.csv.gz"), /250 times its size: a decompression bomb/);
});

test("ECSV: types are those of its header, arrays are left out and named", async () => {
  const table = await read(
    '# %ECSV 1.0\n# ---\n# delimiter: ","\n# datatype:\n# - {name: id, datatype: string}\n# - {name: n, datatype: int64}\n# - {name: v, datatype: string, subtype: "float64[3]"}\n# - {name: ok, datatype: bool}\nid,n,v,ok\n12.10,3,"[1,2,3]",True\n12.1,,"[4,5,6]",False\n',
    "t.ecsv",
  );
  assert.deepEqual(columns(table), { id: ["12.10", "12.1"], n: [3, Number.NaN], ok: [1, 0] });
  assert.match(table.notes![0], /left out \(v\)/);
});
