import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { compile, noCuda, onCard, showStandIn } from "./emulated.js";

const skip = noCuda || (onCard && "these tests are about other cards than the one here");

/** What a process prints that starts the engine in this environment, line by line. */
async function said(
  environment: Record<string, string>,
  work = "start",
  precision = "f32",
): Promise<string[]> {
  const args = ["--import", "tsx", "test/engine/cuda/start-with.ts", work, precision];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, ...environment },
  });
  return stdout.trim().split("\n");
}

test("what keeps the engine from starting is said in a sentence", { skip, concurrency: true }, async (t) => {
  const old = compile("old-driver.cc", "libcuda-old.so.1", ["-shared", "-fPIC"]);
  const cases: [string, Record<string, string>, RegExp][] = [
    [
      "no driver",
      { TEST_DRIVER: "/nowhere/libcuda.so.1" },
      /cuda: LATENT_SKY_CUDA_DRIVER does not load: .*nowhere/,
    ],
    ["no GPU", { FAKE_GPU_COUNT: "0" }, /cuda: no NVIDIA GPU in this machine/],
    ["no GPU, says the driver", { FAKE_GPU_FAILS: "100" }, /cuda: no NVIDIA GPU in this machine/],
    [
      "a GPU that is hidden",
      { FAKE_GPU_FAILS: "100", CUDA_VISIBLE_DEVICES: "" },
      /cuda: no NVIDIA GPU that CUDA_VISIBLE_DEVICES="" lets this process see/,
    ],
    [
      "a driver that does not start and cannot say why",
      { FAKE_GPU_FAILS: "999" },
      /cuda: the NVIDIA driver does not start: .*\(CUDA error 999\)$/,
    ],
    [
      "a driver half updated",
      { FAKE_GPU_FAILS: "803" },
      /library and kernel module differ: restart the machine/,
    ],
    ["a driver of CUDA 11.2", { FAKE_GPU_DRIVER: "11020" }, /too old \(CUDA 11\.2\): install 470 or newer/],
    ["a driver without graphs", { TEST_DRIVER: old }, /too old \(no cu\w+\): install 470 or newer/],
    [
      "a driver without its compiler",
      { FAKE_GPU_LOADS: "221" },
      /cuda: its kernels do not load: [^:]* \(CUDA error 221\)$/,
    ],
    [
      "a Turing card",
      { FAKE_GPU_CAPABILITY: "75" },
      /emulated GPU has compute capability 7\.5 .* 8\.0 \(Ampere, 2020\)/,
    ],
  ];
  await Promise.all(
    cases.map(([name, environment, message]) =>
      t.test(name, async () => {
        const [line] = await said(environment);
        assert.match(line, message);
        assert.match(line, /^startEngine: no usable backend\. cuda: /);
      }),
    ),
  );
});

test("without LATENT_SKY_CUDA_DRIVER and a card the note says so, and the next engine runs", {
  skip,
}, async (t) => {
  if (existsSync("/dev/nvidiactl")) return t.skip("there is a card here");
  const { startEngine } = await import("../../../lib/engine/engine.js");
  showStandIn(false);
  try {
    for (const threads of [1, 2]) {
      const { backend, note } = await startEngine({ threads });
      assert.notEqual(backend, "cuda");
      assert.match(note, /Passed over: cuda: no NVIDIA driver on this machine \(libcuda\.so\.1\)/);
      assert.match(note, /NVIDIA GPU since Ampere/);
      process.env.LATENT_SKY_CUDA_DRIVER = ""; // as good as not set
    }
  } finally {
    showStandIn(true);
  }
});

test("a card of capability 9.0 under a driver from before CUDA 12 runs the kernels for all cards", {
  skip,
}, async () => {
  const old = { FAKE_GPU_CAPABILITY: "90", FAKE_GPU_DRIVER: "11080" };
  const [note, ...rest] = await said(old, "product", "bf16");
  assert.match(note, /Engine: cuda on emulated GPU \(CUDA 11\.8, capability 9\.0\), bf16/);
  assert.deepEqual(rest, ["8,8,8,8,8,8", "done"]);
});

test("a second thread of a process is told that the first has the card", { skip }, async () => {
  const [, second, ...rest] = await said({}, "thread");
  assert.equal(second, "startEngine: no usable backend. cuda: it runs in another thread of this process");
  assert.deepEqual(rest, ["done", "done"]);
});

test("the precision is bf16 unless asked otherwise", { skip }, async () => {
  assert.match((await said({}, "start", "auto"))[0], /Engine: cuda on emulated GPU .*, bf16/);
});

test("out of memory: what is free is given back first, then a sentence says what to do", {
  skip,
}, async () => {
  const [, first, second, third] = await said({ FAKE_GPU_BYTES: String(24 << 20) }, "fill");
  assert.deepEqual([first, second], ["done", "done"]);
  assert.match(
    third,
    /Fill\(\): not enough memory on the GPU: 16 MiB asked for, 20 MiB in use of 24 MiB; use a smaller/,
  );
  const [, ...pool] = await said({ FAKE_GPU_BYTES: String(20 << 20) }, "pool");
  assert.deepEqual(pool, ["done", "done"]);
  const [, ...list] = await said({ FAKE_GPU_BYTES: String(5 << 20) }, "list");
  assert.deepEqual(list, ["done", "done"]);
});

test("of pinned memory that nobody uses, 256 MiB stay with the engine at most", { skip }, async () => {
  const [, given, collected, another, mebibytes] = await said({}, "pinned");
  assert.deepEqual([given, collected, another], ["done", "done", "done"]);
  assert.ok(+mebibytes >= 80 && +mebibytes <= 256 + 80, `${mebibytes} MiB`);
});

test("after an error that the card does not survive, every call says to start again", { skip }, async () => {
  // The engine's own probe adds two tensors.
  const [atStart] = await said({ FAKE_GPU_STICKY: "binary" });
  assert.match(atStart, /the GPU stopped .*illegal memory access.*restart the kernel or the process/);
  const [, first, second, third] = await said({ FAKE_GPU_STICKY: "normalizeRows" }, "rows");
  assert.match(first, /the GPU stopped/);
  assert.match(second, /the GPU stopped/);
  assert.match(third, /the GPU stopped/);
});
