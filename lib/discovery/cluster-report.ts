import type { VoteTable } from "../data/votes/vote-table.js";
import { checkMatrix, type Matrix } from "../matrix.js";
import { median } from "../median.js";
import { robustScale } from "../robust-scale.js";
import { describeCluster } from "./describe-cluster.js";
import { leastDifference, leastSpread, lookNames } from "./image-looks.js";
import { typicalMembers } from "./typical-members.js";
import { answerFractions, hasAnswer, reportAnswers, type VoteLift, violinDefaults } from "./vote-answers.js";
import { type ClusterPurity, clusterPurity, leastVoted, votedKinds } from "./voted-kinds.js";

export interface ClusterSummary {
  cluster: number;
  size: number;
  share: number;
  /** Members with enough votes on the first question. */
  voted: number;
  lifts: VoteLift[];
  /** The kind most of its galaxies are, by their votes; null without votes. */
  purity: ClusterPurity | null;
  /** Mean probability of its members to belong to it; null where the clustering gives none. */
  certainty: number | null;
  /** A draft for Table 2, to be reviewed by a person who looks at the images. */
  description: string;
  /** Proposed as a cluster of artefacts, and on what grounds; null, not proposed. */
  artefact: string | null;
  /** Most typical members first. */
  exemplars: number[];
  /** Least certain members first. */
  boundary: number[];
}

export interface ClusterReport {
  /** By number. */
  clusters: ClusterSummary[];
  /** The clusters proposed as artefacts: to be checked by eye and chosen in a cell. */
  artefacts: number[];
  /** Those of them behind which volunteers' votes stand, not looks alone. */
  votedArtefacts: number[];
}

export interface ClusterReportOptions {
  /** PCA features [n, d] the clusters were found in. */
  features: Matrix;
  clusters: ArrayLike<number>;
  /** [n, K], as `predictProba` gives it. */
  probabilities?: Matrix;
  votes?: VoteTable | null;
  /** Measures of plain image quality [n, m], as `imageLooks` gives them: what votes cannot see. Names: `lookNames`. */
  looks?: { names: readonly string[]; values: Matrix };
  /** Exemplars and boundary cases per cluster; default 12. */
  examples?: number;
  /** Fewest votes on a question; default `violinDefaults.minVotes`. */
  minVotes?: number;
}

/**
 * Section 6.2: what each cluster holds. Vote fractions of the cluster against the whole sample (conditions and the
 * minimum of ten votes as in the paper), a drafted description, the members to look at, and whether the cluster
 * looks like artefacts: by the volunteers' "artefact" votes, or, since most artefacts of the paper came from
 * preprocessing and no volunteer ever saw them, by image looks far from everything else.
 */
export function clusterReport(options: ClusterReportOptions): ClusterReport {
  const { features, clusters, probabilities, votes, looks, examples = 12 } = options;
  const { minVotes = violinDefaults.minVotes } = options;
  checkMatrix(features, "clusterReport: features");
  const n = features.shape[0];
  for (const [name, length] of [
    ["clusters", clusters.length],
    ["probabilities", probabilities?.shape[0] ?? n],
    ["votes", votes?.length ?? n],
    ["looks", looks?.values.shape[0] ?? n],
  ] as const)
    if (length !== n) throw new Error(`clusterReport: ${length} rows of ${name} for ${n} objects.`);
  if (looks) checkLooks(looks);
  const columns = (votes ? reportAnswers.filter((a) => hasAnswer(votes, a)) : []).map((a) => {
    const fractions = answerFractions(votes!, a, minVotes);
    return { answer: a, fractions, all: mean(fractions, everyone(n)).mean };
  });
  const kinds = votes ? votedKinds(votes, minVotes) : [];
  const members = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    const list = members.get(clusters[i]);
    if (list) list.push(i);
    else members.set(clusters[i], [i]);
  }
  const odd = looks ? oddLooks(looks, members) : new Map<number, string>();
  const summaries = [...members]
    .sort((a, b) => a[0] - b[0])
    .map(([cluster, rows]): ClusterSummary => {
      const lifts = columns.map(({ answer, fractions, all }) => {
        const here = mean(fractions, rows);
        return { ...answer, ...here, all, lift: here.mean / all };
      });
      const called = artefactByVotes(lifts, rows.length);
      const artefact = called ?? odd.get(cluster) ?? null;
      return {
        cluster,
        size: rows.length,
        share: rows.length / n,
        voted: lifts.find((l) => l.answer === "smooth")?.n ?? 0,
        lifts,
        purity: clusterPurity(kinds, rows),
        certainty: probabilities ? certaintyOf(probabilities, rows) : null,
        description: artefact && !called ? "Perhaps artefacts" : describeCluster(lifts, called, rows.length),
        artefact,
        ...typicalMembers({ features, members: rows, probabilities, count: examples }),
      };
    });
  return {
    clusters: summaries,
    artefacts: summaries.filter((s) => s.artefact).map((s) => s.cluster),
    votedArtefacts: summaries.filter((s) => artefactByVotes(s.lifts, s.size)).map((s) => s.cluster),
  };
}

function certaintyOf({ data, shape: [, k] }: Matrix, rows: readonly number[]): number {
  const best = (i: number) => Math.max(...data.subarray(i * k, (i + 1) * k));
  return rows.reduce((sum, i) => sum + best(i), 0) / rows.length;
}

/** Mean share of "artefact" votes beyond which a cluster is one of artefacts: most of it, by most volunteers. */
const artefactShare = 0.4;

/** Robust standard deviations (1.4826 MAD of all images) beyond which a cluster's median look is odd. */
const oddDeviations = 6;

/** The grounds on which volunteers' votes make the cluster one of artefacts, if members enough have any (`leastVoted`). */
function artefactByVotes(lifts: readonly VoteLift[], members: number): string | null {
  const votes = lifts.find((l) => l.answer === "artifact");
  if (!votes || votes.n < leastVoted(members) || !(votes.mean > artefactShare)) return null;
  return `volunteers call ${(100 * votes.mean).toFixed(0)}% artefact (all: ${(100 * votes.all).toFixed(0)}%)`;
}

/** A look by a name that is not known would count as odd however small its difference. */
function checkLooks({ names, values }: { names: readonly string[]; values: Matrix }): void {
  const unknown = names.find((name) => !lookNames.includes(name));
  if (unknown !== undefined)
    throw new Error(`clusterReport: no look is called "${unknown}"; there are ${lookNames.join(", ")}.`);
  if (names.length !== values.shape[1])
    throw new Error(`clusterReport: looks have ${values.shape[1]} columns and ${names.length} names.`);
}

/**
 * Clusters whose median look lies more than `oddDeviations` from the median of all, and at least `leastDifference`
 * from it. Only the farthest look is named. Most of the images are no artefacts:
 * where the odd clusters together hold more than half of them, none is proposed.
 */
function oddLooks(
  looks: { names: readonly string[]; values: Matrix },
  members: ReadonlyMap<number, readonly number[]>,
): Map<number, string> {
  const [n, m] = looks.values.shape;
  const found = new Map<number, { text: string; distance: number }>();
  for (let j = 0; j < m; j++) {
    const at = (i: number) => looks.values.data[i * m + j];
    const { median: middle, spread } = robustScale(everyone(n).map(at), leastSpread);
    for (const [cluster, rows] of members) {
      const here = median(rows.map(at));
      const distance = Math.abs(here - middle) / spread;
      const least = leastDifference[lookNames.indexOf(looks.names[j])];
      if (
        distance > oddDeviations &&
        Math.abs(here - middle) >= least &&
        distance > (found.get(cluster)?.distance ?? 0)
      ) {
        const text = `${looks.names[j]} ${here.toPrecision(2)} where all have ${middle.toPrecision(2)}`;
        found.set(cluster, { text, distance });
      }
    }
  }
  const odd = [...found.keys()].reduce((sum, cluster) => sum + members.get(cluster)!.length, 0);
  if (2 * odd > n) return new Map();
  return new Map([...found].map(([cluster, { text }]) => [cluster, text]));
}

function everyone(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function mean(values: Float64Array, rows: readonly number[]): { n: number; mean: number } {
  let n = 0;
  let sum = 0;
  for (const i of rows)
    if (Number.isFinite(values[i])) {
      n++;
      sum += values[i];
    }
  return { n, mean: n ? sum / n : Number.NaN };
}
