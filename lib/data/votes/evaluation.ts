import { type EvaluationCuts, evaluationColumns, evaluationCuts, evaluationSubset } from "./vote-cuts.js";
import type { VoteTable } from "./vote-table.js";

/**
 * How a dataset tells the objects whose class is beyond doubt: by cuts on its votes (section 5.1), or by the classes
 * that the release itself is sure of (section 8.2), each by the labels that stand for it.
 */
export type EvaluationRule =
  | { by: "votes"; cuts?: EvaluationCuts }
  | { by: "labels"; classes: Readonly<Record<string, readonly string[]>> };

/** Objects whose class is beyond doubt. */
export interface Evaluation {
  /** Their rows, ascending. */
  indices: Uint32Array;
  /** Class name of each. */
  labels: string[];
  classes: readonly string[];
  counts: { class: string; objects: number }[];
  /** The cuts that were made; null where a release names its classes. */
  cuts: Readonly<Required<EvaluationCuts>> | null;
}

/** What a rule looks at, row i belonging to image i. */
export interface Judged {
  votes: VoteTable | null;
  labels: readonly (string | null)[] | null;
}

/** The evaluation subset of some images by their dataset's rule; null where `evaluationLacks` says why. */
export function evaluationOf(images: Judged, rule: EvaluationRule): Evaluation | null {
  if (evaluationLacks(images, rule)) return null;
  if (rule.by === "labels") {
    const classes = Object.keys(rule.classes);
    const classOf = new Map(classes.flatMap((name) => rule.classes[name].map((label) => [label, name])));
    const found = images.labels!.map((label) => (label === null ? undefined : classOf.get(label)));
    const indices = Uint32Array.from(found.keys()).filter((i) => found[i] !== undefined);
    return counted(
      indices,
      Array.from(indices, (i) => found[i]!),
      classes,
      null,
    );
  }
  const cuts = { ...evaluationCuts, ...rule.cuts };
  const subset = evaluationSubset(images.votes!, cuts);
  const labels = Array.from(subset.labels, (l) => subset.classes[l]);
  return counted(subset.indices, labels, subset.classes, cuts);
}

/** The rule with every cut filled in: what its result depends on. */
export function settledRule(rule: EvaluationRule): EvaluationRule {
  return rule.by === "votes" ? { ...rule, cuts: { ...evaluationCuts, ...rule.cuts } } : rule;
}

/** What the images would need for an evaluation subset, as the end of a sentence; null where they have it. */
export function evaluationLacks({ votes, labels }: Judged, rule: EvaluationRule): string | null {
  if (rule.by === "labels") return labels ? null : "the release's classes";
  if (!votes) return "the votes of volunteers";
  const missing = votes.missing(evaluationColumns({ ...evaluationCuts, ...rule.cuts }));
  return missing.length ? `votes on more questions (no column ${missing.join(", ")})` : null;
}

function counted(
  indices: Uint32Array,
  labels: string[],
  classes: readonly string[],
  cuts: Evaluation["cuts"],
): Evaluation {
  const counts = classes.map((name) => ({ class: name, objects: labels.filter((l) => l === name).length }));
  return { indices, labels, classes, counts, cuts };
}
