import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { readNotebook } from "../environment/runner/notebook-file.js";
import { decodeImage } from "../lib/data/images/decode-image.js";
import { openStack, readStackIndex } from "../lib/data/images/image-stack.js";
import { writeStack } from "../lib/data/images/write-stack.js";
import { readTable } from "../lib/data/tables/read-table.js";
import { readLog } from "../lib/discovery/active-learning-log.js";
import { readLabels } from "../lib/discovery/label-file.js";
import { readSafetensors } from "../lib/nn/safetensors.js";
import { ledger } from "../lib/study/ledger.js";
import { readReceipt, receiptPath } from "../lib/survey/receipts.js";
import { readPlan } from "../lib/survey/survey-plan.js";
import { picture } from "./data/archives/make-archives.js";
import { scratch } from "./scratch.js";

/** What `test/fuzz.ts` found: files that were accepted in silence, or refused in JavaScript's words. */
const javascript = /undefined|not a function|Cannot read prop|\[object|typed array|is not valid JSON$/;

test("a PNG whose checksums are wrong, or that ends early, is refused", async () => {
  const png = Buffer.from(await picture("png"));
  const data = png.indexOf("IDAT") + 12;
  for (const at of [data, data + 5, png.length - 2]) {
    const damaged = Buffer.from(png);
    damaged[at] ^= 0x10;
    await assert.rejects(
      decodeImage(damaged),
      /it is damaged: the checksum of its chunk "I(DAT|END)" at byte/,
    );
  }
  for (const length of [9, 40, data, png.length - 12, png.length - 1])
    await assert.rejects(decodeImage(png.subarray(0, length)), /it is truncated/);
  // A chunk that says it is longer than any file.
  const long = Buffer.from(png);
  long.writeUInt32BE(0xffffffff, 8);
  await assert.rejects(decodeImage(long), /it is truncated: it ends within a chunk/);
  assert.equal((await decodeImage(Buffer.concat([png, Buffer.from("behind the end")]))).width, 8);
});

test("bytes that are no text are no table, gzipped or not", async () => {
  const packed = gzipSync("id,label\na,b\n");
  packed[1] = 0;
  await assert.rejects(
    readTable("t.csv.gz", packed),
    /The table t\.csv\.gz cannot be read: it (is neither|has)/,
  );
  await assert.rejects(readTable("t.csv", packed.subarray(0, 1)), /control characters \(U\+001F\)/);
  await assert.rejects(
    readTable("t.csv", Buffer.from("id,label\na,\x01b\n")),
    /control characters \(U\+0001\)/,
  );
  // Ctrl-Z ends files of DOS, and form feeds stand in listings.
  const dos = await readTable("t.csv", Buffer.from("id,label\r\na,b\x1a\r\n"));
  assert.equal(dos.length, 1);
});

test("a parquet of which every byte in turn is damaged is refused in words, or is a table", async () => {
  const columnData = [{ name: "id", data: ["a", "b", "c"], type: "STRING" as const }];
  const whole = Buffer.from(parquetWriteBuffer({ columnData }));
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
  let refused = 0;
  for (let at = footer; at < whole.length - 8; at += 9) {
    const damaged = Buffer.from(whole);
    damaged[at] ^= 0x2c;
    await readTable("t.parquet", damaged).catch((error: Error) => {
      refused++;
      assert.match(error.message, /^The table t\.parquet cannot be read: /);
      assert.doesNotMatch(error.message, javascript);
    });
  }
  assert.ok(refused > 3, `${refused} refused`);
});

test("weights that do not say as what numbers they are stored are refused", async (t) => {
  const path = join(scratch(t), "w.safetensors");
  const header = Buffer.from(JSON.stringify({ "a.weight": { shape: [1], data_offsets: [0, 4] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(path, Buffer.concat([length, header, Buffer.alloc(4)]));
  await assert.rejects(readSafetensors(path), /stores "a\.weight" as no type, which is not supported/);
});

test("a label without a score, a log that names no object, are damaged", async (t) => {
  const dir = scratch(t);
  const labels = join(dir, "labels.jsonl");
  writeFileSync(labels, '{"id":"a","score":1}\n{"id":"b"}\n{"id":"c","score":2}\n');
  await assert.rejects(readLabels(labels), /Line 2 of .* is damaged \(its score is missing, and one is/);

  const log = join(dir, "log.json");
  const round = { round: 0, queried: [0, 1], scores: [1, null], acquisition: [null, null] };
  const whole = {
    format: "latent-sky active learning 1",
    features: { shape: [3, 2], digest: "d" },
    options: { start: [0, 1] },
    rounds: [round],
  };
  writeFileSync(log, JSON.stringify(whole));
  assert.equal((await readLog(log)).rounds.length, 1);
  for (const damaged of [
    { ...whole, rounds: [{ ...round, queried: [0, 3] }] },
    { ...whole, rounds: [{ ...round, queried: [0, "1"] }] },
    { ...whole, rounds: [{ ...round, scores: [1, "many"] }] },
    { ...whole, rounds: [{ ...round, acquisition: undefined }] },
    { ...whole, rounds: [null] },
    { ...whole, options: { start: [0, -1] } },
    { ...whole, features: { shape: [3, 2] } },
    { ...whole, features: null },
  ]) {
    writeFileSync(log, JSON.stringify(damaged));
    await assert.rejects(
      readLog(log),
      /log\.json is damaged: its rounds or options are missing, or name no object/,
    );
  }
});

test("a damaged index of a stack counts as none, so that the stack is made again", async (t) => {
  const path = join(scratch(t), "s");
  const plan = { key: "k", height: 2, width: 2, channels: 1, ids: ["a", "b"], chunkLength: 2 };
  const stack = await writeStack(path, plan, async () => ({
    images: [new Uint8Array(4), new Uint8Array(4)],
  }));
  await stack.close();
  const whole = JSON.parse(readFileSync(`${path}.json`, "utf8"));
  assert.notEqual(await readStackIndex(path), null);
  for (const damaged of [
    null,
    { ...whole, ids: ["a", 1] },
    { ...whole, ids: "ab" },
    { ...whole, height: 0 },
    { ...whole, indices: [0] },
    { ...whole, indices: [0, -1] },
    { ...whole, skipped: null },
  ]) {
    writeFileSync(`${path}.json`, JSON.stringify(damaged));
    assert.equal(await readStackIndex(path), null);
    await assert.rejects(openStack(path), /There is no complete image stack at/);
  }
});

test("a damaged plan, receipt, ledger and notebook are told as what they are", async (t) => {
  const dir = scratch(t);
  for (const text of ["{", "null", "[]"]) {
    writeFileSync(join(dir, "plan.json"), text);
    await assert.rejects(
      readPlan(dir),
      /plan\.json is (damaged: it is not JSON|no survey of this version); /,
    );
  }

  const receipt = receiptPath(dir, "features", 0);
  mkdirSync(dirname(receipt), { recursive: true });
  for (const damaged of [null, {}, { outputs: null }, { outputs: { "x.npy": null } }]) {
    writeFileSync(receipt, JSON.stringify(damaged));
    assert.equal(await readReceipt(dir, "features", 0), null);
  }

  process.env.LATENT_SKY_OUT = dir;
  const entry = { id: "epochs", value: 20, dataset: "mock", profile: "quick", notebook: "03" };
  for (const damaged of [{}, [null], [{ ...entry, dataset: undefined }], [{ ...entry, value: "20" }]]) {
    writeFileSync(join(dir, "ledger.json"), JSON.stringify(damaged));
    await assert.rejects(ledger(), /The ledger .* cannot be read; move it away/);
  }
  writeFileSync(join(dir, "ledger.json"), JSON.stringify([entry]));
  assert.ok((await ledger()).length > 10);

  const notebook = join(dir, "n.ipynb");
  const code = { cell_type: "code", source: "1", outputs: [] as unknown };
  for (const cell of [
    null,
    { ...code, cell_type: "other" },
    { ...code, outputs: "x" },
    { ...code, outputs: [{ output_type: "display_data" }] },
    { ...code, outputs: [{ output_type: "error" }] },
    { ...code, outputs: [{ output_type: "error", evalue: "e", traceback: "t" }] },
    { ...code, outputs: [null] },
  ]) {
    writeFileSync(notebook, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] }));
    await assert.rejects(
      readNotebook(notebook),
      /Cell 1 of the notebook .* (is none of|has) .*: open it in Jupyter/,
    );
  }
});
