import { spawn, spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { median } from "../../lib/median.js";
import { packageRoot } from "../../lib/package-root.js";
import { busyShare } from "./busy-share.js";

/**
 * BYOL steps and features on the card, ours and PyTorch's in turn (`out/gpu/run.sh`): every contestant is a process of
 * its own, a round is many steps that are waited for at their end only. Then the share of time in which our steps keep the
 * card busy, and our kernels one by one. Prints images a second and appends a line of JSON for each row to the file
 * named as argument.
 */
interface Worker {
  name: string;
  ask(task: string): Promise<Record<string, unknown>>;
  stop(): void;
}

const sizes = [
  ["byol", 224, 128],
  ["byol", 150, 128],
  ["byol", 300, 128],
  ["byol", 224, 256],
  ["features", 224, 256],
] as const;
/** PyTorch as its users tune it, and through torch.compile with CUDA graphs, which takes minutes to compile. */
const peers = (process.env.LATENT_SKY_BENCH_PEERS ?? "tuned,compiled").split(",");
const rounds = 3;
const stepsInRound = 10;
const busySeconds = 4;

async function main(): Promise<void> {
  const smi = spawnSync("nvidia-smi", ["--query-gpu=driver_version", "--format=csv,noheader"]);
  const driver = String(smi.stdout ?? "").trim();
  const [file = "results.jsonl"] = process.argv.slice(2);
  for (const [mode, size, batch] of sizes) {
    const options = [mode, String(size), String(batch)];
    const title = `${mode} ${size} px, batch ${batch}`;
    const workers = [
      worker("ours bf16", process.execPath, [
        packageRoot("lib/engine-worker.js"),
        mode,
        "auto",
        ...options.slice(1),
        "1",
        "cuda",
      ]),
      ...peers.map((kind) =>
        worker(`torch ${kind}`, process.env.LATENT_SKY_PYTHON ?? "python3", [
          join(packageRoot(), "bench/peers/torch_byol.py"),
          mode,
          kind,
          ...options.slice(1),
          "4",
          "cuda",
        ]),
      ),
    ];
    const seconds = new Map<string, number[]>();
    const last = new Map<string, Record<string, unknown>>();
    try {
      for (let round = 0; round <= rounds; round++)
        for (const { name, ask } of workers) {
          if (last.get(name)?.failed) continue;
          // The first round compiles, builds and fills pools.
          const answer = await ask(`step ${round ? stepsInRound : 3}`);
          last.set(name, answer);
          if (answer.failed) console.log(`${name}: ${answer.failed}`);
          else if (round)
            seconds.set(name, [...(seconds.get(name) ?? []), (answer.seconds as number) / stepsInRound]);
        }
      for (const { name } of workers) {
        const times = seconds.get(name);
        if (!times) continue;
        const rate = batch / median(times);
        const { loss, peakMiB, device: card, version, fallbacks } = last.get(name)!;
        const date = new Date().toISOString();
        const row = { date, card, driver, mode, size, batch, name, imagesPerSecond: rate, times, peakMiB };
        appendFileSync(file, `${JSON.stringify({ ...row, version, fallbacks, loss })}\n`);
        console.log(`${title}: ${name.padEnd(14)} ${rate.toFixed(0)} images/s, ${peakMiB} MiB, loss ${loss}`);
      }
      const ours = workers[0];
      const many = Math.ceil(busySeconds / median(seconds.get(ours.name) ?? [1]));
      const busy = await busyShare(() => ours.ask(`step ${many}`));
      const profile = await ours.ask("profile");
      appendFileSync(file, `${JSON.stringify({ mode, size, batch, busy, profile })}\n`);
      console.log(
        `${title}: the card is busy ${busy === null ? "?" : (100 * busy).toFixed(0)} % of the time`,
      );
      const table = ((profile.profile ?? []) as [string, { calls: number; ms: number }][]).sort(
        (a, b) => b[1].ms - a[1].ms,
      );
      console.log(
        table
          .slice(0, 10)
          .map(([name, k]) => `  ${name} ${k.calls} calls ${k.ms.toFixed(2)} ms`)
          .join("\n"),
      );
    } finally {
      for (const { stop } of workers) stop();
    }
  }
}

function worker(name: string, command: string, args: string[]): Worker {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr = (stderr + chunk).slice(-2000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  return {
    name,
    async ask(task) {
      child.stdin.write(`${task}\n`);
      const { value, done } = await lines.next();
      return done
        ? { failed: stderr.trim().split("\n").slice(-3).join(" | ") || "it ended" }
        : JSON.parse(value);
    },
    stop: () => void child.kill("SIGKILL"),
  };
}

await main();
