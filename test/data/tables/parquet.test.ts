import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { openParquet } from "../../../lib/data/tables/parquet-file.js";
import { readTable } from "../../../lib/data/tables/read-table.js";
import { writeParquet } from "../../../lib/data/tables/write-parquet.js";
import { scratch } from "../../scratch.js";

const n = 2500;
const ids = Array.from({ length: n }, (_, i) => (i % 2 ? `${i}.10` : `g${i}`));
const whole = Buffer.from(
  parquetWriteBuffer({
    columnData: [
      { name: "id", data: ids, type: "STRING" },
      { name: "flux", data: Float64Array.from({ length: n }, (_, i) => i / 3), type: "DOUBLE" },
      {
        name: "n",
        data: Array.from({ length: n }, (_, i) => (i % 5 ? i : null)),
        type: "INT32",
        nullable: true,
      },
      { name: "source_id", data: Array.from({ length: n }, (_, i) => 2n ** 60n + BigInt(i)), type: "INT64" },
      { name: "ring", data: Array.from({ length: n }, (_, i) => i % 3 === 0), type: "BOOLEAN" },
    ],
    kvMetadata: [{ key: "made", value: "here" }],
    rowGroupSize: 1000,
  }),
);

test("a parquet is read by columns, over its row groups, from a file, from bytes and gzipped", async (t) => {
  const path = join(scratch(t), "t.parquet");
  writeFileSync(path, whole);
  for (const table of [
    await readTable(path),
    await readTable("t.parquet", whole),
    await readTable("t.parquet.gz", gzipSync(whole)),
  ]) {
    assert.equal(table.length, n);
    assert.deepEqual(table.text.get("id"), ids, "text stays text, also where it could be a number");
    assert.equal(table.numeric.get("flux")![2499], 833);
    assert.deepEqual([...table.numeric.get("n")!.subarray(0, 3)], [Number.NaN, 1, 2]);
    assert.equal(table.text.get("source_id")![2499], String(2n ** 60n + 2499n), "a double would round it");
    assert.deepEqual([...table.numeric.get("ring")!.subarray(0, 4)], [1, 0, 0, 1]);
  }
  const some = await readTable(path, undefined, { columns: ["flux", "absent"] });
  assert.deepEqual(some.names, ["flux"]);
  const file = await openParquet(path);
  assert.deepEqual([file.rows, file.notes.get("made")], [n, "here"]);
  await file.close();
});

test("identifiers keep their digits as DECIMAL and their letters as bytes; bytes that are no text are left out", async () => {
  const id = 1237648720693756001n; // as SDSS has them; a double makes ...6000 of it
  const text = (word: string, nuls: number) => Uint8Array.from(Buffer.from(word + "\0".repeat(nuls)));
  const fixed = (name: string, type_length: number) =>
    ({ name, type: "FIXED_LEN_BYTE_ARRAY", type_length, repetition_type: "REQUIRED" }) as const;
  const decimal = { converted_type: "DECIMAL", precision: 19, repetition_type: "OPTIONAL" } as const;
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: "id", data: [id, null, 7n] },
      { name: "wide", data: [id, -id, null] },
      { name: "price", data: [1.25, -3, null] },
      { name: "name", data: [text("J0001", 0), text("J2", 3), text("é", 3)] },
      { name: "word", data: ["a", "bc", ""].map((word) => text(word, 0)) },
      { name: "hash", data: [text("ok", 0), Uint8Array.of(1, 255), text("ok", 0)] },
    ],
    schema: [
      { name: "root", num_children: 6 },
      { name: "id", type: "INT64", scale: 0, ...decimal },
      { ...fixed("wide", 9), ...decimal }, // as pyarrow writes decimal128(19, 0)
      { name: "price", type: "INT64", scale: 2, ...decimal },
      fixed("name", 5),
      { name: "word", type: "BYTE_ARRAY", repetition_type: "REQUIRED" },
      fixed("hash", 2),
    ],
  });
  const table = await readTable("t.parquet", Buffer.from(bytes));
  assert.deepEqual(table.text.get("id"), [String(id), "", "7"]);
  assert.deepEqual(table.text.get("wide"), [String(id), String(-id), ""]);
  assert.deepEqual([...table.numeric.get("price")!], [1.25, -3, Number.NaN]);
  assert.deepEqual(table.text.get("name"), ["J0001", "J2", "é"]);
  assert.deepEqual(table.text.get("word"), ["a", "bc", ""]);
  assert.deepEqual(table.names, ["id", "wide", "price", "name", "word"]);
  assert.deepEqual(table.notes, ["columns of bytes that are no text were left out (hash)"]);
});

test("parquet's types have their values, or are left out by name", async () => {
  const utf8 = (word: string) => Uint8Array.from(Buffer.from(word));
  const moment = 1600000000123456789n; // 2020-09-13T12:26:40.123456789Z
  const timestamp = (unit: string) =>
    ({ type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit } }) as const;
  const json = '{"id":1237648720693756001}';
  const types: [element: object, stored: unknown[], read: (string | number)[] | string][] = [
    [{ type: "BYTE_ARRAY", converted_type: "JSON" }, [{ a: [1] }, null], ['{"a":[1]}', ""]],
    [{ type: "BYTE_ARRAY", logical_type: { type: "JSON" } }, [utf8(json), null], [json, ""]],
    [{ type: "BYTE_ARRAY", converted_type: "ENUM" }, [utf8("a"), null], ["a", ""]],
    [
      { type: "INT32", converted_type: "DECIMAL", precision: 9, scale: 2 },
      [57n, null, -29n],
      [0.57, Number.NaN, -0.29],
    ],
    // Known by the newer of its two names only.
    [
      { type: "INT64", logical_type: { type: "DECIMAL", precision: 18, scale: 3 } },
      [57n, null],
      [0.057, Number.NaN],
    ],
    [{ type: "INT32", logical_type: { type: "DATE" } }, [18000, null, -1], ["2019-04-14", "", "1969-12-31"]],
    [timestamp("MILLIS"), [moment / 1000000n, null], ["2020-09-13T12:26:40.123Z", ""]],
    [timestamp("MICROS"), [moment / 1000n, null], ["2020-09-13T12:26:40.123456Z", ""]],
    [timestamp("NANOS"), [moment, -1n], ["2020-09-13T12:26:40.123456789Z", "1969-12-31T23:59:59.999999999Z"]],
    [
      { type: "INT64", converted_type: "TIMESTAMP_MICROS" },
      [-1n, 0n],
      ["1969-12-31T23:59:59.999999Z", "1970-01-01"],
    ],
    [{ type: "INT64", converted_type: "TIME_MICROS" }, [3600000001n, null], ["01:00:00.000001", ""]],
    [
      { type: "INT64", converted_type: "UINT_64" },
      [2n ** 64n - 1n, null, 5n],
      [String(2n ** 64n - 1n), "", "5"],
    ],
    [{ type: "INT32", converted_type: "UINT_32" }, [2 ** 32 - 1, null], [2 ** 32 - 1, Number.NaN]],
    [
      { type: "FIXED_LEN_BYTE_ARRAY", type_length: 2, logical_type: { type: "FLOAT16" } },
      [1.5, null, 65504],
      [1.5, Number.NaN, 65504],
    ],
    [
      { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, logical_type: { type: "UUID" } },
      ["00112233-4455-6677-8899-aabbccddeeff", null],
      ["00112233-4455-6677-8899-aabbccddeeff", ""],
    ],
    [
      { type: "FIXED_LEN_BYTE_ARRAY", type_length: 12, converted_type: "INTERVAL" },
      [new Uint8Array(12), null],
      "intervals of time",
    ],
    [{ type: "BYTE_ARRAY", converted_type: "BSON" }, [new Uint8Array(5), null], "BSON"],
    [
      { type: "BYTE_ARRAY", logical_type: { type: "GEOMETRY" } },
      [{ type: "Point", coordinates: [1, 2] }, null],
      "shapes on a map",
    ],
  ];
  for (const [element, stored, read] of types) {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: "x", data: stored },
        { name: "n", data: stored.map((_, i) => i) },
      ],
      schema: [
        { name: "root", num_children: 2 },
        { name: "x", repetition_type: "OPTIONAL", ...element },
        { name: "n", type: "INT32", repetition_type: "REQUIRED" },
      ],
    });
    const { numeric, text, notes } = await readTable("t.parquet", Buffer.from(bytes));
    const values = numeric.get("x") ?? text.get("x");
    const said = JSON.stringify(element);
    if (typeof read === "string") {
      assert.equal(values, undefined, said);
      assert.deepEqual(notes, [`columns of ${read} were left out (x)`]);
    } else assert.deepEqual([...values!], read, said);
    assert.deepEqual(numeric.get("n"), Float64Array.from(stored.keys()));
  }
});

test("a column of text is text, whatever its words look like; of no rows, none is", async () => {
  const path = join(scratch(), "digits.parquet");
  const read = async (id: string[]) => {
    await writeParquet(path, [[{ name: "id", type: "STRING", data: id }]]);
    const { text, numeric } = await readTable(path, undefined, { columns: ["id"] });
    return text.get("id") ?? numeric.get("id");
  };
  for (const id of [["588017702948962343", "0012"], ["7"], ["NaN", "-", ""]])
    assert.deepEqual(await read(id), id);
  assert.deepEqual(await read([]), new Float64Array(0));
});

test("files one behind the other, at once and behind a damaged one are each their own", async (t) => {
  const folder = scratch(t);
  const write = (k: number) => {
    const data = Float64Array.from({ length: 3 + k }, (_, i) => 100 * k + i);
    const path = join(folder, `${k}.parquet`);
    const columnData = [{ name: "x", data, type: "DOUBLE" as const }];
    writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData })));
    return { path, data };
  };
  const files = [0, 1, 2, 3].map(write);
  const right = async ({ path, data }: (typeof files)[0]) =>
    assert.deepEqual((await readTable(path)).numeric.get("x"), data);
  for (const file of files) await right(file);
  await Promise.all(files.map(right));
  await assert.rejects(readTable("t.parquet", whole.subarray(0, 500)), /not a whole parquet/);
  await right(files[1]);

  const first = await openParquet(files[0].path);
  await first.close();
  const second = await openParquet(files[1].path);
  await first.close(); // again: the thread is the other's now
  await assert.rejects(first.read("x").next(), /closed before/);
  const { value } = await second.read("x").next();
  assert.deepEqual(value!.values, files[1].data);
  await second.close();
});

/** The file with the number of rows in its footer made another, which takes more bytes. */
function claims(rows: Uint8Array): Buffer {
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
  const text = whole.subarray(footer, whole.length - 8);
  // 2500 rows: the zigzag varint of 5000.
  const at = text.indexOf(Buffer.from([0x88, 0x27]));
  assert.ok(at > 0);
  const grown = Buffer.concat([text.subarray(0, at), rows, text.subarray(at + 2)]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(grown.length);
  return Buffer.concat([whole.subarray(0, footer), grown, length, Buffer.from("PAR1")]);
}

test("a parquet that promises rows which are not there is refused before anything is allocated", async () => {
  const before = process.memoryUsage().rss;
  // The zigzag varint of 10^9.
  const bytes = claims(Buffer.from([0x80, 0xa8, 0xd6, 0xb9, 0x07]));
  await assert.rejects(
    readTable("t.parquet", bytes),
    /promises 1000000000 rows and its row groups have 2500: it is damaged/,
  );
  assert.ok(process.memoryUsage().rss - before < 400e6, "eight gigabytes would have been needed");
});

test("a damaged parquet is one error that can be caught, wherever the damage is", async () => {
  const stray: unknown[] = [];
  const listen = (error: unknown) => stray.push(error);
  process.on("unhandledRejection", listen);
  try {
    const cut = [whole.subarray(0, 600), whole.subarray(0, whole.length - 9), Buffer.from("PAR1PAR1PAR1")];
    for (const bytes of cut) await assert.rejects(readTable("t.parquet", bytes), /cannot be read: it is/);
    const zeros = Buffer.from(whole).fill(0, 8, 4000);
    await assert.rejects(readTable("t.parquet", zeros), /cannot be read/);
    await new Promise((go) => setTimeout(go, 50));
    assert.deepEqual(stray, []);
  } finally {
    process.off("unhandledRejection", listen);
  }
});

/** A table of three columns with one byte changed, on which the decoder works for ever without a pause. */
const endless = [
  "UEFSMRUGFaAEFdwCXBVQFQAAAAAQFQQVAAAAUAGOAhQCAAAAZzAFBgAxBQYAMgUGADMFBgA0BQYANQUGADYFBgA3BQYAOAUGBDkD",
  "ATwEMTAJBwAxCQcAMgkHADMJBwA0CQcANQkHADYJBwA3CQcAOAkHBDkDAUYAMglGADIJRgAyCUYEMjMJHAA0CQcJRgAyCUYAMglG",
  "ADIJRggyOQMBRgAzCUYAMwlGADMJRgAzCUYAMwlGBDM1CSoJRgAzCUYgMzgDAAAAZzM5FQYVhAUV9AJcFVAVABVQFQAVBBUAAABQ",
  "AcACAAAFAQReQAUHBCBjCQgEwGYJCASAaQkIBCBrCQgAgA0IBGBqCRAEAGgJCAjAZEAFQATAYAkIBEBZCQgEgFEJCAQARg0IADsN",
  "CAA0DQgAOAkIBIBDCQgEAE8NCABXCQgEQF8JCACgDZgEQGcJEADgDZgAQBGQDQgAIA2YAKANKAAgDZgAAACAAAAAAEAEgFANCABE",
  "CQgEADkNCBGYADoNEABFCQgRMABADUAoQGBAAAAAAABAZEAVBhXEAhXGAlwVUBUAFVAVABUEFQAAAFABoAHwjXgAAACZAAAAtgAA",
  "AMwAAADZAAAA3AAAANMAAADAAAAApgAAAIYAAABlAAAARgAAACwAAAAbAAAAFAAAABgAAAAnAAAAPgAAAFwAAAB9AAAAnQAAALoA",
  "AADPAAAA2gAAANsAAADRAAAAvQAAAKEAAACBAAAAYAAAAEIAAAApAAAAGQAAABQAAAAaAAAAKgAJGCxhAAAAggAAAKIAAAAVBBlM",
  "SARyb290FQYAFQwlAhgCaWQlAAAVCiUCGAF2ABUCJQIYAW4AFlAZHBk8JggcFQwZFQAZGAJpZBUCFlAWzgQWigMmCDw2ACgCZzkY",
  "AmcwABkcFQYVABUCAAAAJpIDHBUKGRUAGRgBdhUCFlAWsgUWogMmkgM8NgAoCAAAAAAAgGtAGAgAAAAAAAA0QDYAABkcFQYVABUC",
  "AAAAJrQGHBUCGRUAGRgBbhUCFlAW8gIW9AImtAY8NgAoBNwAAAAYBBQAAAAAGRwVBhUAFQIAAAAW8gwWUDagCQAoCWh5cGFycXVl",
  "dBk8HAAAHAAAHAAAAPIAAABQQVIx",
].join("");

test("a damaged parquet that would keep the decoder busy for ever is refused", async () => {
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 20);
  try {
    await assert.rejects(
      readTable("t.parquet", Buffer.from(endless, "base64")),
      /does not come to an end: it is damaged/,
    );
  } finally {
    clearInterval(ticking);
  }
  assert.ok(ticks > 10, "everything else goes on meanwhile");
});
