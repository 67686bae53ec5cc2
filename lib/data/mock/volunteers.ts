import type { Random } from "../../random.js";
import { decisionTree, type Question } from "../votes/decision-tree.js";
import type { Galaxy } from "./galaxy.js";

/** Votes of one galaxy: question -> answer -> count, only for questions somebody reached. */
export type Votes = Map<string, Map<string, number>>;
type Odds = Record<string, number>;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/**
 * How much of its structure a galaxy shows, 0 to 1: it must be resolved (half-light radius against the seeing) and
 * stand above the noise.
 */
export function clarity(g: Galaxy): number {
  const resolved = 1 - Math.exp(-((g.radius / g.psf / 2) ** 1.4));
  const signal = g.brightness / g.noise;
  return (resolved * signal) / (signal + 6);
}

/** The share of volunteers expected to give each answer, question by question. */
function expectedAnswers(g: Galaxy): Record<string, Odds> {
  const c = clarity(g);
  const isDisc = g.kind !== "elliptical";
  const thickness = Math.cos((g.inclination * Math.PI) / 180);
  const axisRatio =
    g.kind === "elliptical"
      ? g.axisRatio
      : g.kind === "edge-on"
        ? 0.14 + 0.3 * g.bulgeFraction + 0.6 * thickness
        : Math.sqrt(0.02 + 0.98 * thickness ** 2);
  // Inclination hides arms before it makes the disc edge-on.
  const contrast = c * Math.min(1, 1.45 * g.armStrength) * sigmoid((74 - g.inclination) / 5);
  const armsSeen = 1 - (1 - contrast) ** 1.9;
  const inclined = sigmoid((g.inclination - 78.5) / 2.6);
  const thin = sigmoid((0.4 - axisRatio) / 0.07);
  const edgeOn = isDisc ? inclined : 0.12 * thin;
  const interaction = g.kind === "merger" ? c * (0.5 + 0.5 * Math.min(1, 1.6 * g.massRatio)) : 0;

  const featured = {
    elliptical: 0.05 + 0.06 * (1 - c) + 0.25 * thin,
    lenticular: 0.12 + 0.3 * c * (0.3 * g.bar + sigmoid((g.inclination - 60) / 10)),
    spiral: 0.08 + 0.12 * c + 0.82 * armsSeen,
    "edge-on": 0.25 + 0.65 * c * (1 - 0.6 * g.bulgeFraction) + 0.1 * g.dust,
    ring: 0.3 + 0.62 * c,
    merger: 0.2 + 0.3 * interaction + 0.4 * armsSeen + 0.1 * g.tails,
  }[g.kind];
  const spoiled = g.artefact
    ? { trail: 0.55, "saturated-star": 0.88, "black-frame": 0.75, "bad-crop": 0.72, "missing-band": 0.6 }[
        g.artefact
      ]
    : 0.012 + 0.05 * (1 - c) ** 2;

  const armsYes =
    g.kind === "spiral"
      ? 0.12 + 0.86 * armsSeen ** 0.7
      : g.kind === "merger"
        ? 0.15 + 0.55 * armsSeen
        : g.kind === "ring"
          ? 0.25
          : 0.08;
  const clear = 0.25 + 0.75 * c;
  const tightness = (from: number, to: number) =>
    sigmoid((g.armPitch - from) / (2.5 / clear)) * sigmoid((to - g.armPitch) / (2.5 / clear));
  const nuclei = interaction * sigmoid((g.separation - 0.45) / 0.15) * sigmoid((4 - g.separation) / 0.6);
  const debris = Math.min(1, c * (g.kind === "merger" ? 0.15 + 0.85 * Math.max(g.tails, 0.8 * g.shells) : 0));
  // A neighbour in the picture makes some people think of a merger; ragged arms look like debris to others.
  const chance = 0.025 + 0.05 * Math.min(3, g.companions) + 0.008 * g.crowding;

  return {
    "smooth-or-featured": {
      smooth: (1 - featured) * (1 - spoiled),
      "featured-or-disk": featured * (1 - spoiled),
      artifact: spoiled,
    },
    "how-rounded": {
      completely: sigmoid((axisRatio - 0.79) / 0.045),
      "in-between": (1 - sigmoid((axisRatio - 0.79) / 0.045)) * (1 - sigmoid((0.42 - axisRatio) / 0.05)),
      "cigar-shaped": sigmoid((0.42 - axisRatio) / 0.05),
    },
    "disk-edge-on": { yes: 0.015 + 0.965 * edgeOn, no: 1.02 - edgeOn },
    "edge-on-bulge": {
      rounded: sigmoid((g.bulgeFraction - 0.1) / 0.035) * (1 - 0.7 * g.boxiness),
      boxy: 0.04 + 0.75 * g.boxiness * sigmoid((g.bulgeFraction - 0.1) / 0.035),
      none: 1 - sigmoid((g.bulgeFraction - 0.1) / 0.035),
    },
    bar: {
      yes: 0.06 + 0.85 * clear * sigmoid((g.bar - 0.35) / 0.09),
      no: 1 - 0.85 * clear * sigmoid((g.bar - 0.35) / 0.09),
    },
    "has-spiral-arms": { yes: armsYes, no: 1 - armsYes },
    "spiral-winding": {
      tight: 0.05 + tightness(-90, 14),
      medium: 0.08 + tightness(14, 23),
      loose: 0.05 + tightness(23, 180),
    },
    "spiral-arm-count": Object.fromEntries(
      ["1", "2", "3", "4", "more-than-4"].map((answer, k) => [
        answer,
        0.05 + Math.exp(-(((Math.min(5, g.armCount) - k - 1) / (1.15 - 0.5 * clear)) ** 2)),
      ]),
    ),
    "bulge-size": {
      none: sigmoid((0.07 - g.bulgeFraction) / 0.03),
      obvious: sigmoid((g.bulgeFraction - 0.07) / 0.03) * sigmoid((0.42 - g.bulgeFraction) / 0.06),
      dominant: sigmoid((g.bulgeFraction - 0.42) / 0.06),
    },
    merging: {
      merger: chance + nuclei * (1 - 0.45 * debris),
      "tidal-debris": 0.02 + 0.05 * g.armIrregularity * armsSeen + 0.75 * debris * (1 - nuclei),
      both: 0.006 + 0.75 * nuclei * debris,
      neither: Math.max(0.03, (1 - nuclei) * (1 - 0.8 * debris)),
    },
  };
}

/**
 * About forty people classify the galaxy, each walking the tree from the top. They share what the image suggests
 * (a random tilt of the odds, the same for all, so that votes scatter more than binomially), and 4 in 100 clicks
 * are careless.
 */
export function drawVotes(g: Galaxy, random: Random): Votes {
  const odds = expectedAnswers(g);
  const weights = new Map(
    decisionTree.map((q) => {
      const tilted = q.answers.map(
        (a) => Math.max(0.004, odds[q.name][a.name]) * Math.exp(random.normal(0, 0.28)),
      );
      const sum = tilted.reduce((s, w) => s + w, 0);
      return [q.name, tilted.map((w) => 0.96 * (w / sum) + 0.04 / tilted.length)];
    }),
  );
  const byName = new Map(decisionTree.map((q) => [q.name, q]));
  const votes: Votes = new Map();
  const people = Math.max(30, Math.round(random.normal(40, 3)));
  for (let p = 0; p < people; p++) {
    let at: string | null = decisionTree[0].name;
    while (at !== null) {
      const { name, answers }: Question = byName.get(at)!;
      const share = weights.get(name)!;
      let u = random.uniform();
      let k = 0;
      while (k < share.length - 1 && (u -= share[k]) >= 0) k++;
      const counts = votes.get(name) ?? new Map<string, number>();
      votes.set(name, counts.set(answers[k].name, (counts.get(answers[k].name) ?? 0) + 1));
      at = answers[k].next;
    }
  }
  return votes;
}
