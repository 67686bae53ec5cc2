import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startBeat } from "../../lib/files/lock-beat.js";
import { newLockOwner } from "../../lib/files/lock-owner.js";
import { withLock } from "../../lib/files/with-lock.js";
import { scratch } from "../scratch.js";

const folder = scratch();

const child = (...args: string[]) =>
  spawn(process.execPath, ["--import", "tsx", "test/files/lock-child.ts", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
const never = { silentMs: Number.POSITIVE_INFINITY };

test("of several processes one runs at a time, and none leaves anything behind", async () => {
  const file = join(folder, "count");
  writeFileSync(file, "0");
  const children = Array.from({ length: 4 }, () => child("count", file, "25"));
  const codes = await Promise.all(children.map(async (c) => (await once(c, "exit"))[0]));
  assert.deepEqual(codes, [0, 0, 0, 0]);
  assert.equal(readFileSync(file, "utf8"), "100");
  assert.deepEqual(readdirSync(folder), ["count"]);
});

test("tasks of one process take turns too", async () => {
  const file = join(folder, "turns");
  let running = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 5 }, (_, i) =>
      withLock(file, async () => {
        assert.equal(++running, 1);
        await sleep(5);
        running--;
        order.push(i);
      }),
    ),
  );
  assert.deepEqual(order.sort(), [0, 1, 2, 3, 4]);
});

test("a killed owner is seen at once, and its lock is taken over by one of those that wait", async () => {
  const file = join(folder, "killed");
  const owner = child("hold", file);
  await once(owner.stdout!, "data");
  owner.kill("SIGKILL");
  await once(owner, "exit");
  assert.ok(existsSync(`${file}.lock`));
  let running = 0;
  const tasks = Array.from({ length: 4 }, () =>
    withLock(
      file,
      async () => {
        assert.equal(++running, 1);
        await sleep(5);
        running--;
      },
      never,
    ),
  );
  await Promise.all(tasks);
  assert.ok(!existsSync(`${file}.lock`));
});

test("a process number that was given away again is not the owner", async () => {
  const file = join(folder, "reused");
  writeFileSync(`${file}.lock`, JSON.stringify({ ...newLockOwner(), began: "1" }));
  if (newLockOwner().began === null) return; // no /proc here
  assert.equal(await withLock(file, async () => "taken", never), "taken");
});

const elsewhere = () => JSON.stringify({ ...newLockOwner(), host: "node7", place: "node7 of a cluster" });

test("an owner on another machine is waited for while it gives signs of life", async () => {
  const file = join(folder, "alive");
  writeFileSync(`${file}.lock`, elsewhere());
  let beats = 0;
  const beat = setInterval(() => utimesSync(`${file}.lock`, 1e9 + ++beats, 1e9 + beats), 50);
  let told = "";
  const stop = new AbortController();
  const options = { signal: stop.signal, silentMs: 600, onWait: (text: string) => (told = text) };
  const waiting = withLock(file, async () => "taken", options);
  await sleep(2600);
  stop.abort(new Error("the cell was interrupted"));
  await assert.rejects(waiting, /the cell was interrupted/);
  clearInterval(beat);
  assert.match(told, /^Waiting for process \d+ on node7, which has been writing .*alive since \d{4}-/);
  assert.equal(await withLock(file, async () => "taken", { silentMs: 200 }), "taken");
});

test("a lock that was never written to its end does not hold for ever", async () => {
  const file = join(folder, "empty");
  writeFileSync(`${file}.lock`, "");
  assert.equal(await withLock(file, async () => "taken", { silentMs: 100 }), "taken");
});

test("whoever lost the lock is told before it writes, and leaves the new owner's alone", async () => {
  const file = join(folder, "lost");
  const task = withLock(file, async (lock) => {
    await lock.check();
    writeFileSync(`${file}.lock`, elsewhere());
    await lock.check();
  });
  await assert.rejects(task, /Another process took over .*lost while this one gave no sign of life/);
  assert.ok(existsSync(`${file}.lock`));
});

test("signs of life renew the time of a lock that is one's own, and of no other", async () => {
  const files = ["mine", "other"].map((name) => join(folder, `${name}.lock`));
  const owner = newLockOwner();
  writeFileSync(files[0], JSON.stringify(owner));
  writeFileSync(files[1], elsewhere());
  const ends = files.map((file) => {
    utimesSync(file, 1e9, 1e9);
    return startBeat(file, owner.nonce);
  });
  for (let i = 0; i < 200 && statSync(files[0]).mtimeMs === 1e12; i++) await sleep(20);
  assert.ok(statSync(files[0]).mtimeMs > 1.7e12);
  assert.equal(statSync(files[1]).mtimeMs, 1e12);
  for (const end of ends) end();
});

test("where no lock can be written, a sentence says why", async () => {
  writeFileSync(join(folder, "plain"), "");
  await assert.rejects(
    withLock(join(folder, "plain", "x"), async () => {}),
    /Cannot write .*x: .*plain is a file where a folder is needed/,
  );
});
