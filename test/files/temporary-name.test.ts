import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { atomicWrite } from "../../lib/files/atomic-write.js";
import { temporaryName } from "../../lib/files/temporary-name.js";
import { scratch } from "../scratch.js";

/** A process number of this machine that nobody has any more. */
function gonePid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

test("the next write into a folder removes what dead processes left there, and nothing else", async (t) => {
  const folder = scratch(t);
  const own = temporaryName(join(folder, "half"));
  const [, place] = /\.([0-9a-f]{8})-\d+-[0-9a-f]{8}\.tmp$/.exec(own)!;
  const elsewhere = place === "00000000" ? "11111111" : "00000000";
  const put = (name: string, hoursOld = 0) => {
    writeFileSync(join(folder, name), "half");
    const time = Date.now() / 1000 - 3600 * hoursOld;
    utimesSync(join(folder, name), time, time);
    return name;
  };
  const kept = [
    put(`of this process.${place}-${process.pid}-01234567.tmp`, 48),
    put(`of one that lives.${place}-${process.ppid}-01234567.tmp`, 48),
    put(`of another machine, still written.${elsewhere}-${gonePid()}-01234567.tmp`),
    put("somebody's own.tmp", 48),
    put(`somebody's copy.${place}-${gonePid()}-01234567.tmp.bak`, 48),
  ];
  put(`of a dead one.${place}-${gonePid()}-01234567.tmp`);
  put(`a lock's draft.lock.${place}-${gonePid()}-89abcdef.tmp`);
  put(`of another machine, a day old.${elsewhere}-1-01234567.tmp`, 25);
  await atomicWrite(join(folder, "new"), "whole");
  assert.deepEqual(readdirSync(folder).sort(), [...kept, "new"].sort());
});
