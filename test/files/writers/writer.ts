import assert from "node:assert/strict";

/**
 * Writes version 1, then 2, of something into `folder`; `read` says which version is there whole, 0 where none is (what
 * is made anew at the next call), and rejects for half a one.
 */
export interface Writer {
  write(folder: string, version: number): Promise<unknown>;
  read(folder: string): Promise<number>;
  /** A call takes a second: a worker of its own is started. */
  slow?: boolean;
}

/** Large enough for several writes, small enough for hundreds of runs. */
export const N = 600;
export const values = (version: number) => new Float32Array(N).fill(version);
export const matrix = (version: number) => ({ data: values(version), shape: [60, 10] as [number, number] });

/** All numbers are the same, and which it is. */
export function whole(data: ArrayLike<number>): number {
  assert.ok(data.length > 0 && Array.from(data).every((v) => v === data[0]), "half a file");
  return data[0];
}

export function wholeText(text: string): number {
  assert.equal(text, text[0].repeat(5000));
  return Number(text[0]);
}

export async function latest(reads: (version: number) => Promise<boolean>): Promise<number> {
  for (const version of [2, 1]) if (await reads(version)) return version;
  return 0;
}
