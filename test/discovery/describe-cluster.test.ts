import assert from "node:assert/strict";
import { test } from "node:test";
import { describeCluster } from "../../lib/discovery/describe-cluster.js";
import type { VoteLift } from "../../lib/discovery/vote-answers.js";

const lift = (question: string, answer: string, mean: number, over = 1) =>
  ({ question, answer, mean, lift: over, n: 5 }) as VoteLift;
const smooth = (mean: number) => lift("smooth-or-featured", "smooth", mean);
const featured = (mean: number) => lift("smooth-or-featured", "featured-or-disk", mean);

test("a cluster is called by what most of five or more voted: Table 2's words", () => {
  const called = (...lifts: VoteLift[]) => describeCluster(lifts, null, 20);
  assert.equal(called(smooth(0.6), featured(0.3)), "Mostly ellipticals, with some disks");
  assert.equal(
    called(smooth(0.6), featured(0.3), lift("bulge-size", "dominant", 0.5, 1.4)),
    "Mostly ellipticals and some spirals with prominent bulges",
  );
  const spiral = lift("has-spiral-arms", "yes", 0.6);
  assert.equal(called(featured(0.6), spiral), "Predominantly spiral galaxies");
  assert.equal(
    called(featured(0.6), lift("disk-edge-on", "yes", 0.8)),
    "Edge-on disks and some cigar-shaped ellipticals",
  );
  assert.equal(
    called(smooth(0.6), lift("how-rounded", "cigar-shaped", 0.8)),
    "Cigar-shaped ellipticals and some edge-on disks",
  );
  assert.equal(
    called(featured(0.6), spiral, lift("merging", "merger", 0.2, 2)),
    "Predominantly spiral galaxies, including some apparent mergers",
  );
  assert.equal(called(smooth(0.5), featured(0.5)), "A mix of morphologies");
});
