import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { runNotebook } from "../../environment/runner/run.js";
import { openStack } from "../../lib/data/images/image-stack.js";
import { writeStack } from "../../lib/data/images/write-stack.js";
import { activeLearning } from "../../lib/discovery/active-learning.js";
import { readLog } from "../../lib/discovery/active-learning-log.js";
import { LabelFile, readLabels } from "../../lib/discovery/label-file.js";
import { voteOracle } from "../../lib/discovery/oracle.js";
import { atomicWrite } from "../../lib/files/atomic-write.js";
import { Checkpoints } from "../../lib/nn/checkpoint.js";
import { closeFigurePage } from "../../lib/notebook/chromium-page.js";
import { writeExplorer } from "../../lib/notebook/explorer.js";
import { label } from "../../lib/notebook/label.js";
import type { LabelChange } from "../../lib/notebook/pages/labelling/label-codes.js";
import { show } from "../../lib/notebook/show.js";
import { StudyCache } from "../../lib/study/study-cache.js";
import { makeNotebook } from "../environment/kernel/make-notebook.js";
import { noSmallDisk, SmallDisk } from "../files/small-disk.js";
import { scratch } from "../scratch.js";
import { coloured } from "./label-images.js";

const skip = noSmallDisk();
const here = scratch();
let disk: SmallDisk;
beforeEach(() => {
  if (!skip) disk = new SmallDisk();
});
afterEach(() => {
  if (!skip) disk.remove();
});

const features = {
  data: Float64Array.from({ length: 120 }, (_, k) => (k % 2 ? Math.sin(k) : (k >> 1) % 7)),
  shape: [60, 2] as [number, number],
};
const scores = Array.from({ length: 60 }, (_, i) => i % 6);
const matrix = (n: number) => ({ data: new Float64Array(n).fill(1.5), shape: [n, 1] as [number, number] });
const rowIds = (n: number) => () => Array.from({ length: n }, (_, i) => String(i));
const weights = () => new Map([["w", { shape: [500], data: new Float32Array(500).fill(2) }]]);
const state = (epoch: number) => ({ epoch, step: epoch, settings: {}, log: [] });
const ids = Array.from({ length: 60 }, (_, i) => `J${i}`);

async function search(log: string): Promise<void> {
  const options = { oracle: voteOracle(scores), batch: 5, budget: 15, log };
  for await (const _ of activeLearning(features, options));
}

/** Everything that stores what a person or an hour of computing made, each into a folder of its own. */
const writers: Record<string, (folder: string) => Promise<unknown>> = {
  "a file": (folder) => atomicWrite(join(folder, "a.txt"), "text"),
  "the study cache, a matrix": (folder) =>
    new StudyCache(folder).matrix("pca", 1, () => matrix(200), rowIds(200)),
  "the study cache, JSON": (folder) =>
    new StudyCache(folder).json(
      "cut",
      1,
      () => ({ x: 1 }),
      ({ x }) => x === 1,
    ),
  "the explorer": (folder) => writeExplorer(join(folder, "e.html"), { embedding: features, ids }),
  "the active-learning log": (folder) => search(join(folder, "log.json")),
  "a checkpoint": (folder) => new Checkpoints(folder).save(state(1), weights()),
  "an image stack": async (folder) => {
    const plan = { key: "k", height: 2, width: 2, channels: 3, ids };
    const make = async (a: number, b: number) => ({
      images: Array.from({ length: b - a }, () => new Uint8Array(12)),
    });
    await (await writeStack(join(folder, "stack"), plan, make)).close();
  },
  "the label file": async (folder) => {
    const file = await LabelFile.open(join(folder, "labels.jsonl"));
    await file.append({ id: "a", score: 1 }).finally(() => file.close());
  },
  "show()": async (folder) => {
    process.env.LATENT_SKY_OUT = folder;
    try {
      await show({ data: [{ type: "scatter", x: [1], y: [2] }], layout: { title: { text: "T" } } });
    } finally {
      process.env.LATENT_SKY_OUT = join(here, "out");
      await closeFigurePage();
    }
  },
  "the runner": async (folder) => {
    const source = await makeNotebook(join(here, "one.ipynb"), ["1 + 1"]);
    await runNotebook(source, { output: join(folder, "one.ipynb") });
  },
};

/** One sentence with the file's name, the reason and what to do; nothing half-written beside it. */
async function refuses(write: (folder: string) => Promise<unknown>, folder: string, why: RegExp) {
  await assert.rejects(write(folder), (error: Error) => {
    assert.match(error.message, new RegExp(`^Cannot write (labels to )?${folder}\\S*: .*\\.$`));
    assert.match(error.message, why);
    assert.equal(error.message.split("Cannot write").length, 2, error.message);
    return true;
  });
  assert.ok(!process.getActiveResourcesInfo().includes("ProcessWrap"), "no kernel or browser is left");
}

/** The files below a folder that hold anything. */
const left = (folder: string) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((f) => f !== "filler" && statSync(join(folder, f)).isFile() && statSync(join(folder, f)).size);

for (const [name, write] of Object.entries(writers)) {
  test(`${name}: a full disk is one clear error, and works when there is room again`, { skip }, async () => {
    const folder = disk.path("work");
    await mkdir(folder);
    disk.fill();
    await refuses(write, folder, /the disk is full; free some space/);
    assert.deepEqual(left(folder), []);
    await disk.free();
    await write(folder);
    assert.deepEqual(
      left(folder).filter((f) => f.endsWith(".tmp")),
      [],
    );
  });

  test(`${name}: a read-only disk is one clear error`, { skip }, async () => {
    const folder = disk.path("work");
    await mkdir(folder);
    disk.readOnly(true);
    await refuses(write, folder, /the disk is mounted read-only; make it writable/);
    disk.readOnly(false);
  });

  test(`${name}: a file where the folder should be is named`, async () => {
    const file = join(here, "in-the-way");
    writeFileSync(file, "kept");
    await refuses(write, join(file, "deep"), new RegExp(`: ${file} is a file where a folder is needed`));
    assert.equal(readFileSync(file, "utf8"), "kept");
  });
}

test("the sentence names the variable that chose the place", { skip }, async () => {
  process.env.LATENT_SKY_OUT = disk.path("out");
  try {
    disk.fill();
    await assert.rejects(atomicWrite(disk.path("out", "a"), "x"), /another folder with LATENT_SKY_OUT, and/);
    await assert.rejects(atomicWrite(disk.path("b", "a"), "x"), /or choose another folder, and run again/);
  } finally {
    process.env.LATENT_SKY_OUT = join(here, "out");
  }
});

// The system stores what fits of one write and reports no error: the half file would take the whole one's place.
test("a file that only partly fits is not written, and the old one stays", { skip }, async () => {
  const cache = new StudyCache(disk.folder);
  await assert.rejects(
    cache.matrix("big", 1, () => matrix(20_000), rowIds(20_000)),
    /the disk is full/,
  );
  const explorer = disk.path("e.html");
  await atomicWrite(explorer, "the old page");
  const images = { ids, image: coloured.image };
  await assert.rejects(
    writeExplorer(explorer, { embedding: features, ids, thumbnails: images, thumbnailSize: 200 }),
    /Cannot write .*e\.html: the disk is full/,
  );
  assert.equal(readFileSync(explorer, "utf8"), "the old page");
  assert.deepEqual(left(disk.folder), ["e.html"]);
});

test("a stack that stopped at a full disk goes on when there is room, with the same bytes", {
  skip,
}, async () => {
  const plan = { key: "k", height: 40, width: 40, channels: 3, ids: ids.slice(0, 8), chunkLength: 2 };
  let made = 0;
  const make = async (start: number, end: number) => {
    made += end - start;
    return {
      images: Array.from({ length: end - start }, (_, k) => new Uint8Array(4800).fill(start + k + 1)),
    };
  };
  disk.fill(28_672);
  await assert.rejects(writeStack(disk.path("s"), plan, make), /Cannot write .*: the disk is full/);
  const before = made;
  assert.ok(before > 2 && before <= 8, `${before} images were made`);
  await disk.free();
  const stack = await writeStack(disk.path("s"), plan, make);
  assert.ok(made < before + 8, "what was stored before is not made again");
  const whole = await openStack(disk.path("s"));
  for (let i = 0; i < 8; i++)
    assert.deepEqual(new Set(await whole.read([i])), new Set([i + 1]), `image ${i}`);
  await stack.close();
  await whole.close();
});

test("labels: a full disk in the middle of a line loses none and invents none", { skip }, async () => {
  const path = disk.path("labels.jsonl");
  const line = (id: string, score: number) => `${JSON.stringify({ id, score, time: "t" })}\n`;
  const given = line("a", 1) + line("b", 2);
  // The file ends 10 bytes before its block does: that much of the next line fits on the full disk.
  writeFileSync(path, `${" ".repeat(4096 - 10 - given.length - 1)}\n${given}`);
  disk.fill();
  const before = readFileSync(path, "utf8");
  const file = await LabelFile.open(path);
  await assert.rejects(
    file.append({ id: "c", score: 3 }),
    /Cannot write labels to .*: the disk is full; .*; the labels given before are safe\.$/,
  );
  assert.equal(file.get("c"), undefined);
  assert.equal(readFileSync(path, "utf8"), before, "the part that fitted is gone again");
  await disk.free();
  await file.append({ id: "c", score: 4 });
  await file.append({ id: "b", undo: true });
  await file.close();
  assert.deepEqual(
    [...(await readLabels(path))],
    [
      ["a", 1],
      ["c", 4],
    ],
  );
});

test("the labelling panel says that the disk is full, keeps its place and goes on", { skip }, async () => {
  const file = disk.path("panel.jsonl");
  const panel = await label({ images: coloured, file, by: "person" });
  const asked = panel.oracle([1, 2], 0);
  const post = async (path: string, value: object = {}) => {
    const reply = await fetch(new URL(path, panel.url!), { method: "POST", body: JSON.stringify(value) });
    return { status: reply.status, ...((await reply.json()) as { error?: string }) };
  };
  const score = (row: number, value: number) => post("label", { rows: [row], score: value });
  try {
    assert.equal((await score(1, 5)).status, 200);
    const used = readFileSync(file).length;
    // The rest of the label file's own block is taken by spaces, which are no labels.
    writeFileSync(file, `${" ".repeat(4094 - used)}\n`, { flag: "a" });
    disk.fill();
    const refused = await score(2, 4);
    assert.equal(refused.status, 400);
    assert.match(refused.error ?? "", /the disk is full; free some space/);
    assert.match((await post("undo")).error ?? "", /the disk is full/);
    await disk.free();
    const labels = (await (await fetch(new URL("labels", panel.url!))).json()) as LabelChange;
    assert.deepEqual([labels.rows, labels.score], [[1], [5]], "what could not be taken back stands");
    assert.equal((await post("undo")).status, 200);
    assert.equal((await score(1, 3)).status, 200);
    assert.equal((await score(2, 4)).status, 200);
    assert.deepEqual(await asked, [3, 4]);
  } finally {
    asked.catch(() => {});
    await panel.close();
  }
  assert.deepEqual(
    [...(await readLabels(file))],
    [
      ["J1001", 3],
      ["J1002", 4],
    ],
  );
});

test("a search stopped by a full disk keeps the log of its last whole round", { skip }, async () => {
  const log = disk.path("log.json");
  let rounds = 0;
  const options = { oracle: voteOracle(scores), batch: 5, budget: 25, log };
  await assert.rejects(
    (async () => {
      for await (const _ of activeLearning(features, options)) if (++rounds === 2) disk.fill();
    })(),
    /Cannot write .*log\.json: the disk is full/,
  );
  const kept = await readLog(log);
  assert.equal(kept.rounds.length, 2);
  await disk.free();
  for await (const round of activeLearning(features, { ...options, from: { log: kept } }))
    rounds = round.round + 1;
  assert.equal(rounds, 4, "ten objects to begin with, then five a round");
});

test("training: the checkpoint before the disk was full is whole and is the one resumed", {
  skip,
}, async () => {
  const checkpoints = new Checkpoints(disk.path("run"));
  await checkpoints.save(state(1), weights());
  disk.fill();
  await assert.rejects(checkpoints.save(state(2), weights()), /Cannot write .*: the disk is full/);
  assert.equal((await checkpoints.latest())?.state.epoch, 1);
  await disk.free();
  await checkpoints.save(state(2), weights());
  const latest = await checkpoints.latest();
  assert.deepEqual([latest?.state.epoch, latest?.refused], [2, []]);
});

test("the runner: a disk that fills up in the middle ends the run, the kernel and no file", {
  skip,
}, async () => {
  const source = await makeNotebook(join(here, "fills.ipynb"), [
    'import { writeFileSync } from "node:fs";',
    `try { writeFileSync(${JSON.stringify(disk.path("filler"))}, new Uint8Array(70000)); } catch {}`,
    'console.log("x".repeat(20000));',
  ]);
  const output = disk.path("out.ipynb");
  await assert.rejects(runNotebook(source, { output }), /Cannot write .*out\.ipynb: the disk is full/);
  assert.ok(!process.getActiveResourcesInfo().includes("ProcessWrap"), "the kernel has ended");
  const kept = JSON.parse(readFileSync(output, "utf8"));
  assert.equal(kept.cells.length, 3);
});
