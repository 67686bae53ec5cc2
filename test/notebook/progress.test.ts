import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { MimeBundle } from "../../lib/notebook/host.js";
import { progress, progressLine } from "../../lib/notebook/progress.js";
import { fakeHost } from "./fake-host.js";

test("the line says how far, how long, how much longer and the remark", () => {
  assert.equal(
    progressLine("Training", { done: 12, total: 30, note: "loss 1.93" }, 64, false),
    "Training [########------------]  40%  12/30  1:04  ETA 1:36  loss 1.93",
  );
  assert.equal(progressLine("Reading", { done: 7, total: 0 }, 2, false), "Reading  7  2.0 s");
  assert.equal(
    progressLine("Done", { done: 2, total: 2 }, 3725, true),
    "Done [####################] 100%  2/2  1:02:05",
  );
});

test("what an earlier run did says nothing about how long the rest takes", () => {
  const from = { done: 80, seconds: 1 };
  const line = (done: number, seconds: number) =>
    progressLine("Training", { done, total: 100 }, seconds, false, from);
  assert.match(line(80, 1), /80\/100 {2}1\.0 s$/);
  assert.match(line(90, 61), /90\/100 {2}1:01 {2}ETA 1:00$/);
});

test("in a log: a first line and the last one, not one for each step", () => {
  const code = `import("./lib/notebook/progress.ts").then(({ progress }) => {
    const bar = progress("Counting", 1000);
    for (let i = 1; i <= 1000; i++) bar(i);
    bar.done("ready");
  });`;
  const { stderr } = spawnSync(process.execPath, ["--import", "tsx", "-e", code], { encoding: "utf8" });
  const lines = stderr.trim().split("\n");
  assert.equal(lines.length, 2, stderr);
  assert.match(lines[1], /^Counting \[#{20}\] 100% {2}1000\/1000 {2}.*ready$/);
});

test("the end of the work is shown, however soon it follows what was shown before", () => {
  const shown: string[] = [];
  fakeHost({ display: (data) => shown.push(String(data["text/plain"])) });
  const bar = progress("Searches", 10);
  for (let i = 1; i <= 10; i++) bar(i);
  assert.match(shown.at(-1)!, /100% {2}10\/10/);
  assert.equal(shown.length, 2, "and not each step");
});

test("a bar that begins in the middle, and one that begins anew, count from there", (t) => {
  const shown: string[] = [];
  fakeHost({
    display: (data) => shown.push(String(data["text/plain"])),
  });
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const bar = progress("Training", 100);
  const at = (seconds: number, done: number) => {
    t.mock.timers.setTime(1_000_000 + 1000 * seconds);
    bar(done);
    return shown.at(-1)!;
  };
  assert.doesNotMatch(at(1, 80), /ETA/, "resumed at 80: no step of its own yet");
  assert.match(at(11, 90), /ETA 10 s/);
  assert.doesNotMatch(at(20, 10), /ETA/, "another stage under the same bar");
  assert.match(at(30, 20), /ETA 1:20/);
});

test("in a notebook: one display that updates itself; an interrupted cell stops the work", () => {
  const shown: { data: MimeBundle; id?: string; update?: boolean }[] = [];
  const interruption = new AbortController();
  fakeHost({
    display: (data, options) => shown.push({ data, id: options?.displayId, update: options?.update }),
    signal: interruption.signal,
  });
  const bar = progress("Working", 3);
  bar(1);
  bar({ done: 2, total: 3 });
  bar(3);
  bar.done();
  assert.deepEqual(
    shown.map((s) => s.update),
    [false, true, true],
  );
  assert.equal(new Set(shown.map((s) => s.id)).size, 1);
  assert.match(String(shown.at(-1)?.data["text/plain"]), /100% {2}3\/3/);
  interruption.abort(new Error("The cell was interrupted."));
  assert.throws(() => bar(3), /interrupted/);
});
