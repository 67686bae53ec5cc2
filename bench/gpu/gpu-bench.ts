import { spawn, spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { median } from "../../lib/median.js";
import { packageRoot } from "../../lib/package-root.js";
import { convolutionTask } from "../convolution-call.js";
import { callsInStep, PASSES, resnetConvolutions } from "../resnet-convolutions.js";
import { busyShare } from "./busy-share.js";

/**
 * BYOL steps and features on the card, ours and PyTorch's in turn (`out/gpu/run.sh`): every contestant is a process of
 * its own, a round is many steps that are waited for at their end only. The first pass, beside PyTorch as its users tune
 * it, also tells the share of time in which our steps keep the card busy, and our kernels one by one; the second is
 * beside torch.compile with CUDA graphs, which takes minutes to compile and may run out of time. Between them each
 * convolution of ResNet-18 is held against cuDNN's. Prints images a second and appends a line of JSON for each row to the
 * file named as argument; a second argument takes so many sizes only.
 */
interface Worker {
  name: string;
  ask(task: string): Promise<Record<string, unknown>>;
  stop(): void;
}

type Size = readonly [mode: string, size: number, batch: number];

const all: Size[] = [
  ["byol", 224, 128],
  ["byol", 150, 128],
  ["features", 224, 256],
  ["byol", 224, 256],
  ["byol", 300, 128],
];
const passes = (process.env.LATENT_SKY_BENCH_PEERS ?? "tuned,convolutions,compiled").split(",");
/** Another engine than the card's, on one small size, rehearses this script where there is no card. */
const engine = process.env.LATENT_SKY_BENCH_ENGINE ?? "cuda";
const sizes: Size[] = engine === "cuda" ? all : [["byol", 32, 2]];
const device = engine === "cuda" ? "cuda" : "cpu";
const python = process.env.LATENT_SKY_PYTHON ?? "python3";
const rounds = 3;
const stepsInRound = 10;
const busySeconds = 4;
/** Seconds that an answer may take; torch.compile has what is left of the time. */
const patience = (peer: string) => (peer === "compiled" ? Number.POSITIVE_INFINITY : 100);

async function main(): Promise<void> {
  const smi = spawnSync("nvidia-smi", ["--query-gpu=driver_version", "--format=csv,noheader"]);
  const driver = String(smi.stdout ?? "").trim();
  const [file = "results.jsonl", first = sizes.length] = process.argv.slice(2);
  for (const [pass, peer] of passes.entries()) {
    if (peer === "convolutions") {
      await convolutions(file, sizes[0][1], sizes[0][2]);
      continue;
    }
    for (const [mode, size, batch] of sizes.slice(0, Number(first))) {
      const title = `${mode} ${size} px, batch ${batch}`;
      const options = [String(size), String(batch)];
      const ours = worker("ours bf16", process.execPath, [
        ...[packageRoot("lib/engine-worker.js"), mode, "auto", ...options, "1", engine],
      ]);
      const peerArguments = [mode, peer, ...options, "4", device];
      const theirs = worker(
        `torch ${peer}`,
        python,
        [join(packageRoot(), "bench/peers/torch_byol.py"), ...peerArguments],
        patience(peer),
      );
      try {
        const measured = await inTurn(title, [ours, theirs]);
        const here = measured.find(({ last }) => last.device)?.last.device;
        for (const { name, times, last } of measured) {
          const rate = batch / median(times);
          const { loss, peakMiB, device: card = here, version, fallbacks } = last;
          const date = new Date().toISOString();
          const row = { date, card, driver, mode, size, batch, name, imagesPerSecond: rate, times, peakMiB };
          appendFileSync(file, `${JSON.stringify({ ...row, version, fallbacks, loss })}\n`);
          console.log(
            `${title}: ${name.padEnd(14)} ${rate.toFixed(0)} images/s, ${peakMiB} MiB, loss ${loss}`,
          );
        }
        const mine = measured.find(({ name }) => name === ours.name);
        if (pass > 0 || !mine) continue;
        const many = Math.ceil(busySeconds / median(mine.times));
        const busy = await busyShare(() => ours.ask(`step ${many}`));
        const profile = await ours.ask("profile");
        appendFileSync(file, `${JSON.stringify({ mode, size, batch, busy, profile })}\n`);
        const share = busy === null ? "?" : (100 * busy).toFixed(0);
        console.log(`${title}: the card is busy ${share} % of the time`);
        const kernels = (profile.profile ?? []) as [string, { calls: number; ms: number }][];
        for (const [name, k] of kernels.sort((a, b) => b[1].ms - a[1].ms).slice(0, 10))
          console.log(`  ${name} ${k.calls} calls ${k.ms.toFixed(2)} ms`);
      } finally {
        ours.stop();
        theirs.stop();
      }
    }
  }
}

/**
 * Each convolution of ResNet-18 in each pass, ours and cuDNN's in turn, for a batch of as many views as a step has. Who
 * fails says why and takes no further part.
 */
async function convolutions(file: string, size: number, batch: number): Promise<void> {
  const ours = worker("ours bf16", process.execPath, [
    ...[packageRoot("lib/engine-worker.js"), "byol", "auto", String(size), String(batch), "1", engine],
  ]);
  const theirs = worker("torch", python, [
    ...[join(packageRoot(), "bench/peers/torch_convolutions.py"), "4", device],
  ]);
  let running = [ours, theirs];
  try {
    for (const c of resnetConvolutions(size))
      for (const pass of PASSES) {
        if (callsInStep(c, pass) === 0) continue;
        const task = convolutionTask(pass, c, 2 * batch, stepsInRound);
        const times: Record<string, number[]> = {};
        for (let round = 0; round < rounds; round++)
          for (const w of running) {
            const { seconds, failed } = await w.ask(task);
            if (!failed) (times[w.name] ??= []).push(seconds as number);
            else {
              console.log(`${task}: ${w.name}: ${failed}`);
              running = running.filter((other) => other !== w);
            }
          }
        if (running.length === 0) return;
        appendFileSync(file, `${JSON.stringify({ mode: "convolution", task, times })}\n`);
        const taken = running.map(({ name }) => `${name} ${(1000 * median(times[name])).toFixed(3)} ms`);
        const [a, b] = running.map(({ name }) => median(times[name]));
        console.log(`${task}: ${taken.join(", ")}${b ? `, ${(a / b).toFixed(2)} of its time` : ""}`);
      }
  } finally {
    ours.stop();
    theirs.stop();
  }
}

interface Measured {
  name: string;
  /** Seconds a step, one for each round. */
  times: number[];
  last: Record<string, unknown>;
}

/** Rounds of each worker in turn; who fails says why and takes no further part. */
async function inTurn(title: string, workers: Worker[]): Promise<Measured[]> {
  const measured = workers.map((worker): Measured & { worker: Worker } => ({
    ...{ worker, name: worker.name, times: [], last: {} },
  }));
  for (let round = 0; round <= rounds; round++)
    for (const m of measured) {
      if (m.last.failed) continue;
      // The first round compiles, builds and fills pools.
      m.last = await m.worker.ask(`step ${round ? stepsInRound : 3}`);
      if (m.last.failed) console.log(`${title}: ${m.name}: ${m.last.failed}`);
      else if (round) m.times.push((m.last.seconds as number) / stepsInRound);
    }
  return measured.filter(({ times }) => times.length > 0);
}

function worker(name: string, command: string, args: string[], seconds = patience("")): Worker {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr = (stderr + chunk).slice(-2000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // Its last words may come after its last answer; what it started itself may keep them from ending.
  const ended = new Promise((over) => child.on("close", over));
  child.on("error", (error) => {
    stderr = `it did not start: ${error.message}`;
  });
  child.stdin.on("error", () => {});
  return {
    name,
    async ask(task) {
      child.stdin.write(`${task}\n`);
      const stop = AbortSignal.timeout(Math.min(1000 * seconds, 2 ** 31 - 1));
      const late = () => {
        stderr = `it took longer than ${seconds} s`;
        child.kill("SIGKILL");
      };
      stop.addEventListener("abort", late);
      const { value, done } = await lines.next();
      stop.removeEventListener("abort", late);
      if (done) await Promise.race([ended, setTimeout(1000)]);
      if (done) return { failed: lastWords(stderr) };
      try {
        return JSON.parse(value);
      } catch {
        return { failed: `its answer is no line of JSON: ${value}` };
      }
    },
    stop: () => void child.kill("SIGKILL"),
  };
}

/** The line of a process's errors that says what was wrong: Node's is above the stack, Python's the last. */
function lastWords(stderr: string): string {
  const lines = stderr.trim().split("\n");
  const error = lines.filter((line) => /^[\w.]*(Error|Exception)\b.*:/.test(line)).at(-1);
  return error ?? (lines.slice(-3).join(" | ") || "it ended and said nothing");
}

await main();
