import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { saveTable } from "../../../lib/data/tables/save-table.js";
import type { SavedColumn } from "../../../lib/data/tables/saved-table.js";
import { Random } from "../../../lib/random.js";
import { scratch } from "../../scratch.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const folder = scratch();
const MB = 1e6;

function table(rows: number): SavedColumn[] {
  const random = new Random(1);
  const words = ["spiral", "round", "edge-on", null];
  const numbers = Float64Array.from({ length: rows }, () => random.uniform());
  return [
    { name: "a", values: numbers },
    { name: "b", values: Float64Array.from(numbers, (x) => 1 / x) },
    { name: "c", values: Float32Array.from(numbers) },
    { name: "d", values: Int32Array.from(numbers, (x) => 1e6 * x) },
    { name: "t", values: Array.from(numbers, (x) => words[Math.floor(4 * x)]) },
  ];
}

const bytesUsed = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** The most bytes that `work` holds whenever it waits for the disk: what the collector leaves of heap and buffers. */
async function mostHeld(work: () => Promise<void>): Promise<{ most: number; looks: number }> {
  collect();
  const before = bytesUsed();
  let most = 0;
  let looks = 0;
  let isRunning = true;
  const look = () => {
    collect();
    looks++;
    most = Math.max(most, bytesUsed() - before);
    if (isRunning) setImmediate(look);
  };
  const done = work().finally(() => {
    isRunning = false;
  });
  setImmediate(look);
  await done;
  return { most, looks };
}

for (const ending of ["parquet", "fits", "csv", "ecsv"])
  test(`.${ending}: four times the rows hold no more memory while they are written`, async () => {
    const path = join(folder, `held.${ending}`);
    await saveTable(path, table(1000)); // what is loaded and compiled once
    const held: number[] = [];
    const sizes: number[] = [];
    for (const rows of [140_000, 560_000]) {
      const columns = table(rows);
      const { most, looks } = await mostHeld(() => saveTable(path, columns));
      assert.ok(looks > 3, `looked ${looks} times at ${rows} rows`);
      held.push(most);
      sizes.push(statSync(path).size);
    }
    const said = `${held.map((x) => (x / MB).toFixed(1)).join(" and ")} MB held`;
    assert.ok(sizes[1] - sizes[0] > 10 * MB, `${ending}: the file grew by ${sizes[1] - sizes[0]} bytes`);
    // Both hold a block, or a group of rows with what encodes it: about 4.5 MB for parquet, under 1 MB else.
    assert.ok(held[1] - held[0] < 0.1 * (sizes[1] - sizes[0]), said);
    assert.ok(held[1] < 12 * MB, said);
  });
