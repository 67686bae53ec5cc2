import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { readNpy, writeNpy } from "../data/tables/npy.js";
import { digest } from "../digest.js";
import { atomicWrite } from "../files/atomic-write.js";
import { checkSum, writeWithSum } from "../files/file-sum.js";
import { withLock } from "../files/with-lock.js";
import type { Matrix } from "../matrix.js";
import { notebookHost } from "../notebook/host.js";

/**
 * What the stages of a study made, on disk: a notebook that is opened on its own finds what an earlier one computed.
 * The key of a stage names everything its result depends on, so a changed setting is another entry and nothing is
 * ever out of date. What can be made again has its SHA-256 beside it, and is made again where the disk spoilt it.
 */
export class StudyCache {
  constructor(readonly folder: string) {}

  /** The folder of one stage under one key, for stages that keep their own files. */
  folderOf(stage: string, key: unknown): string {
    return join(this.folder, `${stage}-${shortHash(key)}`);
  }

  /**
   * A matrix, kept as .npy. `ids`, one for each row, are kept beside it as .txt, a line a row: any program finds out
   * what a row is of, and the two together are what `--features` takes.
   */
  async matrix(
    stage: string,
    key: unknown,
    compute: () => Promise<Matrix> | Matrix,
    ids: () => Promise<readonly string[]> | readonly string[],
  ): Promise<Matrix> {
    const stem = this.folderOf(stage, key);
    const names = `${stem}.txt`;
    const writeNames = async (rows: number) => {
      const lines = ["id", ...(await ids()).map((id) => id.replace(/[\r\n]+/g, " "))];
      if (lines.length !== rows + 1)
        throw new Error(`The array ${stage} has ${rows} rows for ${lines.length - 1} images.`);
      await writeWithSum(names, () => atomicWrite(names, `${lines.join("\n")}\n`));
    };
    const write = async (path: string, value: Matrix) => {
      // The ids first: an array that is there has them.
      await writeNames(value.shape[0]);
      await writeNpy(path, value).catch(async (error) => {
        await rm(names, { force: true });
        throw error;
      });
    };
    const path = `${stem}.npy`;
    const found = await this.get(path, readNpy, write, compute);
    // They are known without the hours that the array may have taken.
    if (!(await madeEarlier(names, async () => true)))
      await withLock(path, () => writeNames(found.shape[0]), { signal: notebookHost()?.signal });
    return found;
  }

  /** A value, kept as JSON; one that is not `whole` is damaged, and made again. */
  async json<T>(
    stage: string,
    key: unknown,
    compute: () => Promise<T> | T,
    whole: (value: T) => boolean,
  ): Promise<T> {
    return this.get(`${this.folderOf(stage, key)}.json`, (path) => readJson(path, whole), writeJson, compute);
  }

  /** A matrix made earlier, or null. */
  async storedMatrix(stage: string, key: unknown): Promise<Matrix | null> {
    return (await madeEarlier(`${this.folderOf(stage, key)}.npy`, readNpy))?.value ?? null;
  }

  /** What `store` kept and can be made again, or null where it is not there, or not `whole`. */
  async stored<T>(stage: string, key: unknown, whole: (value: T) => boolean): Promise<T | null> {
    const path = `${this.folderOf(stage, key)}.json`;
    return (await madeEarlier(path, () => readJson(path, whole)))?.value ?? null;
  }

  /** A person's choice that `store` kept, or null: none but that person can make it again, so a damaged one is refused. */
  async choice<T>(stage: string, key: unknown, whole: (value: T) => boolean): Promise<T | null> {
    const path = `${this.folderOf(stage, key)}.json`;
    return readWhole(path, (file) => readJson(file, whole)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return null;
      throw new Error(
        `Your choice in ${path} cannot be read (${cause.message}): move the file away and choose again.`,
        {
          cause,
        },
      );
    });
  }

  /** Keeps a value, such as a person's cut, under the key of what it was made on. */
  async store(stage: string, key: unknown, value: unknown): Promise<void> {
    const path = `${this.folderOf(stage, key)}.json`;
    // Of two that store at once one must not have the sum of the other.
    const write = () => writeWithSum(path, () => writeJson(path, value));
    await withLock(path, write, { signal: notebookHost()?.signal });
  }

  private async get<T>(
    path: string,
    read: (path: string) => Promise<T>,
    write: (path: string, value: T) => Promise<void>,
    compute: () => Promise<T> | T,
  ): Promise<T> {
    const found = await readWhole(path, read).then(
      (value) => ({ value }),
      () => null,
    );
    if (found) return found.value;
    // Of two notebooks on one study the second waits, and takes what the first made.
    const make = async () => {
      const made = await madeEarlier(path, read);
      if (made) return made.value;
      const value = await compute();
      await writeWithSum(path, () => write(path, value));
      return value;
    };
    return withLock(path, make, { signal: notebookHost()?.signal });
  }
}

/** Sixteen hexadecimal digits that stand for a value. */
export function shortHash(value: unknown): string {
  return digest(JSON.stringify(value));
}

/** What lies at `path`, or null: absent or damaged it can be made again, but hours are not spent without a word. */
async function madeEarlier<T>(
  path: string,
  read: (path: string) => Promise<T>,
): Promise<{ value: T } | null> {
  return readWhole(path, read)
    .then((value) => ({ value }))
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT")
        console.warn(`${path} cannot be read (${error.message}): it is made again.`);
      return null;
    });
}

async function readWhole<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
  await checkSum(path);
  return read(path);
}

/** Fails where `whole` says that the value is not what its stage keeps; it is asked of whatever stands in the file. */
async function readJson<T>(path: string, whole: (value: T) => boolean): Promise<T> {
  const value = JSON.parse(await readFile(path, "utf8")) as T;
  if (value === null || !whole(value)) throw new Error("it is not what this stage keeps");
  return value;
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await atomicWrite(path, `${JSON.stringify(value)}\n`);
}
