/** Statistics of what is left after clipping. NaN where nothing is. */
export interface ClippedStats {
  mean: number;
  median: number;
  std: number;
}

export interface SigmaClipOptions {
  /** Values further than this many standard deviations from the median are clipped. */
  sigma?: number;
  /** Most rounds of clipping; a round that clips nothing is the last. */
  maxIters?: number;
}

/**
 * Iterative sigma-clipped statistics (paper 2.1): repeat up to `maxIters` times: keep v with
 * median - sigma std <= v <= median + sigma std, median and population std of what is kept so far. Mirrors astropy's
 * `sigma_clipped_stats` with its defaults (cenfunc median, std_ddof 0); non-finite values are left out, as there.
 *
 * Bytes are counted in a histogram; anything else is sorted once, after which a round moves two ends inwards.
 */
export function sigmaClippedStats(values: ArrayLike<number>, options: SigmaClipOptions = {}): ClippedStats {
  return clip(values instanceof Uint8Array ? fromCounts(countBytes(values)) : fromNumbers(values), options);
}

/** The same for bytes that were counted already: `counts[v]` of them are v. */
export function sigmaClippedCounts(counts: Uint32Array, options: SigmaClipOptions = {}): ClippedStats {
  return clip(fromCounts(counts), options);
}

function clip(sorted: SortedValues, { sigma = 3, maxIters = 5 }: SigmaClipOptions): ClippedStats {
  let kept: Range = { from: 0, to: sorted.length };
  let stats = sorted.stats(kept);
  for (let round = 0; round < maxIters && kept.to > kept.from; round++) {
    const next = sorted.within(stats.median - sigma * stats.std, stats.median + sigma * stats.std, kept);
    if (next.from === kept.from && next.to === kept.to) break;
    kept = next;
    stats = sorted.stats(kept);
  }
  return stats;
}

/** Ranks [from, to) of the sorted values. */
interface Range {
  from: number;
  to: number;
}

interface SortedValues {
  length: number;
  stats(kept: Range): ClippedStats;
  /** The part of `kept` whose values lie in [low, high]. */
  within(low: number, high: number, kept: Range): Range;
}

const nothing: ClippedStats = { mean: Number.NaN, median: Number.NaN, std: Number.NaN };

function fromNumbers(values: ArrayLike<number>): SortedValues {
  let n = 0;
  const finite = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) finite[n++] = values[i];
  const sorted = finite.subarray(0, n).sort();
  // The squares of very large or small doubles are beyond doubles: they are taken in units of the largest.
  const largest = n ? Math.max(Math.abs(sorted[0]), Math.abs(sorted[n - 1])) : 0;
  const unit = largest > 1e150 || (largest > 0 && largest < 1e-150) ? largest : 1;
  /** First rank whose value is >= v, or > v when `after`. */
  const rank = (v: number, after: boolean) => {
    let low = 0;
    let high = n;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < v || (after && sorted[middle] === v)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    length: n,
    stats({ from, to }) {
      const count = to - from;
      if (count <= 0) return nothing;
      let sum = 0;
      for (let i = from; i < to; i++) sum += sorted[i] / unit;
      const mean = sum / count;
      let squares = 0;
      for (let i = from; i < to; i++) squares += (sorted[i] / unit - mean) ** 2;
      const middle = from + (count >> 1);
      const median = count % 2 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2;
      return { mean: unit * mean, median, std: unit * Math.sqrt(squares / count) };
    },
    within: (low, high, kept) => ({
      from: Math.max(kept.from, rank(low, false)),
      to: Math.max(kept.from, Math.min(kept.to, rank(high, true))),
    }),
  };
}

function countBytes(values: Uint8Array): Uint32Array {
  // Two histograms, because neighbouring pixels are often equal and one counter would wait for itself.
  const even = new Uint32Array(256);
  const odd = new Uint32Array(256);
  const pairs = values.length & ~1;
  for (let i = 0; i < pairs; i += 2) {
    even[values[i]]++;
    odd[values[i + 1]]++;
  }
  if (pairs < values.length) even[values[pairs]]++;
  return even.map((count, v) => count + odd[v]);
}

function fromCounts(counts: Uint32Array): SortedValues {
  /** Number of values below v: the rank of the first v. */
  const below = new Float64Array(257);
  for (let v = 0; v < 256; v++) below[v + 1] = below[v] + counts[v];
  const valueAt = (rank: number) => {
    let v = 0;
    while (below[v + 1] <= rank) v++;
    return v;
  };
  return {
    length: below[256],
    stats({ from, to }) {
      const n = to - from;
      if (n <= 0) return nothing;
      const count = (v: number) => Math.max(0, Math.min(to, below[v + 1]) - Math.max(from, below[v]));
      let sum = 0;
      for (let v = 0; v < 256; v++) sum += v * count(v);
      const mean = sum / n;
      let squares = 0;
      for (let v = 0; v < 256; v++) squares += count(v) * (v - mean) ** 2;
      const middle = from + Math.floor(n / 2);
      const median = n % 2 ? valueAt(middle) : (valueAt(middle - 1) + valueAt(middle)) / 2;
      return { mean, median, std: Math.sqrt(squares / n) };
    },
    within: (low, high, kept) => {
      const first = below[Math.min(256, Math.max(0, Math.ceil(low)))];
      const last = below[Math.min(256, Math.max(0, Math.floor(high) + 1))];
      const from = Math.max(kept.from, first);
      return { from, to: Math.max(from, Math.min(kept.to, last)) };
    },
  };
}
