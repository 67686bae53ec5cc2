import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../lib/engine/engine.js";
import { trainingTime } from "../../lib/study/training-time.js";
import { missing } from "../engine/compare.js";
import { showStandIn } from "../engine/cuda/emulated.js";
import { scratch } from "../scratch.js";
import { tinyStudy } from "./tiny-study.js";

test("a study says how long its training takes on the engine at hand, trains nothing and leaves nothing behind", {
  skip: missing("onednn f32"),
}, async (t) => {
  const folder = scratch(t);
  showStandIn(false); // a full network on the emulated GPU would take minutes
  const { backend, device } = await startEngine();
  const held = tf.memory().numTensors;
  const study = tinyStudy();
  const said = await study.trainingTime();
  const found =
    /^Training: 3 epochs of 60 images at 64 px take about (.+) with (\w+) on (.+), at ([\d.]+) images\/s \(measured now: 2 steps of 32 images of 64 px\)\.$/.exec(
      said,
    );
  assert.ok(found, said);
  assert.deepEqual([found[2], found[3]], [backend, device]);
  // 180 images by the rate that is said.
  const seconds = 180 / Number(found[4]);
  const parts = found[1].replace(" s", "").split(":").map(Number);
  const told = parts.reduce((sum, part) => 60 * sum + part, 0);
  assert.ok(Math.abs(told - seconds) <= 0.5 + 0.01 * seconds, `${told} s said, ${seconds} s by the rate`);
  assert.equal(tf.memory().numTensors, held);
  assert.ok(!existsSync(join(folder, "cache", "studies")), "nothing is kept of it");
  await study.close();
});

test("a study of given features says that nothing is trained", async () => {
  const untrained = "Nothing is trained here: the features are somebody's, as they are.";
  assert.equal(await trainingTime({ untrained } as never), untrained);
});
