import { readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { digest } from "../digest.js";
import { atomicWrite } from "../files/atomic-write.js";
import { fileDigest } from "../files/file-digest.js";
import { peakMemory } from "../peak-memory.js";
import { partName } from "./survey-plan.js";

/** Written after everything else of a task: what it made, from what, and where. Without it a task is not done. */
export interface Receipt {
  stage: string;
  /** The shard; null for a stage that is one task. */
  shard: number | null;
  /** Digest of the plan's key, the stage and the digests of what it was made from. */
  madeFrom: string;
  /** Path within the survey's folder -> bytes and digest. */
  outputs: Record<string, { bytes: number; digest: string }>;
  /** Of the outputs: what later stages are made from. */
  digest: string;
  /** Whatever the stage counts: images, failures, iterations. */
  counts: Record<string, number>;
  precision: string;
  engine: string;
  host: string;
  node: string;
  job: string | null;
  restarts: number;
  seconds: number;
  /** Peak of the process in MiB. */
  memory: number;
  finished: string;
}

/** What a stage leaves: paths within the survey's folder, and whatever it counts. */
export type StageOutput = { paths: readonly string[] } & Pick<Receipt, "counts">;

export const receiptPath = (folder: string, stage: string, shard: number | null) =>
  join(folder, "receipts", stage, `${shard === null ? "all" : partName(shard)}.json`);
/** Where the last failure of a task stands, until it succeeds. */
export const failurePath = (folder: string, stage: string, shard: number | null) =>
  join(folder, "failures", stage, `${shard === null ? "all" : partName(shard)}.json`);

/** A task's receipt, or null where there is none that can be read. */
export async function readReceipt(
  folder: string,
  stage: string,
  shard: number | null,
): Promise<Receipt | null> {
  try {
    const receipt: Receipt | null = JSON.parse(await readFile(receiptPath(folder, stage, shard), "utf8"));
    return receipt && Object.values(receipt.outputs).every((o) => typeof o?.bytes === "number")
      ? receipt
      : null;
  } catch {
    return null;
  }
}

/**
 * Why a task counts as not done, or null where it is: there is no receipt, it was made from something else, or a file
 * it names is gone or of another size. With `verify` every file is read and its digest compared.
 */
export async function whyMissing(
  folder: string,
  receipt: Receipt | null,
  madeFrom: string,
  verify = false,
): Promise<string | null> {
  if (!receipt) return "not done yet";
  if (receipt.madeFrom !== madeFrom) return "made from something else";
  for (const [path, { bytes, digest: known }] of Object.entries(receipt.outputs)) {
    const there = await stat(join(folder, path)).catch(() => null);
    if (!there) return `${path} is gone`;
    if (there.size !== bytes) return `${path} has ${there.size} bytes, not ${bytes}`;
    if (verify && (await fileDigest(join(folder, path))) !== known) return `${path} has changed`;
  }
  return null;
}

/** Writes the receipt of a task whose outputs are all on the disk. */
export async function writeReceipt(
  folder: string,
  made: StageOutput & Pick<Receipt, "stage" | "shard" | "madeFrom" | "precision" | "engine" | "seconds">,
): Promise<void> {
  const { paths, ...rest } = made;
  const outputs: Receipt["outputs"] = {};
  for (const path of [...paths].sort()) {
    const file = join(folder, path);
    outputs[path] = { bytes: (await stat(file)).size, digest: await fileDigest(file) };
  }
  const receipt: Receipt = {
    ...rest,
    outputs,
    digest: digest(JSON.stringify(outputs)),
    host: process.env.SLURMD_NODENAME ?? hostname(),
    node: process.version,
    job: process.env.SLURM_JOB_ID ?? null,
    restarts: Number(process.env.SLURM_RESTART_COUNT ?? 0),
    memory: Math.round(peakMemory()),
    finished: new Date().toISOString(),
  };
  await atomicWrite(receiptPath(folder, made.stage, made.shard), `${JSON.stringify(receipt, null, 1)}\n`);
}
