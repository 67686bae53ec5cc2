import type { Dataset } from "../data/dataset.js";
import { Random } from "../random.js";

/** The set that each image of a joined dataset is from, for rows `indices` of it; null where it is one set. */
export function originsOf(dataset: Dataset, indices: ArrayLike<number>): string[] | null {
  const { parts } = dataset;
  if (!parts || parts.length < 2) return null;
  const names = parts.flatMap(({ name, length }) => Array<string>(length).fill(name));
  return Array.from(indices, (i) => names[i]);
}

/** Images of each set that `originSample` takes, at most. */
const OF_EACH = 250;

/**
 * Rows to judge how well features tell from which set an image is: equally many of every set, ascending, drawn by the
 * seed, so that by chance one of n sets is guessed once in n times. A network that is trained on several surveys at
 * once can lay its images apart by pixel size, noise and frame instead of by shape.
 */
export function originSample(origins: readonly string[], seed: number): Uint32Array {
  const sets = [...new Set(origins)];
  const rows = sets.map((set) => [...origins.keys()].filter((i) => origins[i] === set));
  const each = Math.min(OF_EACH, ...rows.map((r) => r.length));
  const random = new Random(seed).fork("origins");
  return Uint32Array.from(
    rows.flatMap((r) => Array.from(random.permutation(r.length).subarray(0, each), (k) => r[k])),
  ).sort();
}
