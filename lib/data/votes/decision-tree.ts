/**
 * The Galaxy Zoo DECaLS decision tree (Walmsley et al. 2022, versions 1 and 2): each question with its answers in
 * the order of the release's columns, and where each answer leads. Columns of the volunteer table are named
 * `{question}_total-votes`, `{question}_{answer}` and `{question}_{answer}_fraction`.
 */
export interface Question {
  name: string;
  /** As volunteers read it. */
  text: string;
  answers: readonly { name: string; next: string | null }[];
}

const question = (name: string, text: string, answers: Record<string, string | null>): Question => ({
  name,
  text,
  answers: Object.entries(answers).map(([answer, next]) => ({ name: answer, next })),
});

/** The ten questions of Galaxy Zoo DECaLS (GZD-1 and GZD-2) in the order they are asked, with where each answer leads. */
export const decisionTree: readonly Question[] = [
  question("smooth-or-featured", "Is the galaxy simply smooth and rounded, with no sign of a disk?", {
    smooth: "how-rounded",
    "featured-or-disk": "disk-edge-on",
    artifact: null,
  }),
  question("disk-edge-on", "Could this be a disk viewed edge-on?", { yes: "edge-on-bulge", no: "bar" }),
  question("has-spiral-arms", "Is there any sign of a spiral arm pattern?", {
    yes: "spiral-winding",
    no: "bulge-size",
  }),
  question("bar", "Is there a bar feature through the centre of the galaxy?", {
    yes: "has-spiral-arms",
    no: "has-spiral-arms",
  }),
  question("bulge-size", "How prominent is the central bulge, compared with the rest of the galaxy?", {
    dominant: "merging",
    obvious: "merging",
    none: "merging",
  }),
  question("how-rounded", "How rounded is it?", {
    completely: "merging",
    "in-between": "merging",
    "cigar-shaped": "merging",
  }),
  question("edge-on-bulge", "Does the galaxy have a bulge at its centre? If so, what shape?", {
    boxy: "merging",
    none: "merging",
    rounded: "merging",
  }),
  question("spiral-winding", "How tightly wound do the spiral arms appear?", {
    tight: "spiral-arm-count",
    medium: "spiral-arm-count",
    loose: "spiral-arm-count",
  }),
  question("spiral-arm-count", "How many spiral arms are there?", {
    "1": "bulge-size",
    "2": "bulge-size",
    "3": "bulge-size",
    "4": "bulge-size",
    "more-than-4": "bulge-size",
  }),
  question("merging", "Is the galaxy currently merging or is there any sign of tidal debris?", {
    merger: null,
    "tidal-debris": null,
    both: null,
    neither: null,
  }),
];

/** The question of that name. */
export function treeQuestion(name: string): Question {
  const found = decisionTree.find((q) => q.name === name);
  if (!found)
    throw new Error(
      `The decision tree has no question "${name}"; it has ${decisionTree.map((q) => q.name).join(", ")}.`,
    );
  return found;
}

/** The released table of the campaigns GZD-1 and GZD-2, whose decision tree the paper uses. */
export const votesFile = "gz_decals_volunteers_1_and_2.parquet";

/** Names of its columns. */
export const voteColumns = {
  total: (question: string) => `${question}_total-votes`,
  count: (question: string, answer: string) => `${question}_${answer}`,
  fraction: (question: string, answer: string) => `${question}_${answer}_fraction`,
  debiased: (question: string, answer: string) => `${question}_${answer}_debiased`,
};

/** All volunteer columns: per question its total, then count and fraction of each answer. */
export function volunteerColumns(): string[] {
  return decisionTree.flatMap((q) => [
    voteColumns.total(q.name),
    ...q.answers.flatMap((a) => [voteColumns.count(q.name, a.name), voteColumns.fraction(q.name, a.name)]),
  ]);
}
