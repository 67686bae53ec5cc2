import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readNotebook } from "../../environment/runner/notebook-file.js";
import { scratch } from "../scratch.js";
import { tinySurvey, tinyTiles } from "../survey/tiny-survey.js";
import { makeNotebook } from "./kernel/make-notebook.js";

/** What happens when somebody ends a process (SIGTERM), and when its terminal is closed (SIGHUP): the same. */
const signals = ["SIGTERM", "SIGHUP"] as const;

/** A command with its own folder for temporary files, so that what it leaves there can be seen. */
function start(folder: string, script: string, ...args: string[]) {
  const temporary = join(folder, "tmp");
  mkdirSync(temporary, { recursive: true });
  const child = spawn(process.execPath, ["--import", "tsx", script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: temporary },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      text += chunk;
    });
  const until = async (pattern: RegExp) => {
    while (!pattern.test(text)) {
      assert.equal(child.exitCode, null, text);
      await sleep(20);
    }
  };
  return { child, until, temporary, text: () => text };
}

const end = async (child: ChildProcess) =>
  child.exitCode ??
  child.signalCode ??
  ((await once(child, "exit")) as [number | null, string]).find((x) => x !== null);
const locks = (folder: string) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((f) => /\.(lock|tmp)$/.test(f));
const kernelFolders = (folder: string) =>
  readdirSync(folder).filter((name) => name.startsWith("latent-sky-kernel-"));

/** Waits until no process is left that has `folder` in its command line; five seconds at most. */
async function gone(folder: string): Promise<void> {
  const left = () =>
    readdirSync("/proc").filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(folder);
      } catch {
        return false;
      }
    });
  for (let i = 0; i < 50 && !noProc && left().length; i++) await sleep(100);
  assert.deepEqual(noProc ? [] : left(), []);
}
const noProc = existsSync("/proc/self/task") ? false : "there is no /proc here";

for (const signal of signals) {
  test(`${signal} to the runner: the cell is interrupted, the notebook saved, the kernel gone`, async (t) => {
    const folder = scratch(t);
    const reached = join(folder, "reached");
    const source = await makeNotebook(join(folder, "00-n.ipynb"), [
      'import { writeFileSync } from "node:fs";\nconsole.log("kept")',
      `writeFileSync(${JSON.stringify(reached)}, "");\nawait new Promise(() => {})`,
    ]);
    const run = start(folder, "environment/commands/reproduce.ts", source);
    while (!existsSync(reached)) {
      assert.equal(run.child.exitCode, null, run.text());
      await sleep(20);
    }
    run.child.kill(signal);
    assert.equal(await end(run.child), 130, run.text());
    const { cells } = await readNotebook(join(folder, "out", "notebooks", "00-n.ipynb"));
    assert.match(JSON.stringify(cells[0].outputs), /kept/);
    assert.deepEqual(kernelFolders(run.temporary), []);
    await gone(folder);
  });

  test(`${signal} to a kernel ends it, and nothing of it stays`, { skip: noProc }, async (t) => {
    const folder = scratch(t);
    const starter = `
      const { KernelClient } = await import("./environment/runner/kernel-client.ts");
      const k = await KernelClient.start();
      const done = k.execute("await new Promise(() => {})", () => {}).catch((e) => e.message);
      setTimeout(() => process.kill(k.process.pid, "${signal}"), 300);
      console.log((await done).split("\\n")[0]);
      await k.kill();
      process.exit();`;
    const run = start(folder, "--input-type=module", "-e", starter);
    await run.until(/The kernel ended/);
    assert.equal(await end(run.child), 0);
    assert.deepEqual(kernelFolders(run.temporary), []);
    await gone(folder);
  });

  test(`${signal} to the label server: it says how many are labelled, and leaves no lock`, async (t) => {
    const folder = scratch(t);
    const file = join(folder, "labels.jsonl");
    const images = join(folder, "images");
    const { default: sharp } = await import("sharp");
    mkdirSync(images);
    for (const name of ["a", "b", "c"])
      await sharp(Buffer.alloc(64 * 64, 90), { raw: { width: 64, height: 64, channels: 1 } })
        .png()
        .toFile(join(images, `${name}.png`));
    const run = start(folder, "environment/latent-sky.mjs", "label", images, "--out", file, "--total", "3");
    await run.until(/Open (http\S+) and/);
    const url = /Open (http\S+) and/.exec(run.text())![1];
    const body = JSON.stringify({ rows: [0], score: 4 });
    assert.equal((await fetch(new URL("label", url), { method: "POST", body })).status, 200);
    run.child.kill(signal);
    assert.equal(await end(run.child), 0, run.text());
    assert.match(run.text(), /\n1 images are labelled: /);
    assert.deepEqual(locks(folder), []);
    await assert.rejects(fetch(url));
  });

  test(`${signal} to a survey: its workers end with it, and the same command goes on`, async (t) => {
    const folder = scratch(t);
    const survey = join(folder, "survey");
    await tinySurvey(survey, await tinyTiles(join(folder, "sky"), 12), 3);
    const run = start(folder, "environment/commands/survey.ts", "local", survey, "--jobs", "2");
    await run.until(/\d+ of \d+/);
    run.child.kill(signal);
    assert.equal(await end(run.child), 1, run.text());
    assert.match(run.text(), /Stopped; the same command goes on from here/);
    await gone(survey);
    if (signal === "SIGTERM") return; // once is enough
    const again = start(folder, "environment/commands/survey.ts", "local", survey, "--jobs", "2");
    assert.equal(await end(again.child), 0, again.text());
    assert.deepEqual(locks(folder), []);
  });
}
