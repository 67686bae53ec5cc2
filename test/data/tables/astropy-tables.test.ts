import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { readTable } from "../../../lib/data/tables/read-table.js";
import { columnText } from "../../../lib/data/tables/table.js";
import { scratch } from "../../scratch.js";
import { patch } from "../archives/make-archives.js";

interface Case {
  name: string;
  file: string;
  unit: string | number | null;
  left: string[];
  bytes: string;
  columns: Record<string, (number | string | null)[]>;
}

const { cases } = JSON.parse(readFileSync("test/reference/data-tables.json", "utf8")) as { cases: Case[] };
const bytesOf = (c: Case) => gunzipSync(Buffer.from(c.bytes, "base64"));
const named = (name: string) => bytesOf(cases.find((c) => c.name === name)!);

test("FITS, VOTable and ECSV files of astropy have astropy's values", async (t) => {
  const dir = scratch(t);
  assert.ok(cases.length >= 18, `${cases.length} cases`);
  for (const c of cases) {
    const path = join(dir, c.file);
    writeFileSync(path, bytesOf(c));
    const table = await readTable(c.unit === null ? path : `${path}[${c.unit}]`);
    assert.deepEqual(table.names, Object.keys(c.columns), c.name);
    for (const [name, want] of Object.entries(c.columns)) {
      const got = table.numeric.get(name) ?? table.text.get(name)!;
      const isText = want.some((v) => typeof v === "string" && !/^-?inf$/.test(v));
      if (want.length) assert.equal(table.text.has(name), isText, `${c.name}: ${name}`);
      // Equal, not nearly: both sides read the same stored bytes.
      const number = (v: number | string | null) =>
        v === null ? Number.NaN : Number(String(v).replace("inf", "Infinity"));
      const wanted = want.map((v) => (isText ? String(v ?? "") : number(v)));
      assert.deepEqual([...got], wanted, `${c.name}: ${name}`);
    }
    const note = (table.notes ?? []).join("; ");
    for (const name of c.left) assert.ok(note.includes(name), `${c.name} leaves out ${name}: ${note}`);
    // The same from memory, and only what is asked for.
    const [first] = Object.keys(c.columns);
    if (c.unit === null) {
      const some = await readTable(c.file, bytesOf(c), { columns: [first] });
      assert.deepEqual(some.names, [first], c.name);
      assert.deepEqual(columnText(some, first)!.length, columnText(table, first)!.length);
    }
  }
});

test("of several tables the first is read and the others are named", async () => {
  const fits = await readTable("several.fits", named("the first of several tables, behind an image"));
  assert.match(fits.notes!.join(), /holds 2 tables; the others \(3 SECOND\) were not read/);
  const vo = await readTable("two.xml", named("VOTable of two tables, uneven arrays, tabledata"));
  assert.match(vo.notes!.join(), /holds 2 tables; the others \(1 t1\) were not read/);
});

test("damaged and foreign tables are refused in a sentence about the file", async () => {
  const fits = named("binary table, every type");
  const vo = named("VOTable, tabledata");
  const after = (element: string) => vo.toString().replace("</DATA>", `</DATA>${element}`);
  const error = `<VOTABLE><RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">No such column: foo</INFO></RESOURCE></VOTABLE>`;
  const bomb = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><VOTABLE><INFO name="x" value="&c;"/></VOTABLE>`;
  const refused: [string, Uint8Array | string, RegExp][] = [
    ["cut.fits", fits.subarray(0, fits.length - 2880), /truncated: \d of the 5 rows/],
    ["form.fits", patch(fits, "'12A     '", "'12Y     '"), /TFORM1 is "12Y", which no column/],
    ["wide.fits", patch(fits, "'12A     '", "'9999A   '"), /columns take \d+ bytes of a row/],
    ["image.fits", named("no rows").subarray(0, 2880), /none of its units \(0\) holds a table/],
    ["cut.vot", vo.subarray(0, vo.length / 2), /not well-formed XML/],
    ["other.xml", "<?xml version='1.0'?><svg></svg>", /XML but no VOTable/],
    ["error.vot", error, /server's error, not a table: "No such column: foo"/],
    ["bomb.vot", bomb, /not well-formed XML/],
    [
      "type.vot",
      patch(vo, 'datatype="short"', 'datatype="shart"'),
      /datatype shart, which VOTable does not know/,
    ],
    [
      "within.vot",
      patch(vo, "<TD>32000</TD>", "<TD><TD/></TD>"),
      /its element TD holds others, where text belongs/,
    ],
    ["late.vot", after('<FIELD name="x" datatype="int"/>'), /element FIELD comes after/],
    ["twice.vot", after("<DATA/>"), /element DATA comes after/],
    [
      "word.vot",
      patch(vo, "<TD>32000</TD>", "<TD>3200x</TD>"),
      /row 3, field "short": "3200x" is no value of the type short/,
    ],
  ];
  for (const [name, bytes, why] of refused)
    await assert.rejects(readTable(name, Buffer.from(bytes)), (e: Error) => {
      assert.match(e.message, why, name);
      return e.message.startsWith(`The table ${name} cannot be read: `);
    });
  const overflow = Buffer.from(
    vo
      .toString()
      .replace("</RESOURCE>", '<INFO name="QUERY_STATUS" value="OVERFLOW"/></RESOURCE>')
      .replace("</TABLE>", '</TABLE><INFO name="QUERY_STATUS" value="OVERFLOW"/>'),
  );
  assert.match((await readTable("cut.vot", overflow)).notes!.join(), /cut it short \(OVERFLOW\)/);
});

test("a VOTable row of fewer cells than fields, and a stream that is not base64, are refused", async () => {
  const read = (data: string) =>
    readTable(
      "t.vot",
      Buffer.from(
        '<VOTABLE><RESOURCE><TABLE><FIELD name="a" datatype="int"/><FIELD name="b" datatype="int"/>' +
          `<DATA>${data}</DATA></TABLE></RESOURCE></VOTABLE>`,
      ),
    );
  const rows = "<TR><TD>1</TD><TD>2</TD></TR><TR><TD>3</TD></TR>";
  await assert.rejects(read(`<TABLEDATA>${rows}</TABLEDATA>`), /row 2 has 1 cells where there are 2 fields/);
  await assert.rejects(
    read('<BINARY><STREAM encoding="gzip">H4sI</STREAM></BINARY>'),
    /is in gzip, and base64/,
  );
});
