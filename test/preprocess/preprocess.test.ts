import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Dataset } from "../../lib/data/dataset.js";
import { renderGalaxy } from "../../lib/data/mock/render-galaxy.js";
import { explainPreprocess } from "../../lib/preprocess/explain-preprocess.js";
import { preprocess } from "../../lib/preprocess/preprocess.js";
import { scratch } from "../scratch.js";
import { mockDataset } from "./mock-dataset.js";

const folder = scratch();

test("crops, lists what failed, and keeps the order of the dataset", async () => {
  const dataset = mockDataset(12);
  const seen: number[] = [];
  const out = await preprocess(dataset, { size: 48, onProgress: ({ done }) => seen.push(done) });
  assert.equal(seen.at(-1), 12);
  // Image 3 does not decode, image 5 is constant.
  assert.deepEqual(out.stack.skipped, [{ name: "g3", reason: "g3: it is broken on purpose" }]);
  assert.deepEqual(out.wholeFrame, [{ id: "g5", reason: "nothing is above the threshold" }]);
  assert.equal(out.stack.length, 11);
  assert.deepEqual([...out.stack.indices], [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.equal(out.boxes.length, 11);
  assert.equal(out.boxes[4], null);
  const explained = explainPreprocess(await dataset.image(7), { size: 48 });
  assert.deepEqual(out.boxes[6], explained.box);
  assert.deepEqual(await out.stack.read([6]), explained.result.data);
  await out.stack.close();
});

test("a second call reads the cache, other options do not", async () => {
  let reads = 0;
  const counting: Dataset = {
    ...mockDataset(6),
    image: (i) => {
      reads++;
      return mockDataset(6).image(i);
    },
  };
  await (await preprocess(counting, { size: 32 })).stack.close();
  assert.equal(reads, 6);
  const again = await preprocess(counting, { size: 32 });
  assert.equal(reads, 6);
  assert.equal(again.wholeFrame.length, 1);
  await again.stack.close();
  await (await preprocess(counting, { size: 32, threshold: "astronomaly" })).stack.close();
  assert.equal(reads, 12);
});

test("taken from the cache, it says so where the content of some files was not looked at", async (t) => {
  const said = t.mock.method(console, "log", () => {});
  const few = mockDataset(6);
  for (const sampled of [undefined, 500, 500]) {
    const provenance = { ...few.provenance, fingerprint: `few ${sampled}`, sampled };
    for (const drawn of [false, true])
      await (await preprocess({ ...few, provenance, drawn }, { size: 32 })).stack.close();
  }
  assert.equal(
    said.mock.callCount(),
    1,
    "not of what is drawn, nor of what was looked at whole, nor the first time",
  );
  assert.match(
    said.mock.calls[0].arguments[0],
    /earlier run: .* in 500 of them. .* removes .*-32px-\w+\.\*$/,
  );
});

test("worker threads give the same bytes as this one", async (t) => {
  const usual = process.env.LATENT_SKY_NUMERIC;
  t.after(() => {
    if (usual === undefined) delete process.env.LATENT_SKY_NUMERIC;
    else process.env.LATENT_SKY_NUMERIC = usual;
  });
  // More images than are done on one thread, and without the native loops, with which none is started.
  process.env.LATENT_SKY_NUMERIC = "off";
  const many = await preprocess(mockDataset(80), { size: 32, threads: 2 });
  process.env.LATENT_SKY_NUMERIC = usual ?? "";
  const few = await preprocess(mockDataset(20), { size: 32 });
  const first = Array.from({ length: few.stack.length }, (_, i) => i);
  assert.deepEqual(await many.stack.read(first), await few.stack.read(first));
  await Promise.all([many.stack.close(), few.stack.close()]);
});

test("an abort stops it, and kill -9 in the middle changes nothing", { timeout: 120_000 }, async () => {
  const stopper = new AbortController();
  await assert.rejects(
    preprocess(mockDataset(100), {
      size: 16,
      signal: stopper.signal,
      onProgress: ({ done }) => done > 10 && stopper.abort(new Error("enough")),
    }),
    /enough/,
  );

  const n = 700;
  const undisturbed = join(folder, "undisturbed");
  const disturbed = join(folder, "disturbed");
  await exited(start(n, undisturbed));
  const first = start(n, disturbed);
  const journal = () =>
    existsSync(join(disturbed, "preprocessed")) &&
    readdirSync(join(disturbed, "preprocessed")).find((f) => f.endsWith(".partial.jsonl"));
  const chunks = () => {
    const file = journal();
    return file
      ? readFileSync(join(disturbed, "preprocessed", file), "utf8").split("\n").length - 2 // its head, and the end
      : 0;
  };
  while (chunks() < 1 && first.exitCode === null) await new Promise((r) => setTimeout(r, 5));
  assert.equal(first.exitCode, null, "it ended before it could be killed");
  first.kill("SIGKILL");
  await exited(first);
  assert.ok(chunks() >= 1);
  await exited(start(n, disturbed));
  const files = readdirSync(join(undisturbed, "preprocessed")).sort();
  assert.deepEqual(readdirSync(join(disturbed, "preprocessed")).sort(), files);
  for (const f of files)
    assert.ok(
      readFileSync(join(undisturbed, "preprocessed", f)).equals(
        readFileSync(join(disturbed, "preprocessed", f)),
      ),
      f,
    );
});

test("explainPreprocess shows every step", async () => {
  const image = renderGalaxy({ kind: "elliptical", imageSize: 120, crowding: 0 });
  const e = explainPreprocess(image, { size: 64 });
  assert.ok(e.box && e.contour && e.contourBox);
  assert.ok(e.level > e.stats.median && e.stats.std > 0);
  assert.equal(e.maskImage.data[60 * 120 + 60], 255);
  assert.equal(e.crop.width, e.box.width);
  assert.deepEqual([e.result.width, e.result.height, e.result.channels], [64, 64, 3]);
});

function start(n: number, folder: string): ChildProcess {
  const child = spawn(process.execPath, ["--import", "tsx", "test/preprocess/run-preprocess.ts", String(n)], {
    env: { ...process.env, LATENT_SKY_CACHE: folder },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return child;
}

const exited = (child: ChildProcess) =>
  new Promise<void>((done) =>
    child.exitCode !== null || child.signalCode !== null ? done() : child.once("exit", () => done()),
  );
