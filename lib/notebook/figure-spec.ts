import type { Figure } from "../figures/figure.js";

/**
 * The figure as JSON that any plotly.js reads: typed arrays become lists, NaN and infinities become null (a gap in a
 * line, an empty cell of a heatmap). With `digits`, numbers that are not integers keep that many significant digits:
 * a figure in a notebook needs no more than the eye sees, and notebooks stay small.
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
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, (v) => plain(v, digits));
  if (Array.isArray(value)) return value.map((v) => plain(v, digits) ?? null);
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return Object.fromEntries(entries.map(([k, v]) => [k, plain(v, digits)]));
}
