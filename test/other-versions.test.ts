import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pack } from "tar-stream";
import { openArchive } from "../lib/data/archives/open-archive.js";
import { downloadFile } from "../lib/data/download/download-file.js";
import { STACK_FORMAT, stackFiles } from "../lib/data/images/image-stack.js";
import { writeStack } from "../lib/data/images/write-stack.js";
import { readLog } from "../lib/discovery/active-learning-log.js";
import { readLabels } from "../lib/discovery/label-file.js";
import { withLock } from "../lib/files/with-lock.js";
import { Checkpoints } from "../lib/nn/checkpoint.js";
import { preprocessVersion } from "../lib/preprocess/preprocess.js";
import { ledger, record } from "../lib/study/ledger.js";
import { type StageKeys, stageRecipes } from "../lib/study/stages.js";
import { StudyCache } from "../lib/study/study-cache.js";
import { trainedEncoders } from "../lib/study/trained-encoders.js";
import { readPlan } from "../lib/survey/survey-plan.js";
import { scratch } from "./scratch.js";
import { tinyStudy } from "./study/tiny-study.js";

/** What another version of the code left in a cache is refused, or made again, in a sentence: never read, never mixed. */
const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(path, change(readFileSync(path, "utf8")));

const plan = { key: "k", height: 4, width: 4, channels: 1, ids: ["a", "b", "c", "d"], chunkLength: 2 };
const chunkOf = (start: number, end: number) => ({
  images: Array.from({ length: end - start }, (_, k) => new Uint8Array(16).fill(start + k + 1)),
});

async function pixelsOf(path: string, asked: number[] = []): Promise<number[]> {
  const stack = await writeStack(path, plan, async (start, end) => {
    asked.push(start);
    return chunkOf(start, end);
  });
  const pixels = await stack.read([0, 1, 2, 3]);
  await stack.close();
  return [0, 1, 2, 3].map((i) => pixels[16 * i]);
}

test("a stack of another format is made again, and that is said", async (t) => {
  const path = join(scratch(t), "stack");
  const said = t.mock.method(console, "warn", () => {});
  await pixelsOf(path);
  const files = stackFiles(path);
  writeFileSync(files.pixels, new Uint8Array(64).fill(9));
  edit(files.index, (text) => text.replace(STACK_FORMAT, "latent-sky stack 99"));
  assert.deepEqual(await pixelsOf(path), [1, 2, 3, 4]);
  assert.match(
    String(said.mock.calls[0].arguments),
    /stack\.json is damaged or of another version.* made again/,
  );
});

test("a half-made stack of another format is not gone on with, nor its index put in place", async (t) => {
  const path = join(scratch(t), "stack");
  t.mock.method(console, "warn", () => {});
  const stop = async (start: number, end: number) => {
    if (start > 0) throw new Error("stopped");
    return chunkOf(start, end);
  };
  const again: number[] = [];
  for (const change of [
    (text: string) => text,
    (text: string) => text.replace(STACK_FORMAT, "latent-sky stack 99"),
    (text: string) => text.replace(/"format":"[^"]*",/, ""),
    (text: string) => text.replace('"end":', '"until":'),
  ]) {
    await assert.rejects(writeStack(path, plan, stop), /stopped/);
    edit(`${path}.partial.jsonl`, change);
    const asked: number[] = [];
    assert.deepEqual(await pixelsOf(path, asked), [1, 2, 3, 4]);
    again.push(asked[0]);
    const index = readFileSync(stackFiles(path).index, "utf8");
    // What is left when a process dies between its last two renames.
    writeFileSync(stackFiles(path).pixels, new Uint8Array(64).fill(9));
    writeFileSync(`${path}.next.json`, index.replace(STACK_FORMAT, "latent-sky stack 99"));
    writeFileSync(stackFiles(path).index, "");
    assert.deepEqual(await pixelsOf(path), [1, 2, 3, 4]);
    writeFileSync(stackFiles(path).index, "");
  }
  assert.deepEqual(again, [2, 0, 0, 0], "only the journal of this version saves its chunk");
});

test("a run whose newest checkpoint is another version's neither goes on from an older one nor writes beside it", async (t) => {
  const checkpoints = new Checkpoints(join(scratch(t), "run"));
  const state = (epoch: number) => ({ epoch, step: epoch, settings: {}, log: [] });
  const tensors = new Map([["w", { shape: [2], data: Float32Array.of(1, 2) }]]);
  await checkpoints.save(state(1), tensors);
  await checkpoints.save(state(2), tensors);
  const newest = join(checkpoints.folder, "epoch-0002.json");
  edit(newest, (text) => {
    const [, body] = /"checkpoint":(.*)\}\n$/s.exec(text)!;
    const other = body.replace('"format":1', '"format":2');
    const sha256 = createHash("sha256").update(other).digest("hex");
    return `{"sha256":"${sha256}","checkpoint":${other}}\n`;
  });
  const before = readFileSync(newest, "utf8");
  const refused =
    /format 2, and this version of latent-sky reads format 1: go on with the version that wrote it, or move/;
  await assert.rejects(checkpoints.latest(), refused);
  await assert.rejects(checkpoints.save(state(3), tensors), refused);
  assert.deepEqual(await checkpoints.epochs(), [2, 1]);
  assert.equal(readFileSync(newest, "utf8"), before);
});

test("a stage whose recipe goes up is made again, with those after it, and the other version keeps its own", async (t) => {
  const cache = new StudyCache(join(scratch(t), "study"));
  const order: (keyof StageKeys)[] = [
    "images",
    "train",
    "encoder",
    "features",
    "reduced",
    "plane",
    "clusters",
  ];
  const keysNow = async () => {
    const study = tinyStudy({ profile: "paper" });
    const keys = await (await study.representation("random")).keys();
    await study.close();
    return keys;
  };
  const before = await keysNow();
  assert.deepEqual(Object.values(stageRecipes), new Array(7).fill(1), "then say here which stages changed");
  for (const stage of order) {
    stageRecipes[stage]++;
    const after = await keysNow().finally(() => stageRecipes[stage]--);
    const changed = order.filter((s) => before[s] !== after[s]);
    const last = ["plane", "clusters"].includes(stage);
    assert.deepEqual(changed, last ? [stage] : order.slice(order.indexOf(stage)));
    const made = (keys: StageKeys, value: string) =>
      cache.json(
        "s",
        keys[stage],
        () => value,
        (v) => typeof v === "string",
      );
    assert.deepEqual(
      [await made(before, `${stage} 1`), await made(after, `${stage} 2`), await made(before, "anew")],
      [`${stage} 1`, `${stage} 2`, `${stage} 1`],
    );
  }
});

test("the ledger keeps what another version added, and is not overwritten where it cannot be read", async (t) => {
  const file = join(scratch(t), "out", "ledger.json");
  mkdirSync(join(file, ".."));
  const source = { dataset: "mock", profile: "quick", notebook: "t" };
  const theirs = { id: "a-number-of-theirs", value: 2, ...source, seed: 4 };
  writeFileSync(file, JSON.stringify([theirs]));
  await record(source, { "clip-sigma": 3 });
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8"))[0], theirs);
  assert.ok((await ledger()).every((row) => row.id !== theirs.id));
  const other = JSON.stringify({ format: 2, entries: [theirs] });
  writeFileSync(file, other);
  await assert.rejects(
    record(source, { "clip-sigma": 3 }),
    /ledger\.json cannot be read; move it away and run/,
  );
  assert.equal(readFileSync(file, "utf8"), other);
});

test("a lock in another version's words is waited for while it gives signs of life, then taken over", async (t) => {
  const path = join(scratch(t), "thing");
  const lock = `${path}.lock`;
  writeFileSync(lock, '{"format":2,"holder":{"pid":1}}\n');
  const said: string[] = [];
  let taken = false;
  const options = { silentMs: 1500, onWait: (sentence: string) => said.push(sentence) };
  const waiting = withLock(path, async () => (taken = true), options);
  for (let beat = 0; beat < 12; beat++) {
    await sleep(250);
    utimesSync(lock, 1e9 + beat, 1e9 + beat);
    assert.ok(!taken, "its owner lives");
  }
  await waiting;
  assert.match(said[0], /^Waiting for another process that writes .*thing\.$/);
  assert.ok(!existsSync(lock));
});

test("a part of a download beside another version's tag is fetched anew, never continued", async (t) => {
  const folder = scratch(t);
  const body = Buffer.alloc(5000, 7);
  const ranges: (string | undefined)[] = [];
  const server = createServer(({ headers }, response) => {
    ranges.push(headers.range);
    const from = Number(/\d+/.exec(headers.range ?? "0")![0]);
    const range = { "content-range": `bytes ${from}-4999/5000` };
    response.writeHead(headers.range ? 206 : 200, { etag: '"new"', ...(headers.range ? range : {}) });
    response.end(body.subarray(from));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/f`;
  for (const tag of [{ url, etag: '"old"' }, { format: 2, url, validator: { etag: '"old"' } }, null, 7]) {
    const path = join(folder, `f${ranges.length}`);
    writeFileSync(`${path}.part`, Buffer.alloc(1000, 1));
    writeFileSync(`${path}.part.json`, JSON.stringify(tag));
    await downloadFile({ name: "f", urls: [url] }, path, { attempts: 1 });
    assert.ok(readFileSync(path).equals(body));
  }
  assert.deepEqual(ranges, [undefined, undefined, undefined, undefined]);
});

test("the kept index of a large tar in another version's words is made again", async (t) => {
  const folder = scratch(t);
  const path = join(folder, "large.tar");
  const size = 65 * 1024 ** 2;
  const packer = pack();
  packer.entry({ name: "a.png", size });
  const [header] = await once(packer, "data");
  writeFileSync(path, header);
  truncateSync(path, 512 + size + 1024); // a hole where the bytes would be
  const names = async () => {
    const archive = await openArchive(path);
    await archive.close();
    return archive.entries.map(({ name }) => name);
  };
  assert.deepEqual(await names(), ["a.png"]);
  const tar = join(folder, "cache", "tar");
  const kept = join(tar, readdirSync(tar)[0]);
  for (const other of ['{"format":2,"entries":[]}', '{"files":[{"name":"b.png"}],"skipped":[]}', "null"]) {
    writeFileSync(kept, other);
    assert.deepEqual(await names(), ["a.png"]);
  }
});

test("logs, surveys, labels and encoders of another version", async (t) => {
  const folder = scratch(t);
  const log = join(folder, "log.json");
  writeFileSync(log, JSON.stringify({ format: "latent-sky active learning 2", steps: [] }));
  await assert.rejects(readLog(log), /is not an active-learning log of this version/);

  const survey = (fields: object) => writeFileSync(join(folder, "plan.json"), JSON.stringify(fields));
  survey({ format: "latent-sky survey 2" });
  await assert.rejects(readPlan(folder), /is no survey of this version; plan it again in a new folder/);
  survey({ format: "latent-sky survey 1", pixels: preprocessVersion + 1 });
  await assert.rejects(
    readPlan(folder),
    /was planned for pixels of version 3, and this version .* makes version 2/,
  );
  survey({ format: "latent-sky survey 1", key: "planned before plans said it" });
  assert.ok((await readPlan(folder)).key);

  const labels = join(folder, "labels.jsonl");
  const line = (fields: object) =>
    `${JSON.stringify({ id: "a", time: "2026-01-01T00:00:00Z", ...fields })}\n`;
  writeFileSync(labels, line({ score: 3, confidence: 0.5 }));
  assert.deepEqual([...(await readLabels(labels))], [["a", 3]]);
  writeFileSync(labels, line({ score: 3 }) + line({ box: [1, 2, 3, 4] }));
  await assert.rejects(readLabels(labels), /Line 2 of .* is damaged \(its score is missing/);

  const described = (name: string, text: string) => {
    const stage = join(folder, "cache", "studies", "s", `encoder-${name}`);
    mkdirSync(stage, { recursive: true });
    writeFileSync(join(stage, "encoder.json"), text);
  };
  const told = {
    sky: "optical",
    images: "i",
    dataset: "d",
    profile: "quick",
    start: "random",
    trained: "2026",
  };
  described("whole", JSON.stringify({ ...told, seed: 1, epochs: 1, drawn: true }));
  described("other", JSON.stringify({ format: 2, sky: "optical", learnedFrom: "i" }));
  described("half", '{"sky":"opt');
  described("nothing", "null");
  assert.deepEqual(
    (await trainedEncoders("optical")).map(({ images }) => images),
    ["i"],
  );
});
