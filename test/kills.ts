import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../lib/random.js";
import { writers } from "./files/all-writers.js";

/**
 * Kills single processes while they write, each writer in turn: `node --import tsx test/kills.ts [KILLS] [SEED]`
 * (default two of each). After a kill the old version is there or the new one, whole; the same command once more, by
 * another process, then leaves what an undisturbed run leaves: the new version, and no file beside. Ends with 1 where
 * not.
 */
const kinds = Object.keys(writers);
const [, , mode] = process.argv;

/** A process that writes what it is told, and says when it begins and ends. */
class Writing {
  readonly process: ChildProcess = fork(import.meta.filename, ["child"], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  readonly ready = this.next();

  async write(kind: string, folder: string): Promise<number> {
    const began = performance.now();
    const done = this.next();
    this.process.send({ kind, folder });
    const told = await done;
    if (told !== "done") throw new Error(told);
    return performance.now() - began;
  }

  next(): Promise<string> {
    return new Promise((resolve) => {
      const told = (what: unknown) => {
        this.process.off("message", told).off("exit", ended);
        resolve(String(what));
      };
      const ended = () => told("ended");
      this.process.on("message", told).on("exit", ended);
    });
  }
}

async function child(): Promise<void> {
  process.on("message", async ({ kind, folder }: { kind: string; folder: string }) => {
    process.send?.(
      await writers[kind].write(folder, 2).then(
        () => "done",
        (error: Error) => error.stack,
      ),
    );
  });
  process.once("disconnect", () => process.exit());
  process.send?.("ready");
}

const listed = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();

async function kills(count: number, seed: number): Promise<void> {
  const random = new Random(seed);
  const again = new Writing();
  await again.ready;
  const usual: Record<string, { ms: number; files: string[] }> = {};
  const tally: Record<string, { kills: number; old: number; new: number; none: number; right: number }> = {};
  let next = new Writing();
  for (let i = 0; i < count; i++) {
    const kind = kinds[i % kinds.length];
    const { write, read } = writers[kind];
    const row = (tally[kind] ??= { kills: 0, old: 0, new: 0, none: 0, right: 0 });
    const made = () => mkdtempSync(join(tmpdir(), "latent-sky-kill-"));
    if (!usual[kind]) {
      const folder = made();
      await write(folder, 1);
      usual[kind] = { ms: await again.write(kind, folder), files: listed(folder) };
      rmSync(folder, { recursive: true, force: true });
    }
    const folder = made();
    await write(folder, 1);
    const victim = next;
    next = new Writing();
    await victim.ready;
    const end = victim.next();
    victim.process.send({ kind, folder });
    await sleep(random.uniform(0, 1.5 * usual[kind].ms));
    victim.process.kill("SIGKILL");
    await end;
    let wrong = "";
    try {
      const there = await read(folder);
      row[there === 0 ? "none" : there === 1 ? "old" : "new"]++;
      await again.write(kind, folder);
      if ((await read(folder)) !== 2) wrong = "the second run did not end as an undisturbed one";
      // One that was killed between its last rename and its unlock leaves a lock: the next that wants it takes it over.
      const beside = listed(folder).filter((f) => !usual[kind].files.includes(f) && !f.endsWith(".lock"));
      if (beside.length) wrong = `left over: ${beside.join(", ")}`;
    } catch (error) {
      wrong = String((error as Error).stack);
    }
    row.kills++;
    if (wrong) console.log(`kill ${i}, ${kind}: ${wrong}`);
    else row.right++;
    rmSync(folder, { recursive: true, force: true });
  }
  next.process.kill();
  again.process.disconnect();
  for (const [kind, row] of Object.entries(tally)) console.log(kind.padEnd(26), JSON.stringify(row));
  const right = Object.values(tally).reduce((sum, row) => sum + row.right, 0);
  console.log(`${right} of ${count} kills right (seed ${seed}).`);
  process.exit(right < count ? 1 : 0);
}

if (mode === "child") await child();
else await kills(Number(process.argv[2] ?? 2 * kinds.length), Number(process.argv[3] ?? 1));
