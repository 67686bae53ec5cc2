import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Matrix } from "../../lib/matrix.js";
import { readFeatures } from "../../lib/nn/read-features.js";
import { readSafetensors } from "../../lib/nn/safetensors.js";
import { type ArtefactCut, isArtefactCut } from "../../lib/study/artefact-cut.js";
import { StudyCache } from "../../lib/study/study-cache.js";
import { scratch } from "../scratch.js";
import { tinyStudy } from "./tiny-study.js";

test("an array has its ids beside it, as a file of features has; a count that differs is refused", async (t) => {
  const cache = new StudyCache(join(scratch(t), "study"));
  const two = (): Matrix => ({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] });
  await cache.matrix("features", "key", two, async () => ["id", "b\nc.jpg"]);
  const { names, features } = await readFeatures(`${cache.folderOf("features", "key")}.npy`);
  assert.deepEqual(names?.text.get("id"), ["id", "b c.jpg"]);
  assert.deepEqual([...features.data], [1, 2, 3, 4]);
  await assert.rejects(
    cache.matrix("plane", "key", two, () => ["a"]),
    /The array plane has 2 rows for 1 images/,
  );
  assert.equal(await cache.storedMatrix("plane", "key"), null);
});

test("ids of which a byte was spoilt are written again, and refused where another study is given them", async (t) => {
  const cache = new StudyCache(join(scratch(t), "study"));
  const said: string[] = [];
  t.mock.method(console, "warn", (line: string) => said.push(line));
  let made = 0;
  const two = (): Matrix => {
    made++;
    return { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
  };
  const matrix = () => cache.matrix("features", "key", two, () => ["a1", "b2"]);
  await matrix();
  const stem = cache.folderOf("features", "key");
  writeFileSync(`${stem}.txt`, "id\na1\nc2\n");
  await assert.rejects(
    readFeatures(`${stem}.npy`),
    /the ids of .*\.npy in .*\.txt cannot be read: its bytes changed/,
  );
  assert.deepEqual([...(await matrix()).data], [1, 2, 3, 4]);
  assert.match(said.join(), /features-.*\.txt cannot be read \(its bytes changed .*\): it is made again/);
  assert.deepEqual((await readFeatures(`${stem}.npy`)).names?.text.get("id"), ["a1", "b2"]);
  assert.deepEqual([made, said.length], [1, 1]);
});

test("a damaged array is made again, and that is said; an absent one is made without a word", async (t) => {
  const cache = new StudyCache(join(scratch(t), "study"));
  const said: string[] = [];
  t.mock.method(console, "warn", (line: string) => said.push(line));
  let made = 0;
  const compute = (): Matrix => {
    made++;
    return { data: Float32Array.of(1, 2), shape: [1, 2] };
  };
  const ids = () => ["a.jpg"];
  await cache.matrix("features", "key", compute, ids);
  await cache.matrix("features", "key", compute, ids);
  assert.deepEqual([made, said], [1, []]);
  const path = `${cache.folderOf("features", "key")}.npy`;
  const whole = readFileSync(path);
  const flipped = Buffer.from(whole);
  flipped[whole.length - 3] ^= 0x40;
  const zeros = Buffer.from(whole).fill(0, whole.length - 8);
  for (const damaged of [Buffer.from("half of it"), whole.subarray(0, -4), flipped, zeros]) {
    writeFileSync(path, damaged);
    assert.equal(await cache.storedMatrix("features", "key"), null);
    assert.deepEqual([...(await cache.matrix("features", "key", compute, ids)).data], [1, 2]);
    for (const line of said) assert.match(line, /features-.*\.npy cannot be read \(.*\): it is made again\./);
  }
  assert.deepEqual([made, said.length], [5, 8]);
  // Of an earlier version, or of a write that was stopped.
  rmSync(`${path}.sha256`);
  await cache.matrix("features", "key", compute, ids);
  assert.equal(made, 5);
});

test("reports, a mixture and an encoder that are damaged are made again, and that is said", async (t) => {
  scratch(t);
  const said: string[] = [];
  t.mock.method(console, "warn", (line: string) => said.push(line));
  const run = async () => {
    const study = tinyStudy();
    const net = await study.representation("random");
    const found = { epochs: await net.train(), clusters: [...(await net.clusters()).clusters] };
    await study.close();
    return { found, folder: study.cache.folder };
  };
  const { found, folder } = await run();
  const mixture = (text: string) => JSON.parse(text) as { means: number[] };
  const damages: [stage: string, damage: (text: string) => string][] = [
    ["epochs", () => "{}"],
    ["epochs", () => "[]"],
    ["epochs", () => "[null]"],
    ["epochs", (text) => text.replace(/\d(?=[,}])/, (digit) => String(9 - Number(digit)))],
    ["mixture", () => "null"],
    ["mixture", () => "{}"],
    ["mixture", (text) => text.replace(/\d(?=\])/, (digit) => String(9 - Number(digit)))],
    ["mixture", (text) => JSON.stringify({ ...mixture(text), means: mixture(text).means.slice(1) })],
  ];
  for (const [stage, damage] of damages) {
    const file = readdirSync(folder).find((name) => name.startsWith(stage) && name.endsWith(".json"))!;
    writeFileSync(join(folder, file), damage(readFileSync(join(folder, file), "utf8")));
    assert.deepEqual((await run()).found, found, stage);
    assert.match(said.pop()!, new RegExp(`${file} cannot be read \\(.*\\): it is made again`));
    assert.deepEqual(said, []);
  }
  const study = tinyStudy();
  const net = await study.representation("random");
  const weights = await net.encoderFile();
  const whole = readFileSync(weights);
  const before = `${weights}.before.safetensors`;
  writeFileSync(before, whole);
  const flipped = Buffer.from(whole);
  flipped[whole.length >> 1] ^= 0x40;
  for (const damaged of [whole.subarray(0, whole.length >> 1), flipped]) {
    writeFileSync(weights, damaged);
    assert.equal(await net.encoderFile(), weights);
    assert.match(said.pop()!, /encoder\.safetensors is not whole: it is made again/);
    assert.deepEqual((await readSafetensors(weights)).tensors, (await readSafetensors(before)).tensors);
  }
  await study.close();
});

test("a person's choice that cannot be read is refused, since nobody else can make it again", async (t) => {
  const cache = new StudyCache(join(scratch(t), "study"));
  const choice = () => cache.choice("cut", "key", (cut: ArtefactCut) => isArtefactCut(cut, 3));
  assert.equal(await choice(), null);
  await cache.store("cut", "key", { box: null, kept: [1, 2] });
  assert.deepEqual(await choice(), { box: null, kept: [1, 2] });
  // A digit that the disk flipped leaves a choice that could be one.
  for (const damaged of [
    '{"box":null,"kept":[0,2]}',
    '{"kept":[1',
    "",
    "null",
    "{}",
    "7",
    '{"kept":[1,3]}',
    '{"kept":"12"}',
  ]) {
    writeFileSync(`${cache.folderOf("cut", "key")}.json`, damaged);
    await assert.rejects(choice(), /Your choice in .*cut-.* cannot be read \(.*\): .*choose again/, damaged);
  }
});
