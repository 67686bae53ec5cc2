import { digest } from "../../lib/digest.js";

/** One parser under attack. */
export interface Target {
  /** Whole files that it reads. */
  seeds: readonly Buffer[];
  /** They are text: words are exchanged as well. */
  isText?: boolean;
  /**
   * Reads one file and gives a digest of what it held, so that what is accepted can be told from what was; rejects
   * where the file is refused. Whatever must hold of anything accepted is checked with `must`.
   */
  run(bytes: Buffer): Promise<string>;
  /**
   * The format has checksums over what is read: a file that is accepted holds what one of the seeds holds, or it was
   * accepted in silence.
   */
  isSummed?: boolean;
}

/** Makes a target, given a folder of its own to write to. */
export type MakeTarget = (folder: string) => Promise<Target>;

/** Something accepted that should not have been. */
export class AcceptedError extends Error {}

export function must(holds: boolean, what: string): void {
  if (!holds) throw new AcceptedError(what);
}

type Part = string | number | null | undefined | ArrayBufferView | readonly Part[];

/** A digest of texts, numbers and arrays of them. */
export function sumOf(...parts: readonly Part[]): string {
  const lines = function* (of: readonly Part[]): Generator<string | Uint8Array> {
    for (const part of of)
      if (Array.isArray(part)) yield* lines(part);
      else if (ArrayBuffer.isView(part)) yield new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
      else yield `${String(part)}\n`;
  };
  return digest(lines(parts));
}
