import { type LabelCodes, NO_CODE, NO_SCORE, SKIPPED_CLASS, SKIPPED_SCORE } from "./label-codes.js";
import type { Column } from "./page-head.js";

/** Which labels are shown, as the value of an option: "all", "unlabelled", "class 3", "score 5", "who 0" ... */
export type LabelChoice = string;

/** A condition on a column: a range of numbers (NaN, no bound), or codes of categories. */
export type Condition =
  | { kind: "number"; column: Column; low: number; high: number }
  | { kind: "category"; column: Column; codes: ReadonlySet<number> };

/** One byte a row: 1 where it passes the choice of labels and every condition. */
export function matching(
  codes: LabelCodes,
  choice: LabelChoice,
  conditions: readonly Condition[],
): Uint8Array {
  const passes = new Uint8Array(codes.n);
  const labels = choiceOf(codes, choice);
  for (let row = 0; row < codes.n; row++) passes[row] = labels(row) ? 1 : 0;
  for (const condition of conditions) {
    const { values } = condition.column;
    if (condition.kind === "category") {
      for (let row = 0; row < codes.n; row++) if (!condition.codes.has(values[row])) passes[row] = 0;
      continue;
    }
    const { low, high } = condition;
    // A missing value passes no bound.
    for (let row = 0; row < codes.n; row++) {
      const value = values[row];
      if (!(value >= low || Number.isNaN(low)) || !(value <= high || Number.isNaN(high))) passes[row] = 0;
    }
  }
  return passes;
}

function choiceOf(codes: LabelCodes, choice: LabelChoice): (row: number) => boolean {
  const [kind, number] = choice.split(" ");
  const code = Number(number);
  switch (kind) {
    case "unlabelled":
      return (row) => !codes.isLabelled(row);
    case "labelled":
      return (row) => codes.isLabelled(row);
    case "skipped":
      return (row) => codes.score[row] === SKIPPED_SCORE || codes.class[row] === SKIPPED_CLASS;
    case "score":
      return (row) => codes.score[row] === code;
    case "class":
      return (row) => codes.class[row] === code;
    case "who":
      return (row) => codes.who[row] === code;
    default:
      return () => true;
  }
}

/** The rows that pass, in their own order. */
export function rowsThatPass(passes: Uint8Array): Uint32Array {
  const rows = new Uint32Array(passes.reduce((sum, pass) => sum + pass, 0));
  for (let row = 0, k = 0; row < passes.length; row++) if (passes[row]) rows[k++] = row;
  return rows;
}

/** Sorts `rows` in place by a column; missing ones come last, equal values keep the order of the rows. */
export function sortRows(rows: Uint32Array, by: Column, descending: boolean): Uint32Array {
  const { values, kind } = by;
  const sign = descending ? -1 : 1;
  const missing = (value: number) => (kind === "category" ? value === NO_CODE : Number.isNaN(value));
  return rows.sort((a, b) => {
    const [x, y] = [values[a], values[b]];
    const [noX, noY] = [missing(x), missing(y)];
    if (noX || noY) return Number(noX) - Number(noY) || a - b;
    return sign * (x - y) || a - b;
  });
}

/** The labels as columns, to colour and to sort by. */
export function labelColumns(codes: LabelCodes): Column[] {
  const score = Uint16Array.from(codes.score, (v) =>
    v === NO_SCORE ? NO_CODE : v === SKIPPED_SCORE ? 6 : v,
  );
  const name = Uint16Array.from(codes.class, (v) => (v === SKIPPED_CLASS ? NO_CODE : v));
  const people = codes.people.map((person) => person || "no name");
  return [
    { name: "label: class", kind: "category", names: codes.classes, values: name },
    {
      name: "label: score",
      kind: "category",
      names: ["0", "1", "2", "3", "4", "5", "skipped"],
      values: score,
    },
    { name: "label: by whom", kind: "category", names: people, values: codes.who },
  ];
}
