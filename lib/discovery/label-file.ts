import { type FileHandle, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder, syncFolder } from "../files/atomic-write.js";
import { whyNotWritten } from "../files/write-error.js";

/** One answer of a person. */
export interface LabelEntry {
  id: string;
  /** 0 to 5; null, skipped; absent on an undo, which takes the id's last answer back. */
  score?: number | null;
  undo?: true;
  /** The person had the votes shown first. */
  sawVotes?: true;
  time: string;
}

/**
 * A file of labels, one JSON object a line, only ever appended to. Each line is written in one call and synced
 * to the disk before `append` resolves: a label that was acknowledged survives kill -9 and a power cut. A write that
 * fails (a full disk) is taken out of the file again, so that neither half a line nor an answer that the person was
 * told is not stored stays there.
 */
export class LabelFile {
  private queue: Promise<unknown> = Promise.resolve();
  /** What has to go before the next line: a newline where the file ends in half a line. */
  private before = "";

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly answers: Map<string, (number | null)[]>,
  ) {}

  /** Opens or creates the file; a half-written last line, left by a crash, is skipped. */
  static async open(path: string): Promise<LabelFile> {
    try {
      const text = await readText(path);
      await makeFolder(dirname(path));
      const file = await open(path, "a");
      if (!text) await syncFolder(dirname(path));
      const labels = new LabelFile(path, file, parse(text));
      if (text && !text.endsWith("\n")) labels.before = "\n";
      return labels;
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
    const line = `${JSON.stringify({ ...entry, time: new Date().toISOString() })}\n`;
    const write = this.queue.then(async () => {
      const { size } = await this.file.stat();
      try {
        // writeFile, not write: on a nearly full disk one write stores a part of the line and does not fail.
        await this.file.writeFile(this.before + line);
        await this.file.sync();
      } catch (error) {
        await this.file.truncate(size).catch(() => {
          this.before = "\n";
        });
        throw error;
      }
      this.before = "";
      apply(this.answers, entry);
    });
    this.queue = write.catch(() => {}); // a failed write must not block the next
    await write.catch((error) => {
      throw unwritable(this.path, error);
    });
  }

  async close(): Promise<void> {
    await this.queue;
    await this.file.close();
  }
}

/** The standing answers of a label file. */
export async function readLabels(path: string): Promise<Map<string, number | null>> {
  return standing(parse(await readText(path)));
}

function parse(text: string): Map<string, (number | null)[]> {
  const answers = new Map<string, (number | null)[]>();
  for (const line of text.split("\n")) {
    if (!line.trim()) continue;
    try {
      const entry = JSON.parse(line) as LabelEntry;
      if (typeof entry.id === "string") apply(answers, entry);
    } catch {
      // the line a crash cut short: its label was never acknowledged
    }
  }
  return answers;
}

function apply(answers: Map<string, (number | null)[]>, entry: Omit<LabelEntry, "time">): void {
  const given = answers.get(entry.id) ?? [];
  if (entry.undo) given.pop();
  else given.push(entry.score ?? null);
  answers.set(entry.id, given);
}

function standing(answers: Map<string, (number | null)[]>): Map<string, number | null> {
  const result = new Map<string, number | null>();
  for (const [id, given] of answers) if (given.length) result.set(id, given[given.length - 1]);
  return result;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

function unwritable(path: string, error: unknown): Error {
  const why = whyNotWritten(path, error) ?? String((error as Error).message ?? error);
  return new Error(`Cannot write labels to ${path}: ${why}; the labels given before are safe.`, {
    cause: error,
  });
}
