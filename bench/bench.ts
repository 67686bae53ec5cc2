import { cpus } from "node:os";
import { cpuModel } from "../lib/engine/cpu-model.js";
import { atomicWrite } from "../lib/files/atomic-write.js";
import { paths } from "../lib/files/paths.js";
import type { BenchOptions, BenchRow } from "./bench-row.js";
import { peerVersions, python } from "./python-peer.js";

/** The parts of the bench by name; each is loaded when its turn comes, so a peer that is missing costs only its part. */
const parts: Record<string, () => Promise<{ run(options: BenchOptions): Promise<BenchRow[]> }>> = {
  engine: () => import("./engine.js"),
  convolutions: () => import("./convolutions.js"),
  preprocess: () => import("./preprocess.js"),
  clustering: () => import("./clustering.js"),
  neighbours: () => import("./neighbours.js"),
  precision: () => import("./precision.js"),
  survey: () => import("./survey.js"),
  start: () => import("./start.js"),
  reading: () => import("./reading.js"),
  explorer: () => import("./explorer.js"),
};

const usage = `npm run bench [-- --only PARTS] [--compare] | -- --profile-step
  --only PARTS     of ${Object.keys(parts).join(", ")}; with commas between; all without it
  --compare        leaves out how time and memory grow with n
  --profile-step   where the time of one step of training goes
engine:150 and convolutions:150 are at 150 px only. LATENT_SKY_PYTHON names the Python of the peers.`;

/**
 * `npm run bench [-- --only engine,preprocess --compare | --profile-step]`: ours and the Python stack's in turn in one
 * run, medians, as a table and in `out/bench.json`; `--compare` leaves out how time and memory grow with n, and
 * `engine:150` is the engine at 150 px only, `convolutions:150` ResNet-18's layers at that size. Timings belong to this
 * machine and this hour; none of them is a test.
 */
async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) {
    console.log(usage);
    return;
  }
  if (args.includes("--profile-step")) {
    const { profileStep } = await import("./engine.js");
    for (const line of await profileStep()) console.log(line);
    return;
  }
  const at = args.indexOf("--only");
  const chosen = at >= 0 ? (args[at + 1] ?? "").split(",") : Object.keys(parts);
  const unknown = chosen.filter((name) => !(name.split(":")[0] in parts));
  if (unknown.length)
    throw new Error(
      `There is no bench "${unknown.join(", ")}"; choose from ${Object.keys(parts).join(", ")}.`,
    );
  const peers = peerVersions();
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  console.log(`${cpus().length} x ${cpuModel()}, Node ${process.version}`);
  console.log(`peers: ${python} (${versions.join(", ")})`);
  const results: (BenchRow & { part: string })[] = [];
  for (const part of chosen) {
    console.log(`\n== ${part}`);
    const [name, size] = part.split(":");
    const options = { scaling: !args.includes("--compare"), size: size ? Number(size) : undefined };
    for (const row of await (await parts[name]()).run(options)) {
      results.push({ part, ...row });
      console.log(lineOf(row));
    }
    const machine = { cpu: cpuModel(), cores: cpus().length, node: process.version };
    const record = { machine, peers, date: new Date().toISOString(), results };
    await atomicWrite(paths.out("bench.json"), `${JSON.stringify(record, null, 1)}\n`);
  }
  console.log(`\nWritten to ${paths.out("bench.json")}`);
}

function lineOf({ stage, ours, peer, unit, ratio, target, note }: BenchRow): string {
  const number = (x: number | null) => (x === null ? "-" : x.toPrecision(3)).padStart(9);
  const times = (ratio === null ? "" : `${ratio.toFixed(2)}x`).padStart(8);
  return `${stage.padEnd(56)}${number(ours)}${number(peer)} ${unit.padEnd(9)}${times}  ${target}${note ? `  (${note})` : ""}`;
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
