import type { Data } from "plotly.js";
import { round3 } from "./figure.js";
import { translucent } from "./theme.js";

/** The area between two lines over the same `x`, without an entry in the legend. */
export function band(
  x: readonly number[],
  low: readonly number[],
  high: readonly number[],
  color: string,
): Data {
  return {
    type: "scatter",
    mode: "lines",
    x: [...x, ...x.slice().reverse()],
    y: round3([...high, ...low.slice().reverse()]),
    fill: "toself",
    fillcolor: translucent(color, bandOpacity),
    line: { width: 0, color },
    hoverinfo: "skip",
    showlegend: false,
  };
}

/** So that what lies behind a band, another band included, is seen through it. */
export const bandOpacity = 0.22;
