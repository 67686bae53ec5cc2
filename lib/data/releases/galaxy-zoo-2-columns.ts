import type { Table } from "../tables/table.js";
import { decisionTree, voteColumns } from "../votes/decision-tree.js";

/** A GZ2 task that asks what a question of the tree asks, and for each answer the GZ2 answers that add up to it. */
interface TaskMapping {
  question: string;
  task: string;
  answers: Readonly<Record<string, readonly string[]>>;
  /** The GZ2 answer (with its task's prefix) that leads here, for estimating votes where counts are absent. */
  askedAfter: readonly string[];
}

const t01 = "t01_smooth_or_features";
const featured = `${t01}_a02_features_or_disk`;
const notEdgeOn = "t02_edgeon_a05_no";
const spiral = "t04_spiral_a08_spiral";

/**
 * How the task columns of Galaxy Zoo 2 (Willett et al. 2013, table 2) stand for the questions of the DECaLS tree:
 *
 * | question           | GZ2 task              | remark                                                          |
 * |--------------------|-----------------------|-----------------------------------------------------------------|
 * | smooth-or-featured | t01 a01, a02, a03     |                                                                 |
 * | disk-edge-on       | t02 a04, a05          |                                                                 |
 * | bar                | t03 a06, a07          |                                                                 |
 * | has-spiral-arms    | t04 a08, a09          |                                                                 |
 * | bulge-size         | t05 a10, a11+a12, a13 | "just noticeable" and "obvious" are one answer in the tree      |
 * | how-rounded        | t07 a16, a17, a18     |                                                                 |
 * | edge-on-bulge      | t09 a25, a26, a27     |                                                                 |
 * | spiral-winding     | t10 a28, a29, a30     |                                                                 |
 * | spiral-arm-count   | t11 a31-a34, a36      | "can't tell" (a37) has no answer in the tree and is left out    |
 * | merging            | t06 x t08 a24, a21    | merger = odd yes x merger, tidal-debris = odd yes x disturbed,  |
 * |                    |                       | both = 0 (not an answer of GZ2), neither = the rest             |
 */
const galaxyZoo2Mapping: readonly TaskMapping[] = [
  {
    question: "smooth-or-featured",
    task: t01,
    answers: {
      smooth: ["a01_smooth"],
      "featured-or-disk": ["a02_features_or_disk"],
      artifact: ["a03_star_or_artifact"],
    },
    askedAfter: [],
  },
  {
    question: "disk-edge-on",
    task: "t02_edgeon",
    answers: { yes: ["a04_yes"], no: ["a05_no"] },
    askedAfter: [featured],
  },
  {
    question: "bar",
    task: "t03_bar",
    answers: { yes: ["a06_bar"], no: ["a07_no_bar"] },
    askedAfter: [featured, notEdgeOn],
  },
  {
    question: "has-spiral-arms",
    task: "t04_spiral",
    answers: { yes: ["a08_spiral"], no: ["a09_no_spiral"] },
    askedAfter: [featured, notEdgeOn],
  },
  {
    question: "bulge-size",
    task: "t05_bulge_prominence",
    answers: {
      none: ["a10_no_bulge"],
      obvious: ["a11_just_noticeable", "a12_obvious"],
      dominant: ["a13_dominant"],
    },
    askedAfter: [featured, notEdgeOn],
  },
  {
    question: "how-rounded",
    task: "t07_rounded",
    answers: {
      completely: ["a16_completely_round"],
      "in-between": ["a17_in_between"],
      "cigar-shaped": ["a18_cigar_shaped"],
    },
    askedAfter: [`${t01}_a01_smooth`],
  },
  {
    question: "edge-on-bulge",
    task: "t09_bulge_shape",
    answers: { rounded: ["a25_rounded"], boxy: ["a26_boxy"], none: ["a27_no_bulge"] },
    askedAfter: [featured, "t02_edgeon_a04_yes"],
  },
  {
    question: "spiral-winding",
    task: "t10_arms_winding",
    answers: { tight: ["a28_tight"], medium: ["a29_medium"], loose: ["a30_loose"] },
    askedAfter: [featured, notEdgeOn, spiral],
  },
  {
    question: "spiral-arm-count",
    task: "t11_arms_number",
    answers: {
      "1": ["a31_1"],
      "2": ["a32_2"],
      "3": ["a33_3"],
      "4": ["a34_4"],
      "more-than-4": ["a36_more_than_4"],
    },
    askedAfter: [featured, notEdgeOn, spiral],
  },
];

/** Which GZ2 columns carry the fractions, by the suffix of the tree's column they become. */
const kinds = { fraction: "weighted_fraction", debiased: "debiased" } as const;

/**
 * A Galaxy Zoo 2 table with the tree's columns added: `{q}_{a}_fraction` from GZ2's weighted fractions,
 * `{q}_{a}_debiased` from its debiased ones, `{q}_total-votes` and `{q}_{a}`. Where the table has no counts (the sample)
 * the total is estimated as total_classifications x the weighted fractions of the answers that lead to the question.
 * GZ2's own columns stay. Fails with the list of task columns that are missing.
 */
export function galaxyZoo2ToTree(table: Table): Table {
  const need = (name: string): Float64Array => {
    const column = table.numeric.get(name);
    if (!column) missing.push(name);
    return column ?? new Float64Array(table.length);
  };
  const missing: string[] = [];
  const numeric = new Map(table.numeric);
  const n = table.length;
  const make = (value: (row: number) => number) => Float64Array.from({ length: n }, (_, row) => value(row));

  for (const { question, task, answers, askedAfter } of galaxyZoo2Mapping) {
    const counts = Object.values(answers).flatMap((a) =>
      a.map((name) => table.numeric.get(`${task}_${name}_count`)),
    );
    let total: Float64Array;
    if (counts.every((c) => c !== undefined))
      total = make((row) => counts.reduce((sum, c) => sum + (c?.[row] ?? Number.NaN), 0));
    else {
      const everyone = need("total_classifications");
      const steps = askedAfter.map((step) => need(`${step}_weighted_fraction`));
      total = make((row) => Math.round(steps.reduce((votes, s) => votes * s[row], everyone[row])));
    }
    numeric.set(voteColumns.total(question), total);
    for (const [answer, parts] of Object.entries(answers)) {
      for (const [suffix, gz2] of Object.entries(kinds)) {
        const columns = parts.map((p) => need(`${task}_${p}_${gz2}`));
        numeric.set(
          `${question}_${answer}_${suffix}`,
          make((row) => columns.reduce((sum, c) => sum + c[row], 0)),
        );
      }
      const fraction = numeric.get(voteColumns.fraction(question, answer))!;
      numeric.set(
        voteColumns.count(question, answer),
        make((row) => Math.round(fraction[row] * total[row])),
      );
    }
  }
  addMerging(numeric, need, make);
  if (missing.length)
    throw new Error(`${table.path} misses Galaxy Zoo 2 columns: ${[...new Set(missing)].join(", ")}.`);
  const added = decisionTree.flatMap((q) => [...numeric.keys()].filter((k) => k.startsWith(`${q.name}_`)));
  return { ...table, names: [...new Set([...table.names, ...added])], numeric };
}

/** "Is there anything odd?" (t06) is asked of everyone, "what?" (t08) of those who say yes: fractions of all are products. */
function addMerging(
  numeric: Map<string, Float64Array>,
  need: (name: string) => Float64Array,
  make: (value: (row: number) => number) => Float64Array,
): void {
  const everyone = numeric.get(voteColumns.total("smooth-or-featured"))!;
  const artifact = numeric.get(voteColumns.fraction("smooth-or-featured", "artifact"))!;
  const total = make((row) => Math.round(everyone[row] * (1 - artifact[row])));
  numeric.set(voteColumns.total("merging"), total);
  for (const [suffix, gz2] of Object.entries(kinds)) {
    const odd = need(`t06_odd_a14_yes_${gz2}`);
    const merger = need(`t08_odd_feature_a24_merger_${gz2}`);
    const disturbed = need(`t08_odd_feature_a21_disturbed_${gz2}`);
    numeric.set(
      `merging_merger_${suffix}`,
      make((row) => odd[row] * merger[row]),
    );
    numeric.set(
      `merging_tidal-debris_${suffix}`,
      make((row) => odd[row] * disturbed[row]),
    );
    numeric.set(
      `merging_both_${suffix}`,
      make(() => 0),
    );
    numeric.set(
      `merging_neither_${suffix}`,
      make((row) => Math.max(0, 1 - odd[row] * (merger[row] + disturbed[row]))),
    );
  }
  for (const answer of ["merger", "tidal-debris", "both", "neither"]) {
    const fraction = numeric.get(voteColumns.fraction("merging", answer))!;
    numeric.set(
      voteColumns.count("merging", answer),
      make((row) => Math.round(fraction[row] * total[row])),
    );
  }
}
