import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { peakMemory } from "../lib/peak-memory.js";

const asChild = `import { peakMemory } from "./lib/peak-memory.ts"; console.log(peakMemory());`;

test("peak memory counts what was held at most, also after it was let go", () => {
  const before = peakMemory();
  const held = Buffer.alloc(300 << 20, 1);
  const during = peakMemory();
  assert.ok(held.length > 0 && during - before > 200, `${before} to ${during} MiB`);
});

test("peak memory of a child is its own, not that of a larger parent", () => {
  const held = Buffer.alloc(600 << 20, 1);
  const child = Number(
    execFileSync(process.execPath, ["--import", "tsx", "-e", asChild], { encoding: "utf8" }),
  );
  assert.ok(held.length > 0 && child > 10 && child < 400, `${child} MiB`);
});
