import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

// In a process of its own: a SIGINT that is not caught would end the test's.
test("an interrupt ends the cell that runs, whenever it comes, and never a later one", () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--import", "tsx", "test/environment/kernel/interrupts-child.ts"],
    { encoding: "utf8", timeout: 120_000 },
  );
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    unheard: 0,
    strays: 0,
    ranAfterIdleInterrupts: true,
    ranThoughInterrupted: false,
    endlessLoopEnded: true,
  });
});
