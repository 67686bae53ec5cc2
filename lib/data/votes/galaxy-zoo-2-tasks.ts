/** A GZ2 task that asks what a question of the tree asks, and for each answer the GZ2 answers that add up to it. */
export interface TaskMapping {
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
export const galaxyZoo2Mapping: readonly TaskMapping[] = [
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
