import { readLabels } from "./label-file.js";

/**
 * Whoever scores objects from 0 (dull) to 5 (just what is sought): volunteers' votes, a saved file, a person.
 * `null` means skipped: the object is not learned from and not asked for again. Up to `mayOwe` answers may be left
 * undefined: they are asked for again, ahead of the next batch.
 */
export type Oracle = (indices: readonly number[], mayOwe: number) => Promise<(number | null | undefined)[]>;

/** Answers from a score per object, as `mergerScore` makes it of votes; NaN counts as skipped. */
export function voteOracle(scores: ArrayLike<number>): Oracle {
  return async (indices) => indices.map((i) => (Number.isFinite(scores[i]) ? scores[i] : null));
}

/** Answers from a label file; fails naming the first object it holds no answer for. */
export async function fileOracle(path: string, ids: readonly string[]): Promise<Oracle> {
  const labels = await readLabels(path);
  return async (indices) =>
    indices.map((i) => {
      const score = labels.get(ids[i]);
      if (score === undefined)
        throw new Error(
          `The label file ${path} has no score for "${ids[i]}"; label it, or take another oracle.`,
        );
      return score;
    });
}
