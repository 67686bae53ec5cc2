import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { inParallel } from "../../lib/files/in-parallel.js";

test("the first error in time is told, once the tasks under way have ended; no further one begins", async () => {
  const ended: number[] = [];
  const task = async (i: number) => {
    await setTimeout([60, 10, 30, 0, 0][i]);
    ended.push(i);
    if (i < 2) throw new Error(`task ${i}`);
  };
  await assert.rejects(inParallel(5, 3, task), /task 1/);
  assert.deepEqual(ended, [1, 2, 0]);
});
