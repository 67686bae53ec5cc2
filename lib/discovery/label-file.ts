import { type FileHandle, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder, syncFolder } from "../files/atomic-write.js";
import { withLock } from "../files/with-lock.js";
import { WriteError, whyNotWritten } from "../files/write-error.js";
import { type LabelEntry, labelLines, notALabel } from "./label-lines.js";

type Answers = Map<string, (number | null)[]>;

/**
 * A file of labels, one JSON object a line, only ever appended to. Each line is written in one call and synced
 * to the disk before `append` resolves: a label that was acknowledged survives kill -9 and a power cut. A write that
 * fails (a full disk) is taken out of the file again, so that neither half a line nor an answer that the person was
 * told is not stored stays there. Two panels may share a file: they write in turn, and each learns what the other
 * stored when it stores its own.
 */
export class LabelFile {
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly answers: Answers,
    /** Bytes of the file that are known here. */
    private known: number,
  ) {}

  /** Opens or creates the file; a half-written last line, left by a crash, is skipped. */
  static async open(path: string): Promise<LabelFile> {
    const { answers, known } = await readAnswers(path);
    try {
      await makeFolder(dirname(path));
      const file = await open(path, "a+");
      if (known === 0) await syncFolder(dirname(path));
      return new LabelFile(path, file, answers, known);
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** The answer that stands for `id`; undefined, never asked or taken back. */
  get(id: string): number | null | undefined {
    return this.answers.get(id)?.at(-1);
  }

  /** Every standing answer. */
  labels(): Map<string, number | null> {
    return standing(this.answers);
  }

  /** Stores one answer; resolves when it is on the disk. */
  async append(entry: Omit<LabelEntry, "time">): Promise<void> {
    const wrong = notALabel(entry);
    if (wrong) throw new Error(`This is no label: ${wrong}.`);
    const write = this.queue.then(() => withLock(this.path, () => this.write(entry)));
    this.queue = write.catch(() => {}); // a failed write must not block the next
    await write.catch((error) => {
      throw unwritable(this.path, error);
    });
  }

  private async write(entry: Omit<LabelEntry, "time">): Promise<void> {
    const size = await this.learn();
    const last = Buffer.alloc(1);
    if (size > 0) await this.file.read(last, 0, 1, size - 1);
    const before = size > 0 && last.toString() !== "\n" ? "\n" : "";
    const line = Buffer.from(`${before}${JSON.stringify({ ...entry, time: new Date().toISOString() })}\n`);
    try {
      // writeFile, not write: on a nearly full disk one write stores a part of the line and does not fail.
      await this.file.writeFile(line);
      await this.file.sync();
    } catch (error) {
      await this.file.truncate(size).catch(() => {});
      throw error;
    }
    this.known = size + line.length;
    apply(this.answers, entry);
  }

  /** Takes in what another process added and returns the file's length, without half a line that one left. */
  private async learn(): Promise<number> {
    const { size } = await this.file.stat();
    if (size <= this.known) return size;
    const added = Buffer.alloc(size - this.known);
    await this.file.read(added, 0, added.length, this.known);
    const { entries, whole } = labelLines(added, this.path);
    for (const entry of entries) apply(this.answers, entry);
    this.known += whole;
    // It was never acknowledged, and whoever was writing it is gone: the lock is held here.
    if (this.known < size) await this.file.truncate(this.known);
    return this.known;
  }

  async close(): Promise<void> {
    await this.queue;
    await this.file.close();
  }
}

/** The standing answers of a label file; fails with a sentence that names the line where one is damaged. */
export async function readLabels(path: string): Promise<Map<string, number | null>> {
  return standing((await readAnswers(path)).answers);
}

async function readAnswers(path: string): Promise<{ answers: Answers; known: number }> {
  const bytes = await readFile(path).catch((error) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    if (whyNotWritten(path, error)) throw unwritable(path, error);
    throw new Error(`The labels of ${path} cannot be read: ${error.message}.`, { cause: error });
  });
  const answers: Answers = new Map();
  const { entries, whole } = labelLines(bytes, path);
  for (const entry of entries) apply(answers, entry);
  return { answers, known: whole };
}

function apply(answers: Answers, entry: Omit<LabelEntry, "time">): void {
  const given = answers.get(entry.id) ?? [];
  if (entry.undo) given.pop();
  else given.push(entry.score ?? null);
  answers.set(entry.id, given);
}

function standing(answers: Answers): Map<string, number | null> {
  const result = new Map<string, number | null>();
  for (const [id, given] of answers) if (given.length) result.set(id, given[given.length - 1]);
  return result;
}

function unwritable(path: string, thrown: unknown): Error {
  // The lock beside the file has a sentence of its own, about the same disk.
  const error = thrown instanceof WriteError ? thrown.cause : thrown;
  const why = whyNotWritten(path, error) ?? String((error as Error).message ?? error);
  return new Error(`Cannot write labels to ${path}: ${why}; the labels given before are safe.`, {
    cause: error,
  });
}
