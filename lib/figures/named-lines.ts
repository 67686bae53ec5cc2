import type { Data } from "plotly.js";
import { round3 } from "./figure.js";

/** Lines over one `x`, each with an entry in the legend: `data` are their traces, `legend` their names for `frame`. */
export function namedLines(x: readonly number[]) {
  const data: Data[] = [];
  const legend: string[] = [];
  const add = (name: string, y: number[], color: string, dash: "solid" | "dash" | "dot", width = 2.5) => {
    legend.push(name);
    data.push({
      type: "scatter",
      mode: "lines",
      x: [...x],
      y: round3(y),
      name,
      line: { color, dash, width },
    });
  };
  return { data, legend, add };
}
