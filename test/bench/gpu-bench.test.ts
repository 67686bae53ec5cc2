import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

/** PyTorch's side for a benchmark outside its pack, where our side is not there; what it prints and its rows. */
function bench(python: string): { said: string; rows: Record<string, unknown>[] } {
  const folder = mkdtempSync(join(tmpdir(), "gpu-bench-"));
  try {
    const [results, peer] = [join(folder, "results.jsonl"), join(folder, "python")];
    writeFileSync(results, "");
    writeFileSync(peer, `#!/bin/sh\n${python}\n`);
    chmodSync(peer, 0o755);
    const environment = {
      LATENT_SKY_PYTHON: python ? peer : join(folder, "nowhere"),
      LATENT_SKY_BENCH_ENGINE: "onednn",
      LATENT_SKY_BENCH_PEERS: "tuned,convolutions",
    };
    const { stdout, status, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", "bench/gpu/gpu-bench.ts", results],
      { encoding: "utf8", env: { ...process.env, ...environment } },
    );
    assert.equal(status, 0, stderr);
    const lines = readFileSync(results, "utf8").split("\n").filter(Boolean);
    return { said: stdout, rows: lines.map((line) => JSON.parse(line)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const answers = `while read -r task; do echo '{"seconds": 0.5, "loss": 1}'; done`;

test("gpu-bench: where one side fails, its error is told and the other is timed to the end", () => {
  const { said, rows } = bench(answers);
  assert.match(said, /^byol 32 px, batch 2: ours bf16: Error: Cannot find module .*engine-worker\.js'$/m);
  assert.match(said, /^byol 32 px, batch 2: torch tuned +40 images\/s/m);
  assert.match(said, /^convolution forward 3 64 .*: ours bf16: Error: Cannot find module/m);
  assert.match(said, /^convolution weights 512 512 .*: torch 500\.000 ms$/m);
  assert.equal(rows.filter(({ mode }) => mode === "byol").length, 1);
  assert.ok(rows.filter(({ mode }) => mode === "convolution").length > 20);
});

test("gpu-bench: a Python that is not there, dies or answers no JSON is told in a line", () => {
  assert.match(bench("").said, /^byol 32 px, batch 2: torch tuned: it did not start: spawn .* ENOENT$/m);
  const dies = bench(
    `printf 'Traceback\\n  File\\nModuleNotFoundError: No module named torch\\n' >&2; exit 1`,
  );
  assert.match(dies.said, /^byol .*: torch tuned: ModuleNotFoundError: No module named torch$/m);
  const noisy = bench("while read -r task; do echo tuning; done");
  assert.match(noisy.said, /^byol .*: torch tuned: its answer is no line of JSON: tuning$/m);
});
