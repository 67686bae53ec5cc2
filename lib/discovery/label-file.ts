import { type FileHandle, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder, syncFolder } from "../files/atomic-write.js";
import { withLock } from "../files/with-lock.js";
import { WriteError, whyNotWritten } from "../files/write-error.js";
import { LabelAnswers } from "./label-answers.js";
import { type LabelEntry, labelLines, notALabel } from "./label-lines.js";

export type NewLabel = Omit<LabelEntry, "time">;

/**
 * A file of labels, one JSON object a line, only ever appended to. What is appended at once is written in one call and
 * synced to the disk before `append` resolves: a label that was acknowledged survives kill -9 and a power cut. A write
 * that fails (a full disk) is taken out of the file again, so that neither half a line nor an answer that the person
 * was told is not stored stays there. Panels, persons and processes may share a file: they write in turn, and each
 * learns what another stored when it stores its own or is told to `refresh`.
 */
export class LabelFile {
  private queue: Promise<unknown> = Promise.resolve();
  private readonly listeners = new Set<(ids: readonly string[]) => void>();

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private state: LabelAnswers,
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

  /** All answers known here. */
  get answers(): LabelAnswers {
    return this.state;
  }

  /** The score that stands for `id`: null, skipped; undefined, never given or taken back. */
  get(id: string): number | null | undefined {
    return this.state.score(id);
  }

  /** Calls `listener` with the ids whose answers changed, own and others', until the returned function is called. */
  listen(listener: (ids: readonly string[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Stores answers; resolves when all are on the disk. */
  async append(entries: NewLabel | readonly NewLabel[]): Promise<void> {
    const list = "id" in entries ? [entries] : entries;
    for (const entry of list) {
      const wrong = notALabel(entry);
      if (wrong) throw new Error(`This is no label: ${wrong}.`);
    }
    if (list.length) await this.inTurn(() => list);
  }

  /** Takes the last act of one person back (`LabelAnswers.lastAct`); returns its ids, none where nothing stands. */
  async undoLast(by: string): Promise<string[]> {
    let ids: string[] = [];
    await this.inTurn(() => {
      ids = this.state.lastAct(by); // after learning what other processes stored
      return ids.map((id) => ({ id, undo: true as const, ...(by ? { by } : {}) }));
    });
    return ids;
  }

  /** Takes in what other processes have stored since; the last line may still be in the making. */
  async refresh(): Promise<void> {
    const { size } = await this.file.stat();
    if (size === this.known) return;
    const work = this.queue.then(() => this.learn());
    this.queue = work.catch(() => {});
    await work;
  }

  async close(): Promise<void> {
    await this.queue;
    await this.file.close();
  }

  private async inTurn(entries: () => readonly NewLabel[]): Promise<void> {
    const write = this.queue.then(() => withLock(this.path, () => this.write(entries)));
    this.queue = write.catch(() => {}); // a failed write must not block the next
    await write.catch((error) => {
      throw unwritable(this.path, error);
    });
  }

  private async write(entries: () => readonly NewLabel[]): Promise<void> {
    let size = await this.learn();
    if (this.known < size) {
      // Half a line, never acknowledged, and whoever was writing it is gone: the lock is held here.
      await this.file.truncate(this.known);
      size = this.known;
    }
    const time = new Date().toISOString();
    const stored: LabelEntry[] = entries().map((entry) => ({ ...entry, time }));
    if (!stored.length) return;
    const last = Buffer.alloc(1);
    if (size > 0) await this.file.read(last, 0, 1, size - 1);
    const before = size > 0 && last.toString() !== "\n" ? "\n" : "";
    const lines = Buffer.from(before + stored.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    try {
      // writeFile, not write: on a nearly full disk one write stores a part of the line and does not fail.
      await this.file.writeFile(lines);
      await this.file.sync();
    } catch (error) {
      await this.file.truncate(size).catch(() => {});
      throw error;
    }
    this.known = size + lines.length;
    this.apply(stored);
  }

  /** Takes in what another process added; returns the file's length. */
  private async learn(): Promise<number> {
    const { size } = await this.file.stat();
    if (size < this.known) {
      // Another process took a write back that failed, or a person edited the file: what stands is read anew.
      const before = [...this.state.ids()];
      const { answers, known } = await readAnswers(this.path);
      this.state = answers;
      this.known = known;
      this.tell([...new Set([...before, ...answers.ids()])]);
      return (await this.file.stat()).size;
    }
    if (size === this.known) return size;
    const added = Buffer.alloc(size - this.known);
    await this.file.read(added, 0, added.length, this.known);
    const { entries, whole } = labelLines(added, this.path);
    this.known += whole;
    this.apply(entries);
    return size;
  }

  private apply(entries: readonly LabelEntry[]): void {
    for (const entry of entries) this.state.apply(entry);
    this.tell(entries.map(({ id }) => id));
  }

  private tell(ids: readonly string[]): void {
    if (ids.length) for (const listener of this.listeners) listener(ids);
  }
}

/** The scores that stand in a label file; fails with a sentence that names the line where one is damaged. */
export async function readLabels(path: string): Promise<Map<string, number | null>> {
  const { answers } = await readAnswers(path);
  const scores = new Map<string, number | null>();
  for (const id of answers.ids()) {
    const score = answers.score(id);
    if (score !== undefined) scores.set(id, score);
  }
  return scores;
}

/** Everything that stands in a label file. */
export async function readAnswers(path: string): Promise<{ answers: LabelAnswers; known: number }> {
  const bytes = await readFile(path).catch((error) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    if (whyNotWritten(path, error)) throw unwritable(path, error);
    throw new Error(`The labels of ${path} cannot be read: ${error.message}.`, { cause: error });
  });
  const answers = new LabelAnswers();
  const { entries, whole } = labelLines(bytes, path);
  for (const entry of entries) answers.apply(entry);
  return { answers, known: whole };
}

function unwritable(path: string, thrown: unknown): Error {
  // The lock beside the file has a sentence of its own, about the same disk.
  const error = thrown instanceof WriteError ? thrown.cause : thrown;
  const why = whyNotWritten(path, error) ?? String((error as Error).message ?? error);
  return new Error(`Cannot write labels to ${path}: ${why}; the labels given before are safe.`, {
    cause: error,
  });
}
