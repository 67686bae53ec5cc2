import { Random } from "../random.js";

/** How many points a scatter keeps; more would make every notebook megabytes and show nothing else. */
export interface SubsampleOptions {
  /** Default 4000. */
  maxPoints?: number;
  /** Default 0. */
  seed?: number;
}

/** A figure's own subtitle, and the `note` of its sample behind it. */
export function notedSubtitle(subtitle: string | undefined, note: string): string {
  return subtitle ? `${subtitle}; ${note}` : note;
}

/** A seeded sample without replacement of 0..n-1 in ascending order, and the words that say so in a subtitle. */
export function subsample(
  n: number,
  { maxPoints = 4000, seed = 0 }: SubsampleOptions = {},
): { indices: Uint32Array; note: string } {
  if (n <= maxPoints) return { indices: Uint32Array.from({ length: n }, (_, i) => i), note: `${n} points` };
  const indices = new Random(seed).permutation(n).slice(0, maxPoints).sort();
  return { indices, note: `${maxPoints} of ${n} points drawn (seed ${seed})` };
}
