import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../lib/package-root.js";

/** In the place of the pack's Node: one test hangs, the losses fail, the benchmark is cut off behind its first row. */
const node = `#!/bin/sh
case "$*" in
  *golden.test.js) sleep 300 ;;
  *.test.js) echo "ok 1 - a test" ;;
  *losses.js*) echo "no card"; exit 3 ;;
  *gpu-bench.js*) echo row >> "$2"; sleep 300 ;;
esac
`;

const skip = spawnSync("timeout", ["--version"]).error ? "there is no timeout here" : false;

test("bench/gpu/run.sh: what hangs or fails is said, costs the other steps nothing, and all ends in time", {
  skip,
}, () => {
  const pack = mkdtempSync(join(tmpdir(), "gpu-run-"));
  try {
    copyFileSync(packageRoot("bench/gpu/run.sh"), join(pack, "run.sh"));
    mkdirSync(join(pack, "bin"));
    writeFileSync(join(pack, "bin/node"), node);
    chmodSync(join(pack, "bin/node"), 0o755);
    const began = performance.now();
    const { stdout, status } = spawnSync("sh", [join(pack, "run.sh"), join(pack, "seen")], {
      encoding: "utf8",
      env: { ...process.env, LATENT_SKY_BENCH_SECONDS: "24" },
    });
    assert.ok(performance.now() - began < 40_000);
    assert.equal(status, 0);
    const lines = stdout.split("\n");
    const told = (name: string) => lines.filter((line) => line.startsWith(`${name}:`));
    assert.deepEqual(told("golden"), ["golden: 0 ok, 0 not ok, stopped: its time was over: NOTHING RAN"]);
    for (const name of ["repeated-step", "read-batches", "kernels", "hostile"])
      assert.deepEqual(told(name), [`${name}: 1 ok, 0 not ok, ends with 0`]);
    assert.deepEqual(told("losses"), ["losses: ends with 3"]);
    assert.deepEqual(told("bench"), ["bench: stopped: its time was over"]);
    assert.equal(readFileSync(join(pack, "seen/losses.txt"), "utf8"), "no card\nlosses: ends with 3\n");
    assert.equal(readFileSync(join(pack, "seen/results.jsonl"), "utf8"), "row\n");
  } finally {
    rmSync(pack, { recursive: true });
  }
});
