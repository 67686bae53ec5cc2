import { oneZip } from "./named-dataset.js";

/** Question and answers of the Zooniverse workflow "decals" by their index in file names, in the tree's names. */
const workflow: readonly [question: string, answers: readonly string[]][] = [
  ["smooth-or-featured", ["smooth", "featured-or-disk", "artifact"]],
  ["disk-edge-on", ["yes", "no"]],
  ["bar", ["yes", "no"]],
  ["has-spiral-arms", ["yes", "no"]],
  ["bulge-size", ["none", "obvious", "dominant"]],
  ["spiral-winding", ["tight", "medium", "loose"]],
  ["spiral-arm-count", ["1", "2", "3", "4", "more-than-4"]],
  ["edge-on-bulge", ["rounded", "boxy", "none"]],
  ["how-rounded", ["completely", "in-between", "cigar-shaped"]],
  ["merging", ["merger", "tidal-debris", "both", "neither"]],
];

/**
 * What an example of the Galaxy Zoo field guide illustrates, from its name `decals-Q_a-A_n.jpg`: "merging: both". The
 * eleventh question ("anything odd") is not in the tree: "odd".
 */
function decalsExampleLabel(id: string): string | null {
  const m = /^decals[-_](\d+)_[ax]-(\d+)_\d+$/.exec(id);
  if (!m) return null;
  const [question, answers] = workflow[Number(m[1])] ?? ["odd", []];
  return answers[Number(m[2])] ? `${question}: ${answers[Number(m[2])]}` : question;
}

/** The examples that the Zooniverse field guide of Galaxy Zoo DECaLS shows. */
export const decalsExamples = oneZip(
  {
    name: "decals-examples",
    file: "decals-examples.zip",
    source: "Galaxy Zoo DECaLS examples of the Zooniverse field guide",
    licence: "Apache-2.0",
  },
  { label: decalsExampleLabel },
);
