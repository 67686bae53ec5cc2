import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { downloadFile } from "../lib/data/download/download-file.js";
import { writeStack } from "../lib/data/images/write-stack.js";
import { mockSurvey } from "../lib/data/mock/mock-survey.js";
import { LabelFile, readLabels } from "../lib/discovery/label-file.js";
import { atomicWrite } from "../lib/files/atomic-write.js";
import { withLock } from "../lib/files/with-lock.js";
import { Checkpoints } from "../lib/nn/checkpoint.js";
import { Random } from "../lib/random.js";
import { record } from "../lib/study/ledger.js";
import { paperValues } from "../lib/study/paper-values.js";

/**
 * Pairs of processes on one cache, one of each pair killed at a random moment: `node --import tsx test/two-processes.ts
 * [PAIRS] [SEED]` (default 14 pairs, two of each writer). The other one must end well, and what is on the disk must be
 * whole: right pixels, all acknowledged records. Ends with 1 where anything was lost or raw.
 */
interface Writer {
  /** Does the work in `folder` as process `who`; `say` acknowledges a record that is safe from now on. */
  work(folder: string, who: string, say: (record: string) => void, url: string): Promise<void>;
  /** What is wrong in `folder` after the work of `survivor`, or null. */
  wrong(folder: string, survivor: string, said: readonly string[]): Promise<string | null>;
}

const body = Buffer.from(Uint8Array.from({ length: 400_000 }, (_, i) => 1 + ((i * 31) % 250)));
const plan = {
  key: "k",
  height: 32,
  width: 32,
  channels: 1,
  ids: Array.from({ length: 40 }, (_, i) => `g${i}`),
  chunkLength: 4,
};
const tensors = (epoch: number) =>
  new Map([["w", { shape: [5000], data: new Float32Array(5000).fill(epoch) }]]);

const writers: Record<string, Writer> = {
  stack: {
    async work(folder) {
      const stack = await writeStack(join(folder, "s"), plan, async (start, end) => {
        await sleep(20);
        return {
          images: Array.from({ length: end - start }, (_, k) => new Uint8Array(1024).fill(start + k + 1)),
        };
      });
      const pixels = await stack.read(plan.ids.map((_, i) => i));
      await stack.close();
      for (let i = 0; i < 40; i++)
        if (pixels[i * 1024] !== i + 1) throw new Error(`wrong pixels in image ${i}`);
    },
    wrong: async () => null,
  },
  stage: {
    async work(folder) {
      const path = join(folder, "stage.json");
      for (let i = 0; i < 5; i++)
        await withLock(path, async () => {
          await sleep(30);
          await atomicWrite(path, JSON.stringify({ made: "x".repeat(20_000) }));
        });
    },
    wrong: async (folder) =>
      JSON.parse(readFileSync(join(folder, "stage.json"), "utf8")).made.length === 20_000
        ? null
        : "a half stage",
  },
  checkpoint: {
    async work(folder, _who, say) {
      const checkpoints = new Checkpoints(join(folder, "run"));
      for (let epoch = 1; epoch <= 8; epoch++) {
        await checkpoints.save({ epoch, step: epoch, settings: { a: 1 }, log: [] }, tensors(epoch));
        say(String(epoch));
      }
    },
    async wrong(folder) {
      const latest = await new Checkpoints(join(folder, "run")).latest();
      if (latest?.state.epoch !== 8 || latest.refused.length) return `epoch ${latest?.state.epoch}`;
      return latest.tensors.get("w")?.data[0] === 8 ? null : "other weights";
    },
  },
  ledger: {
    async work(folder, who, say) {
      process.env.LATENT_SKY_OUT = folder;
      for (const { id } of paperValues.slice(0, 30)) {
        await record({ dataset: "mock", profile: who, notebook: "t" }, { [id]: 1 });
        say(`${id} ${who}`);
      }
    },
    async wrong(folder, _survivor, said) {
      const there = JSON.parse(readFileSync(join(folder, "ledger.json"), "utf8")) as {
        id: string;
        profile: string;
      }[];
      const kept = new Set(there.map((e) => `${e.id} ${e.profile}`));
      const lost = said.filter((entry) => !kept.has(entry));
      return lost.length ? `${lost.length} records lost` : null;
    },
  },
  labels: {
    async work(folder, who, say) {
      const file = await LabelFile.open(join(folder, "labels.jsonl"));
      for (let i = 0; i < 60; i++) {
        await file.append({ id: `${who}${i}`, score: i % 6 });
        say(`${who}${i}`);
      }
      await file.close();
    },
    async wrong(folder, _survivor, said) {
      const labels = await readLabels(join(folder, "labels.jsonl"));
      const lost = said.filter((id) => !labels.has(id));
      return lost.length ? `${lost.length} labels lost` : null;
    },
  },
  download: {
    work: (folder, _who, _say, url) =>
      downloadFile({ name: "f", urls: [url] }, join(folder, "f"), { attempts: 2 }),
    wrong: async (folder) => (readFileSync(join(folder, "f")).equals(body) ? null : "another content"),
  },
  mock: {
    async work(folder) {
      process.env.LATENT_SKY_CACHE = folder;
      await mockSurvey({ size: 24, imageSize: 64, threads: 1 });
    },
    async wrong(folder) {
      // The draft of a lock that a killed process was waiting for goes when the next process comes.
      const survey = readdirSync(folder).filter(
        (name) => /^mock-survey/.test(name) && !name.endsWith(".tmp"),
      );
      const files = readdirSync(join(folder, survey[0]), { recursive: true }).map(String);
      const images = files.filter((f) => f.endsWith(".png")).length;
      const extra = files.filter((f) => f.endsWith(".tmp")).length;
      return survey.length === 1 && images === 24 && !extra ? null : `${images} images, ${extra} left over`;
    },
  },
};

/** Milliseconds within which the one is killed, where it is not 450: about as long as the work takes. */
const busyMs: Record<string, number> = { mock: 2000, checkpoint: 120, ledger: 200, labels: 200 };

async function child(kind: string, folder: string, who: string, url: string): Promise<void> {
  process.send?.("ready");
  await new Promise((resolve) => process.once("message", resolve));
  try {
    await writers[kind].work(folder, who, (said) => process.send?.({ said }), url);
    process.send?.({ ok: true });
  } catch (error) {
    process.send?.({ error: (error as Error).stack });
  }
  process.disconnect();
}

interface Told {
  process: ChildProcess;
  said: string[];
  end: Promise<string | null>;
  ready: Promise<void>;
}

function start(kind: string, folder: string, who: string, url: string): Told {
  const process = fork(import.meta.filename, ["child", kind, folder, who, url], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const said: string[] = [];
  let outcome: string | null = "ended without a word";
  let isReady: () => void;
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  process.on("message", (m: "ready" | { said?: string; ok?: true; error?: string }) => {
    if (m === "ready") return isReady();
    if (m.said !== undefined) said.push(m.said);
    if (m.ok) outcome = null;
    if (m.error !== undefined) outcome = m.error;
  });
  const end = new Promise<string | null>((resolve) => process.once("exit", () => resolve(outcome)));
  return { process, said, end, ready };
}

async function pairs(count: number, seed: number): Promise<void> {
  const server = createServer(async (_request, response) => {
    response.writeHead(200, { "content-length": body.length, etag: '"a"' });
    for (let at = 0; at < body.length && !response.destroyed; at += 20_000) {
      response.write(body.subarray(at, at + 20_000));
      await sleep(10);
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/f`;
  const random = new Random(seed);
  const kinds = Object.keys(writers);
  const tally: Record<string, { pairs: number; killed: number; right: number }> = {};
  for (let i = 0; i < count; i++) {
    const kind = kinds[i % kinds.length];
    const row = (tally[kind] ??= { pairs: 0, killed: 0, right: 0 });
    const folder = mkdtempSync(join(tmpdir(), "latent-sky-pair-"));
    const [one, two] = ["a", "b"].map((who) => start(kind, folder, who, url));
    await Promise.all([one.ready, two.ready]);
    one.process.send("go");
    two.process.send("go");
    await sleep(random.uniform(0, busyMs[kind] ?? 450));
    row.killed += one.process.exitCode === null && one.process.kill("SIGKILL") ? 1 : 0;
    await one.end;
    const failed = await two.end;
    const wrong =
      failed ?? (await writers[kind].wrong(folder, "b", [...one.said, ...two.said]).catch(String));
    row.pairs++;
    if (wrong === null) row.right++;
    else console.log(`pair ${i}, ${kind}: ${wrong}`);
    rmSync(folder, { recursive: true, force: true });
  }
  server.close();
  server.closeAllConnections();
  for (const [kind, row] of Object.entries(tally)) console.log(kind.padEnd(12), JSON.stringify(row));
  const right = Object.values(tally).reduce((sum, row) => sum + row.right, 0);
  console.log(`${right} of ${count} pairs right (seed ${seed}).`);
  if (right < count) process.exitCode = 1;
}

if (process.argv[2] === "child")
  await child(process.argv[3], process.argv[4], process.argv[5], process.argv[6]);
else await pairs(Number(process.argv[2] ?? 14), Number(process.argv[3] ?? 1));
