import { type Figure, type FigureText, frame, wrap } from "./figure.js";
import { textSize, widths } from "./theme.js";

/** One number of the paper beside ours. */
export interface LedgerRow {
  section: string;
  quantity: string;
  paper: string;
  here: string;
  verdict: "reproduced" | "same direction" | "not comparable" | "differs";
}

const ground: Record<LedgerRow["verdict"], string> = {
  reproduced: "#d7efe6",
  "same direction": "#e3eef7",
  "not comparable": "#f0f0f0",
  differs: "#fbe3d3",
};

/** The ledger as a table: paper, here, verdict in words and in colour. */
export function ledgerTable(options: FigureText & { rows: readonly LedgerRow[]; width?: number }): Figure {
  const { rows, width = widths.page } = options;
  const size = Math.round(textSize(width) * 0.8);
  const shares = [0.09, 0.37, 0.18, 0.18, 0.18];
  const room = width - 24;
  const fields = ["section", "quantity", "paper", "here", "verdict"] as const;
  const wrapped = fields.map((f, c) => rows.map((r) => wrap(r[f], room * shares[c] - 14, size)));
  const line = Math.round(size * 1.45);
  // plotly makes a row as high as its highest cell: the sum tells how high the table will be
  const heights = rows.map((_, i) => Math.max(...wrapped.map((column) => column[i].length)) * line + 8);
  const outer = frame({ ...options, width, height: 1000, left: 12, right: 12, bottom: 12 });
  const table = {
    type: "table",
    columnwidth: shares,
    header: {
      values: ["Sect.", "Quantity", "Paper", "Here", "Verdict"].map((h) => `<b>${h}</b>`),
      align: "left",
      height: line + 10,
      fill: { color: "#ffffff" },
      line: { color: "#4d4d4d", width: 1 },
      font: { size },
    },
    cells: {
      values: wrapped.map((column) => column.map((lines) => lines.join("<br>"))),
      align: "left",
      height: line + 8,
      fill: { color: [rows.map((r) => ground[r.verdict])] },
      line: { color: "#c8c8c8", width: 1 },
      font: { size },
    },
  };
  const height = outer.margin!.t! + line + 10 + heights.reduce((s, h) => s + h, 0) + 16;
  return { data: [table as never], layout: { ...outer, height: Math.round(height) } };
}
