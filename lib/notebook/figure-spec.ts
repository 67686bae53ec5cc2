import type { Figure } from "../figures/figure.js";

/**
 * The figure as JSON that any plotly.js reads: typed arrays become lists, NaN and infinities become null (a gap in a
 * line, an empty cell of a heatmap). With `digits`, numbers that are not integers keep that many significant digits:
 * a figure in a notebook needs no more than the eye sees, and notebooks stay small. The numbers of a list keep as many
 * of their spread: right ascensions of a small field, near 150 and a tenth of a degree apart, would else fall in stripes.
 */
export function figureSpec(figure: Figure, digits?: number): { data: unknown[]; layout: object } {
  return plain({ data: figure.data, layout: figure.layout ?? {} }, digits) as {
    data: unknown[];
    layout: object;
  };
}

function plain(value: unknown, digits: number | undefined): unknown {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return null;
    return digits && !Number.isInteger(value) ? Number(value.toPrecision(digits)) : value;
  }
  if (typeof value === "bigint") return Number(value);
  if (value === null || typeof value !== "object") return typeof value === "function" ? undefined : value;
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return plain(Array.from(value as Float64Array), digits);
  if (Array.isArray(value)) {
    const kept = digits && digits + digitsBeforeSpread(value);
    return value.map((v) => plain(v, kept) ?? null);
  }
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return Object.fromEntries(entries.map(([k, v]) => [k, plain(v, digits)]));
}

/** How many leading digits the numbers of a list share, as it were: none where they spread as far as they are large. */
function digitsBeforeSpread(list: readonly unknown[]): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const v of list) {
    if (typeof v !== "number" || !Number.isFinite(v)) continue;
    least = Math.min(least, v);
    most = Math.max(most, v);
  }
  const [spread, size] = [most - least, Math.max(Math.abs(least), Math.abs(most))];
  // Beyond seven there is rounding and no figure.
  return spread > 0 ? Math.min(7, Math.max(0, Math.floor(Math.log10(size / spread)))) : 0;
}
