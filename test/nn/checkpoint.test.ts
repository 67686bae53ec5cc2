import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Checkpoints } from "../../lib/nn/checkpoint.js";
import type { TensorMap } from "../../lib/nn/host-tensor.js";
import { Random } from "../../lib/random.js";
import { scratch } from "../scratch.js";

const folder = scratch();
const make = (keep?: number | "all") =>
  new Checkpoints<{ loss: number }>(mkdtempSync(join(folder, "checkpoint-")), keep);
const state = (epoch: number) => ({
  epoch,
  step: 10 * epoch,
  settings: { seed: 1 },
  log: Array.from({ length: epoch }, (_, i) => ({ loss: 1 / (i + 1) })),
});
const tensors = (epoch: number): TensorMap =>
  new Map([["w", { shape: [3, 50], data: Float32Array.from({ length: 150 }, (_, i) => epoch * 1000 + i) }]]);

test("the newest checkpoint comes back, older ones go as the policy says", async () => {
  const c = make(2);
  for (let e = 1; e <= 4; e++) await c.save(state(e), tensors(e));
  assert.deepEqual(await c.latest(), { state: state(4), tensors: tensors(4), refused: [] });
  assert.deepEqual(await c.epochs(), [4, 3]);
  assert.equal(readdirSync(c.folder).length, 5);
  const lines = readFileSync(join(c.folder, "training-log.jsonl"), "utf8").trim().split("\n");
  assert.deepEqual(
    lines.map((l) => JSON.parse(l)),
    state(4).log,
  );
  const all = make("all");
  for (let e = 1; e <= 4; e++) await all.save(state(e), tensors(e));
  assert.deepEqual(await all.epochs(), [4, 3, 2, 1]);
});

test("a shorter run takes the checkpoint it would have made, where it was kept", async () => {
  const c = make(2);
  for (let e = 1; e <= 4; e++) await c.save(state(e), tensors(e));
  assert.equal((await c.latest(3))?.state.epoch, 3);
  await assert.rejects(c.latest(2), /has done 4 epochs, more than the 2 asked for/);
});

test("a run goes on where an earlier version stood, which told other things, and never where another run stands", async () => {
  const c = make();
  await c.save({ ...state(1), settings: { seed: 1, start: "imagenet" } }, tensors(1));
  const now = { seed: 1, weights: "5f", images: { length: 3 } };
  await c.save({ ...state(2), settings: now }, tensors(2));
  assert.deepEqual((await c.latest())?.state.settings, now);
  for (const other of [{ seed: 2 }, { weights: "60" }, { images: { length: 4 } }])
    await assert.rejects(
      c.save({ ...state(3), settings: { ...now, ...other } }, tensors(3)),
      /Another run with other settings keeps its checkpoints/,
    );
  assert.deepEqual(await c.epochs(), [2, 1]);
});

test("an empty folder has none", async () => {
  assert.equal(await make().latest(), null);
});

for (const extension of ["safetensors", "json"])
  test(`cut at any byte of its ${extension}, the newest is refused and the one before is used`, async () => {
    const c = make(2);
    await c.save(state(1), tensors(1));
    await c.save(state(2), tensors(2));
    const path = join(c.folder, `epoch-0002.${extension}`);
    const whole = readFileSync(path);
    const random = new Random(20);
    for (let k = 0; k < 20; k++) {
      writeFileSync(path, whole);
      truncateSync(path, random.integer(whole.length));
      const found = await c.latest();
      assert.deepEqual([found?.state, found?.tensors], [state(1), tensors(1)]);
      assert.match(found!.refused[0], /epoch-0002\.json is not used: (it was cut short|its tensors)/);
    }
  });

test("one changed bit is noticed", async () => {
  const c = make();
  await c.save(state(1), tensors(1));
  for (const extension of ["safetensors", "json"]) {
    const path = join(c.folder, `epoch-0001.${extension}`);
    const whole = readFileSync(path);
    const changed = Buffer.from(whole);
    changed[whole.length - 40] ^= 1;
    writeFileSync(path, changed);
    await assert.rejects(c.read(1), /is not used: .*(changed)/);
    await assert.rejects(c.latest(), /No checkpoint in .* can be used: .*Move the folder away to start over/);
    writeFileSync(path, whole);
  }
});

test("tensors without their JSON are no checkpoint: that is how a killed save looks", async () => {
  const c = make();
  await c.save(state(1), tensors(1));
  writeFileSync(join(c.folder, "epoch-0002.safetensors"), "half");
  assert.equal((await c.latest())?.state.epoch, 1);
});

test("a keep policy that keeps nothing is refused", () => {
  assert.throws(() => make(0), /keep is 0/);
});
