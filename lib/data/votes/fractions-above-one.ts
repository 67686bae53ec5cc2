import { shortList } from "../../short-list.js";
import type { Table } from "../tables/table.js";
import { decisionTree } from "./decision-tree.js";

/** Fractions of votes are at most 1; printed ones may be rounded up. */
const MOST = 1.01;

/** A question's fractions of one kind: of the tree ("merging", "fraction") or of Galaxy Zoo 2 ("t08", "debiased"). */
const ofTree = new RegExp(`^(${decisionTree.map((q) => q.name).join("|")})_.+_(fraction|debiased)$`);
const ofGalaxyZoo2 = /^(t\d\d)_\w+_a\d\d_\w*?_(weighted_fraction|fraction|debiased)$/i;

/**
 * A table without the fractions of votes that cannot be any, and a clause on them; null where all can. Where one
 * answer's goes above 1, all of its question's of that kind are left out: they are percent or counts, and taken as
 * fractions every cut would let them pass.
 */
export function withoutFractionsAboveOne(table: Table): { table: Table; note: string } | null {
  const kinds = new Map<string, { columns: string[]; worst: string; most: number }>();
  for (const [name, values] of table.numeric) {
    const [, question, kind] = ofTree.exec(name) ?? ofGalaxyZoo2.exec(name) ?? [];
    if (question === undefined) continue;
    const most = values.reduce((a, b) => (b > a ? b : a), 0);
    const key = `${question} ${kind}`.toLowerCase();
    const known = kinds.get(key) ?? { columns: [], worst: name, most };
    known.columns.push(name);
    if (most > known.most) Object.assign(known, { worst: name, most });
    kinds.set(key, known);
  }
  const high = [...kinds.values()].filter(({ most }) => most > MOST);
  if (high.length === 0) return null;
  const left = new Set(high.flatMap(({ columns }) => columns));
  return {
    table: {
      ...table,
      names: table.names.filter((name) => !left.has(name)),
      numeric: new Map([...table.numeric].filter(([name]) => !left.has(name))),
    },
    note:
      `its fractions of votes go above 1 and are left out (${shortList(high.map((h) => `${h.worst}: up to ${h.most}`))}): ` +
      "divide them by 100 where they are percent, by the votes where they are counts",
  };
}
