import type { Skipped } from "../data/archives/archive.js";
import { csvCell } from "../data/tables/csv-cell.js";
import { atomicWrite } from "../files/atomic-write.js";
import { shortList } from "../short-list.js";

/** What of a dataset a study does not work on, or not as it should, by the stage that left it out. */
export interface LeftOut {
  /** Files not opened, rows of the table that fit no image, images beyond the limit, images that do not decode. */
  skipped: readonly Skipped[];
  /** Images whose central source was not found: they are used, in their whole frame. */
  wholeFrame: readonly { id: string; reason: string }[];
  /** Images that are used and whose numbers may not be what was saved. */
  doubtful: readonly { id: string; reason: string }[];
  /** Images that the artefact cut removed. */
  cut: readonly string[];
}

/** All that one stage left out for one reason: a row for `showTable`, which takes types and no interfaces. */
export type LeftOutRow = {
  what: "skipped" | "doubtful" | "whole frame" | "artefact cut";
  count: number;
  reason: string;
  /** Some of them, by name. */
  names: string;
};

/** One line a reason, in the order of the stages, the most frequent first in each. */
export function leftOutTable(left: LeftOut): LeftOutRow[] {
  const rows = [...groups(left).values()].map(({ what, reason, count, names }) => ({
    what,
    count,
    reason,
    names: shortList(names),
  }));
  const stage = (row: LeftOutRow) => order.indexOf(row.what);
  return rows.sort((a, b) => stage(a) - stage(b) || b.count - a.count);
}

/** Writes every name with its reason, a line each, as CSV. */
export async function writeLeftOut(path: string, left: LeftOut): Promise<void> {
  const lines = entries(left).map(({ what, name, reason, count }) => [what, count, name, reason]);
  const text = [["what", "count", "name", "reason"], ...lines].map((cells) =>
    cells.map((cell) => csvCell(String(cell))).join(","),
  );
  await atomicWrite(path, `${text.join("\n")}\n`);
}

const order: readonly LeftOutRow["what"][] = ["skipped", "doubtful", "whole frame", "artefact cut"];

interface Entry {
  what: LeftOutRow["what"];
  name: string;
  reason: string;
  count: number;
}

function entries({ skipped, doubtful, wholeFrame, cut }: LeftOut): Entry[] {
  const entry = (what: LeftOutRow["what"]) => (s: Skipped) => ({
    what,
    name: s.name,
    reason: s.reason,
    count: s.count ?? 1,
  });
  return [
    ...skipped.map(entry("skipped")),
    ...doubtful.map(({ id, reason }) => entry("doubtful")({ name: id, reason })),
    ...wholeFrame.map(({ id, reason }) => entry("whole frame")({ name: id, reason })),
    ...cut.map((name) => entry("artefact cut")({ name, reason: "inside the box drawn in notebook 02" })),
  ];
}

/** Reasons that differ in a file's name or in numbers alone are one: the first of them is shown. */
function groups(left: LeftOut): Map<string, Omit<Entry, "name"> & { names: string[] }> {
  const found = new Map<string, Omit<Entry, "name"> & { names: string[] }>();
  for (const { what, name, reason, count } of entries(left)) {
    const own = reason.replace(/^Image .*? of .*?: /, "");
    const key = `${what}\n${own.replace(/\d+/g, "0")}`;
    const group = found.get(key);
    if (group) {
      group.count += count;
      group.names.push(name);
    } else found.set(key, { what, reason: own, count, names: [name] });
  }
  return found;
}
