import { readFile, rm } from "node:fs/promises";
import { basename } from "node:path";
import { atomicWrite } from "./atomic-write.js";
import { fileDigest } from "./file-digest.js";

/** Beside a file, as `sha256sum` writes and checks it: a bit that flips on the disk leaves a length and a shape right. */
const sumOf = (path: string) => `${path}.sha256`;

/**
 * Writes `path` by `write` and its SHA-256 beside it. The old sum goes first: a file that was stopped before its new sum
 * was written has none, and none is taken for damaged.
 */
export async function writeWithSum(path: string, write: () => Promise<void>): Promise<void> {
  await rm(sumOf(path), { force: true });
  await write();
  await atomicWrite(sumOf(path), `${await fileDigest(path)}  ${basename(path)}\n`);
}

/** Fails where the bytes at `path` are not those of its sum; without one, from an earlier version, all are taken. */
export async function checkSum(path: string): Promise<void> {
  const sum = await readFile(sumOf(path), "utf8").catch(() => null);
  const [, said] = /^([0-9a-f]{64})\b/i.exec(sum ?? "") ?? [];
  if (!said || said.toLowerCase() === (await fileDigest(path))) return;
  throw new Error("its bytes changed after they were written");
}
