import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { engineStats, startEngine } from "../../lib/engine/engine.js";
import { noAddon } from "./compare.js";
import { showStandIn } from "./cuda/emulated.js";

// `auto` is to find what this machine has, not the tests' stand-in for a card.
showStandIn(false);

test("auto picks the fastest engine there is and explains itself in one line", async () => {
  const info = await startEngine();
  assert.equal(info.note.split("\n").length, 1);
  assert.match(info.note, new RegExp(`Engine: ${info.backend}`));
  if (info.backend !== "cuda") assert.match(info.note, /cuda: .*; tensorflow-gpu: not installed/);
  if (info.backend !== "cuda") assert.equal(info.backend, noAddon ? "wasm" : "onednn");
  assert.equal(await startEngine(), info, "a second call gives the same answer");
});

test("switching engines moves the values along", { skip: noAddon }, async () => {
  await startEngine({ backend: "onednn", precision: "f32" });
  const x = tf.tidy(() => tf.add(tf.tensor1d([1, 2, 3]), 1));
  await startEngine({ backend: "wasm" });
  assert.deepEqual([...tf.tidy(() => tf.mul(x, 2).dataSync())], [4, 6, 8]);
  await startEngine({ backend: "onednn", precision: "bf16", threads: 1 });
  assert.deepEqual([...tf.tidy(() => tf.mul(x, 3).dataSync())], [6, 9, 12]);
  x.dispose();
});

test("tensors that nobody disposes are freed when collected", { skip: noAddon }, async () => {
  await startEngine({ backend: "onednn", precision: "f32" });
  const gc = (globalThis as { gc?: () => void }).gc ?? (await import("node:vm")).runInNewContext("0");
  if (typeof gc !== "function") {
    const v8 = await import("node:v8");
    v8.setFlagsFromString("--expose-gc");
  }
  const collect: () => void = (await import("node:vm")).runInNewContext("gc");
  const before = engineStats().bytes.native;
  (() => {
    for (let i = 0; i < 8; i++) tf.fill([1024, 1024], i);
  })();
  assert.ok(engineStats().bytes.native >= before + 8 * 4 * 2 ** 20);
  for (let i = 0; i < 5; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(engineStats().bytes.native < before + 8 * 2 ** 20, "native memory of forgotten tensors stays");
});

test("danfojs and this project share one tfjs", () => {
  const here = createRequire(join(process.cwd(), "package.json"));
  const danfo = createRequire(here.resolve("danfojs-node"));
  assert.equal(danfo.resolve("@tensorflow/tfjs"), here.resolve("@tensorflow/tfjs"));
  for (const name of ["tfjs", "tfjs-node", "danfojs-node"]) {
    assert.ok(
      !existsSync(`node_modules/@tensorflow/${name}/node_modules/@tensorflow/tfjs-core`),
      `${name} has its own core`,
    );
  }
});
