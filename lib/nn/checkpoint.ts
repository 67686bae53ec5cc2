import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { digest } from "../digest.js";
import { atomicWrite } from "../files/atomic-write.js";
import { fileDigest } from "../files/file-digest.js";
import { withLock } from "../files/with-lock.js";
import type { TensorMap } from "./host-tensor.js";
import { readSafetensors, writeSafetensors } from "./safetensors.js";

/** What a training run needs to go on as if it had never stopped, besides its tensors. */
export interface CheckpointState<Entry = unknown> {
  /** Epochs done. */
  epoch: number;
  /** Optimiser steps done. */
  step: number;
  /** Everything the numbers depend on; a run with other settings must not continue this one. */
  settings: Record<string, unknown>;
  /** One entry per epoch so far. */
  log: Entry[];
}

/** Goes up with every change of what a checkpoint holds or means. */
const FORMAT = 1;

/** A checkpoint of another version of latent-sky: neither gone on from nor written beside. */
class OtherVersion extends Error {}

interface Stored<Entry> extends CheckpointState<Entry> {
  format: typeof FORMAT;
  tensors: { bytes: number; sha256: string };
}

/**
 * The settings in which a checkpoint differs from a run. A checkpoint of an earlier version may lack one that this
 * version tells (the digest of the starting weights): what is not told cannot be compared.
 */
export function differingSettings(saved: Record<string, unknown>, wanted: Record<string, unknown>): string[] {
  const differs = (k: string) => JSON.stringify(saved[k]) !== JSON.stringify(wanted[k]);
  return Object.keys(wanted).filter((k) => k in saved && differs(k));
}

/** The newest `keep` checkpoints stay; "all" keeps every epoch. */
export type Keep = number | "all";

/**
 * Checkpoints of a training run: `epoch-0007.safetensors` beside `epoch-0007.json`, whose digests cover the tensors
 * and itself. The JSON is written last, so a checkpoint is there once it is whole; a damaged one is passed over for
 * the one before. `training-log.jsonl` repeats the log, a line per epoch, for other programs.
 */
export class Checkpoints<Entry = unknown> {
  constructor(
    readonly folder: string,
    private readonly keep: Keep = 2,
  ) {
    if (keep !== "all" && !(Number.isInteger(keep) && keep >= 1))
      throw new Error(`keep is ${keep}; give how many checkpoints stay (1 or more) or "all".`);
  }

  /**
   * Keeps an epoch. Two runs of the same settings may keep theirs in one folder, since both have the same numbers; one
   * of other settings is refused, it would end in a mixture.
   */
  save(state: CheckpointState<Entry>, tensors: TensorMap): Promise<string> {
    return withLock(this.folder, async () => {
      await this.refuseOther(state);
      return this.write(state, tensors);
    });
  }

  private async refuseOther(state: CheckpointState<Entry>): Promise<void> {
    const [newest] = await this.epochs();
    if (newest === undefined) return;
    const there = await this.state(newest).catch((error) => {
      if (error instanceof OtherVersion) throw error;
      return null;
    });
    if (!there || differingSettings(there.settings, state.settings).length === 0) return;
    throw new Error(
      `Another run with other settings keeps its checkpoints in ${this.folder}: give this one a folder of its own.`,
    );
  }

  private async write(state: CheckpointState<Entry>, tensors: TensorMap): Promise<string> {
    const path = this.path(state.epoch, "safetensors");
    const sha256 = await writeSafetensors(path, tensors, { epoch: String(state.epoch) });
    const { size } = await stat(path);
    const body: Stored<Entry> = { format: FORMAT, ...state, tensors: { bytes: size, sha256 } };
    const text = JSON.stringify(body);
    await atomicWrite(
      this.path(state.epoch, "json"),
      `{"sha256":"${digest(text, 64)}","checkpoint":${text}}\n`,
    );
    const epochs = await this.epochs();
    if (epochs[0] === state.epoch)
      await atomicWrite(
        join(this.folder, "training-log.jsonl"),
        state.log.map((entry) => `${JSON.stringify(entry)}\n`).join(""),
      );
    if (this.keep !== "all")
      for (const epoch of epochs.slice(this.keep)) {
        // The JSON first: without it the rest is no checkpoint.
        await rm(this.path(epoch, "json"), { force: true });
        await rm(this.path(epoch, "safetensors"), { force: true });
      }
    return path;
  }

  /**
   * The newest whole checkpoint of at most `upTo` epochs, with a sentence for each damaged one that was passed over;
   * null where there are none. Fails when there are some and none is whole, since starting over would overwrite them,
   * and where another version of latent-sky wrote the newest.
   */
  async latest(
    upTo = Number.POSITIVE_INFINITY,
  ): Promise<{ state: CheckpointState<Entry>; tensors: TensorMap; refused: string[] } | null> {
    const refused: string[] = [];
    const epochs = await this.epochs();
    const usable = epochs.filter((e) => e <= upTo);
    if (epochs.length > 0 && usable.length === 0)
      throw new Error(
        `The run in ${this.folder} has done ${epochs[0]} epochs, more than the ${upTo} asked for; ask for as many or use another folder.`,
      );
    for (const epoch of usable)
      try {
        return { ...(await this.read(epoch)), refused };
      } catch (error) {
        // The one before it would go on beside what the other version wrote.
        if (error instanceof OtherVersion) throw error;
        refused.push((error as Error).message);
      }
    if (refused.length === 0) return null;
    throw new Error(
      `No checkpoint in ${this.folder} can be used: ${refused.join(" ")} Move the folder away to start over.`,
    );
  }

  /** One epoch's checkpoint, or an error that says what is wrong with it. */
  async read(epoch: number): Promise<{ state: CheckpointState<Entry>; tensors: TensorMap }> {
    const refuse = (what: string) => this.refusal(epoch, what);
    const { tensors: expected, format: _, ...state } = await this.state(epoch);
    const file = this.path(epoch, "safetensors");
    const bytes = await stat(file).then(
      (s) => s.size,
      () => null,
    );
    if (bytes === null) throw refuse("its tensors are missing");
    if (bytes !== expected.bytes)
      throw refuse(`its tensors have ${bytes} bytes where ${expected.bytes} were written`);
    if ((await fileDigest(file)) !== expected.sha256)
      throw refuse("its tensors changed after they were written");
    return { state, tensors: (await readSafetensors(file)).tensors };
  }

  private refusal(epoch: number, what: string): Error {
    return new Error(`The checkpoint ${this.path(epoch, "json")} is not used: ${what}.`);
  }

  /** What the JSON of one epoch says, checked against its own digest. */
  private async state(epoch: number): Promise<Stored<Entry>> {
    const text = await readFile(this.path(epoch, "json"), "utf8");
    const match = /^\{"sha256":"([0-9a-f]{64})","checkpoint":(\{.*\})\}\n$/s.exec(text);
    if (!match || digest(match[2], 64) !== match[1])
      throw this.refusal(epoch, "it was cut short or changed after it was written");
    const stored = JSON.parse(match[2]) as Stored<Entry>;
    if (stored.format !== FORMAT)
      throw new OtherVersion(
        `The checkpoint ${this.path(epoch, "json")} has format ${stored.format}, and this version of latent-sky reads ` +
          `format ${FORMAT}: go on with the version that wrote it, or move ${this.folder} away to start over.`,
      );
    return stored;
  }

  /** Epochs that have a checkpoint, newest first. */
  async epochs(): Promise<number[]> {
    const names = await readdir(this.folder).catch(() => [] as string[]);
    return names
      .map((name) => /^epoch-(\d+)\.json$/.exec(name))
      .filter((m): m is RegExpExecArray => m !== null)
      .map((m) => Number(m[1]))
      .sort((a, b) => b - a);
  }

  private path(epoch: number, extension: string): string {
    return join(this.folder, `epoch-${String(epoch).padStart(4, "0")}.${extension}`);
  }
}
