import { type FileHandle, open, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder, syncFolder } from "../files/atomic-write.js";
import { realPlace } from "../files/real-place.js";
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
 * learns what another stored when it stores its own or is told to `refresh`. The lock lies beside the file itself: a link
 * to it is the same file.
 *
 * What counts is the file at the path. Editors, git, rsync and Dropbox put another file in its place: before anything is
 * written that one is opened and read anew, and where a person edited it in place it is read anew too.
 */
export class LabelFile {
  private queue: Promise<unknown> = Promise.resolve();
  private readonly listeners = new Set<(ids: readonly string[]) => void>();

  private constructor(
    readonly path: string,
    private at: OpenLabels,
  ) {}

  /** Opens or creates the file; a half-written last line, left by a crash, is skipped. */
  static async open(path: string): Promise<LabelFile> {
    return new LabelFile(path, await openLabels(path));
  }

  /** All answers known here. */
  get answers(): LabelAnswers {
    return this.at.answers;
  }

  /** The score that stands for `id`: null, skipped; undefined, never given or taken back. */
  get(id: string): number | null | undefined {
    return this.at.answers.score(id);
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
      ids = this.at.answers.lastAct(by); // after learning what other processes stored
      return ids.map((id) => ({ id, undo: true as const, ...(by ? { by } : {}) }));
    });
    return ids;
  }

  /** Takes in what others have done to the file since; the last line may still be in the making. */
  async refresh(): Promise<void> {
    const work = this.queue.then(async () => {
      // Where no file is one is being put there, or it is gone, and the next answer makes it anew.
      if ((await this.isInPlace()) !== null) await this.learn();
    });
    this.queue = work.catch(() => {});
    await work;
  }

  async close(): Promise<void> {
    await this.queue;
    await this.at.file.close();
  }

  private async inTurn(entries: () => readonly NewLabel[]): Promise<void> {
    const write = this.queue.then(async () =>
      withLock(await realPlace(this.path), () => this.write(entries)),
    );
    this.queue = write.catch(() => {}); // a failed write must not block the next
    await write.catch((error) => {
      throw unwritable(this.path, error);
    });
  }

  private async write(entries: () => readonly NewLabel[]): Promise<void> {
    let size = await this.learn();
    const { file, known } = this.at;
    if (known < size) {
      // Half a line, never acknowledged, and whoever was writing it is gone: the lock is held here.
      await file.truncate(known);
      size = known;
    }
    const time = new Date().toISOString();
    const stored: LabelEntry[] = entries().map((entry) => ({ ...entry, time }));
    if (!stored.length) return;
    const before = size > 0 && this.at.tail.at(-1) !== 10 ? "\n" : "";
    const lines = Buffer.from(before + stored.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    try {
      // writeFile, not write: on a nearly full disk one write stores a part of the line and does not fail.
      await file.writeFile(lines);
      await file.sync();
    } catch (error) {
      await file.truncate(size).catch(() => {});
      throw error;
    }
    // Another file that was put in its place while this was written may have been copied before or after.
    if (
      !(await this.isInPlace()) &&
      !(await readFile(this.path).catch(() => Buffer.alloc(0))).includes(lines)
    )
      throw new Error("another file was put in its place in this very moment; give the label again");
    this.took(lines);
    this.apply(stored);
  }

  /** Takes in what others did to the file; returns its length. */
  private async learn(): Promise<number> {
    const { file, known, tail } = this.at;
    const { size } = await file.stat();
    // Grown behind what is known here, or not at all; otherwise another process took a write back that failed, or a
    // person edited the file or put another in its place: what stands is read anew.
    const goesOn =
      (await this.isInPlace()) && (await bytesOf(file, known - tail.length, tail.length)).equals(tail);
    if (!goesOn) {
      const before = [...this.at.answers.ids()];
      this.at = await openLabels(this.path);
      await file.close();
      this.tell([...new Set([...before, ...this.at.answers.ids()])]);
      return (await this.at.file.stat()).size;
    }
    if (size === known) return size;
    const added = await bytesOf(file, known, size - known);
    const { entries, whole } = labelLines(added, this.path);
    this.took(added.subarray(0, whole));
    this.apply(entries);
    return known + added.length;
  }

  /** Whether the open file is the one at the path; null where none is there. */
  private async isInPlace(): Promise<boolean | null> {
    const there = await stat(this.path, { bigint: true }).catch(() => null);
    if (!there) return null;
    const { dev, ino } = await this.at.file.stat({ bigint: true });
    return there.dev === dev && there.ino === ino;
  }

  /** Notes that the file's next bytes are known here. */
  private took(bytes: Buffer): void {
    this.at.known += bytes.length;
    this.at.tail = tailOf(Buffer.concat([this.at.tail, bytes]));
  }

  private apply(entries: readonly LabelEntry[]): void {
    for (const entry of entries) this.at.answers.apply(entry);
    this.tell(entries.map(({ id }) => id));
  }

  private tell(ids: readonly string[]): void {
    if (ids.length) for (const listener of this.listeners) listener(ids);
  }
}

/** An open label file and what is known of it. */
interface OpenLabels {
  file: FileHandle;
  answers: LabelAnswers;
  /** Bytes of the file that are known here, */
  known: number;
  /** and the last of them, which tell that the file was only appended to since: every line has its time. */
  tail: Buffer;
}

const tailOf = (bytes: Buffer): Buffer => Buffer.from(bytes.subarray(-256));

/** Opens or creates the file at `path` and reads it whole. */
async function openLabels(path: string): Promise<OpenLabels> {
  let file: FileHandle | null = null;
  let bytes: Buffer;
  try {
    await makeFolder(dirname(path));
    file = await open(path, "a+");
    bytes = await bytesOf(file, 0, (await file.stat()).size);
    if (bytes.length === 0) await syncFolder(dirname(path));
  } catch (error) {
    await file?.close();
    throw unwritable(path, error);
  }
  try {
    const { answers, known } = answersIn(bytes, path);
    return { file, answers, known, tail: tailOf(bytes.subarray(0, known)) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** `length` bytes of a file from `start` on, fewer where it ends before. */
async function bytesOf(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, start);
  return bytes.subarray(0, bytesRead);
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
export async function readAnswers(path: string): Promise<{ answers: LabelAnswers }> {
  const bytes = await readFile(path).catch((error) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    if (whyNotWritten(path, error)) throw unwritable(path, error);
    throw new Error(`The labels of ${path} cannot be read: ${error.message}.`, { cause: error });
  });
  return answersIn(bytes, path);
}

/** The answers in a label file's bytes, and how many of these are whole lines. */
function answersIn(bytes: Buffer, path: string): { answers: LabelAnswers; known: number } {
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
