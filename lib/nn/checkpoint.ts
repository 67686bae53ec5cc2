import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { digest } from "../digest.js";
import { atomicWrite } from "../files/atomic-write.js";
import { fileDigest } from "../files/file-digest.js";
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

interface Stored<Entry> extends CheckpointState<Entry> {
  format: 1;
  tensors: { bytes: number; sha256: string };
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

  async save(state: CheckpointState<Entry>, tensors: TensorMap): Promise<string> {
    const path = this.path(state.epoch, "safetensors");
    const sha256 = await writeSafetensors(path, tensors, { epoch: String(state.epoch) });
    const { size } = await stat(path);
    const body: Stored<Entry> = { format: 1, ...state, tensors: { bytes: size, sha256 } };
    const text = JSON.stringify(body);
    await atomicWrite(
      this.path(state.epoch, "json"),
      `{"sha256":"${digest(text, 64)}","checkpoint":${text}}\n`,
    );
    await atomicWrite(
      join(this.folder, "training-log.jsonl"),
      state.log.map((entry) => `${JSON.stringify(entry)}\n`).join(""),
    );
    if (this.keep !== "all")
      for (const epoch of (await this.epochs()).slice(this.keep)) {
        // The JSON first: without it the rest is no checkpoint.
        await rm(this.path(epoch, "json"), { force: true });
        await rm(this.path(epoch, "safetensors"), { force: true });
      }
    return path;
  }

  /**
   * The newest whole checkpoint of at most `upTo` epochs, with a sentence for each damaged one that was passed over; null where there are
   * none. Fails when there are some and none is whole, since starting over would overwrite them.
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
        refused.push((error as Error).message);
      }
    if (refused.length === 0) return null;
    throw new Error(
      `No checkpoint in ${this.folder} can be used: ${refused.join(" ")} Move the folder away to start over.`,
    );
  }

  /** One epoch's checkpoint, or an error that says what is wrong with it. */
  async read(epoch: number): Promise<{ state: CheckpointState<Entry>; tensors: TensorMap }> {
    const path = this.path(epoch, "json");
    const refuse = (what: string) => new Error(`The checkpoint ${path} is not used: ${what}.`);
    const match = /^\{"sha256":"([0-9a-f]{64})","checkpoint":(\{.*\})\}\n$/s.exec(
      await readFile(path, "utf8"),
    );
    if (!match || digest(match[2], 64) !== match[1])
      throw refuse("it was cut short or changed after it was written");
    const { tensors: expected, format, ...state } = JSON.parse(match[2]) as Stored<Entry>;
    if (format !== 1) throw refuse(`it has format ${format}, and this version reads format 1`);
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
