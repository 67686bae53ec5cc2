import { recallCurve } from "../../lib/discovery/recall-curve.js";
import {
  augmentationViews,
  boundCurve,
  clusterPanels,
  collapseMonitor,
  confusionFigure,
  decisionTreeFigure,
  type Figure,
  knnCurve,
  ledgerFigure,
  membershipHeatmap,
  montage,
  neighbourGrid,
  pcaVariance,
  preprocessingSteps,
  queryGrid,
  radioMontage,
  recallCurveFigure,
  skyMap,
  startsUmap,
  trainingLoss,
  truthBesideScore,
  umapScatter,
  unseenRecall,
  voteHistograms,
  voteViolins,
} from "../../lib/figures/index.js";
import type { Matrix } from "../../lib/matrix.js";

const picture = (id: string) => ({ src: `data:image/jpeg;base64,${id}`, width: 96, height: 96, id });
const pictures = (n: number, from = 0) => Array.from({ length: n }, (_, i) => picture(`J${from + i}`));
const plane = (n: number): Matrix => ({
  data: Float64Array.from({ length: 2 * n }, (_, i) => Math.sin(i) * 3 + (i % 2)),
  shape: [n, 2],
});
const accuracies = (mean: number[], std: number[]) =>
  mean.map((m, epoch) => ({ epoch, knn: { mean: m, std: std[epoch] } }));
const six = { embedding: plane(6), ids: ["a", "b", "c", "d", "e", "f"] };

/** Every builder on a handful of numbers; the snapshots are made of these. */
export const tinyFigures: Record<string, () => Figure> = {
  "umap-box": () => umapScatter({ title: "Artefact cut", ...six, boxes: [{ x: [0, 1], y: [-1, 2] }] }),
  "umap-clusters": () => umapScatter({ title: "Clusters", ...six, clusters: [0, 0, 1, 11, 1, 0] }),
  "umap-classes": () =>
    umapScatter({ title: "Classes", ...six, classes: ["spiral", null, "round", "round", null, "spiral"] }),
  "umap-values": () =>
    umapScatter({
      title: "Scores",
      subtitle: "mock",
      ...six,
      values: { name: "Score (0 to 5)", values: [1, 5, Number.NaN, 0, 2, 3] },
      maxPoints: 5,
      seed: 1,
    }),
  "sky-map": () =>
    skyMap({
      title: "Scores on the sky",
      ra: [359.9, 0.1, 0.2],
      dec: [-1, 0, 1],
      ids: ["a", "b", "c"],
      values: { name: "Score (0 to 5)", values: [4, 1, 2] },
    }),
  montage: () =>
    montage({
      title: "Evaluation classes",
      columns: 2,
      rowLabels: ["round", "spiral"],
      images: pictures(4).map((image, i) => ({
        ...image,
        caption: `score ${i}`,
        corner: "FRI",
        highlight: i === 2,
      })),
    }),
  "knn-curve": () =>
    knnCurve({
      title: "KNN accuracy",
      series: [
        { name: "Random weights", epochs: accuracies([0.7, 0.8, 0.9], [0.01, 0.02, 0.01]) },
        { name: "ImageNet weights", epochs: accuracies([0.8, 0.9, 0.95], [0.01, 0.01, 0.005]) },
      ],
    }),
  "cluster-panels": () =>
    clusterPanels({
      title: "Spirals and edge-on discs",
      ...six,
      clusters: [0, 0, 1, 2, 1, 0],
      panels: [
        { cluster: 0, name: "0, spirals", images: pictures(2) },
        { cluster: 1, images: pictures(3, 2) },
      ],
      columns: 3,
    }),
  "vote-violins": () =>
    voteViolins({
      title: "Vote fractions",
      fewest: 2,
      panels: [
        {
          label: "Features or disk",
          groups: [
            { label: "0", values: [0.1, 0.2, 0.3, 0.9, Number.NaN] },
            { label: "3", values: [0.5] },
            { label: "all", values: [0.1, 0.2, 0.3, 0.9, 0.5] },
          ],
        },
        {
          label: "Edge-on",
          groups: [
            { label: "0", values: [0, 1] },
            { label: "3", values: [] },
          ],
        },
      ],
    }),
  "recall-curve": () =>
    recallCurveFigure({
      title: "Mergers found",
      curves: [{ name: "active learning", found: [1, 2, 2, 3, 3, 3] }],
      total: 3,
    }),
  "recall-band": () =>
    recallCurveFigure({
      title: "Mergers found, three seeds",
      curves: [
        { name: "0", found: [1, 2, 3] },
        { name: "1", found: [0, 1, 3] },
        { name: "2", found: [1, 1, 3] },
      ],
      total: 3,
      band: true,
    }),
  "unseen-recall": () =>
    unseenRecall({
      title: "Mergers never labelled",
      search: recallCurve([0, 1, 2, 3, 4, 5], [1, 1, 0, 1, 0, 0]),
      others: [
        recallCurve([0, 2, 1, 3, 4, 5], [1, 1, 0, 1, 0, 0]),
        recallCurve([5, 1, 2, 3, 4, 0], [1, 1, 0, 1, 0, 0]),
      ],
    }),
  "unseen-recall-median": () =>
    unseenRecall({
      title: "Mergers held out",
      others: [
        recallCurve([0, 1, 2, 3, 4, 5], [1, 1, 0, 1, 0, 0]),
        recallCurve([0, 2, 1, 3, 4, 5], [1, 1, 0, 1, 0, 0]),
        recallCurve([5, 1, 2, 3, 4, 0], [1, 1, 0, 1, 0, 0]),
      ],
    }),
  "truth-beside-score": () =>
    truthBesideScore({
      title: "Truth and score",
      ...six,
      truth: [1, 0, 0, 1, 0, 0],
      score: [4, 1, 0, 3, 2, 0],
    }),
  "query-grid": () =>
    queryGrid({
      title: "Queries",
      top: 2,
      queries: [1, 2].map((query) => ({
        query,
        note: `${query - 1} of 2`,
        shown: pictures(2, 2 * query).map((image, i) => ({ image, score: i ? null : 4 })),
      })),
    }),
  "neighbour-grid": () =>
    neighbourGrid({
      title: "A ring and its neighbours",
      source: picture("ring"),
      neighbours: pictures(8),
      found: [1, 2, 3, 4, 5, 6, 7, 8].map((distance) => ({ distance })),
    }),
  "radio-montage": () =>
    radioMontage({
      title: "Radio galaxies",
      sources: pictures(5).map((image) => ({ image, label: "FRII" })),
    }),
  "starts-umap": () =>
    startsUmap({
      title: "Four starts",
      starts: ["random", "ImageNet", "Galaxy Zoo", "radio"].map((name, i) => ({
        name,
        embedding: plane(4),
        classes: ["FRI", "FRII", "FRI", "FRII"],
        accuracy: 0.6 + i / 10,
      })),
    }),
  "decision-tree": () => decisionTreeFigure({ title: "The decision tree" }),
  "preprocessing-steps": () =>
    preprocessingSteps({
      title: "Preprocessing",
      examples: [
        {
          original: picture("o"),
          mask: picture("m"),
          crop: picture("c"),
          size: { width: 424, height: 300 },
          contour: { points: [100, 100, 200, 110, 150, 180] },
          box: { x: 60, y: 70, width: 180, height: 160 },
        },
        {
          original: picture("p"),
          mask: picture("q"),
          crop: picture("p"),
          size: { width: 424, height: 424 },
          contour: null,
          box: null,
        },
      ],
    }),
  "augmentation-views": () =>
    augmentationViews({
      title: "Views",
      rows: [{ original: picture("o"), name: "spiral", views: pictures(3) }],
    }),
  "training-loss": () =>
    trainingLoss({
      title: "Loss",
      runs: [{ name: "from ImageNet", epochs: [null, 1.5, 1].map((loss, epoch) => ({ epoch, loss })) }],
    }),
  "collapse-monitor": () =>
    collapseMonitor({
      title: "Collapse",
      epochs: [
        { epoch: 1, embeddingStd: 0.03, effectiveRank: 20 },
        { epoch: 2, embeddingStd: 0.04, effectiveRank: 25.5 },
      ],
    }),
  "pca-variance": () => pcaVariance({ title: "PCA", explainedVarianceRatio: [0.6, 0.3, 0.06, 0.04] }),
  "confusion-matrix": () =>
    confusionFigure({
      title: "Confusion",
      confusion: {
        labels: ["round", "spiral"],
        counts: { data: Float64Array.of(9, 1, 3, 7), shape: [2, 2] },
        accuracy: 0.8,
      },
    }),
  "ledger-figure": () =>
    ledgerFigure({
      title: "Ledger",
      rows: [
        { quantity: "KNN accuracy", value: 0.95, here: 0.93, verdict: "reproduced" },
        {
          quantity: "Share of all images removed before training, from 269 760 to 232 041",
          value: 0.14,
          here: 0.01,
          verdict: "differs",
        },
      ],
    }),
  "membership-heatmap": () =>
    membershipHeatmap({
      title: "Where each class went",
      classes: [
        {
          name: "round",
          n: 40,
          clusters: [
            { cluster: 3, share: 0.75 },
            { cluster: 1, share: 0.25 },
          ],
        },
        { name: "spiral", n: 30, clusters: [{ cluster: 1, share: 1 }] },
      ],
      clusters: [1, 2, 3],
      leftOut: [2],
    }),
  "bound-curve": () => boundCurve({ title: "Lower bound", bounds: [-100, -50.25, -49] }),
  "vote-histograms": () =>
    voteHistograms({
      title: "Votes",
      answers: [
        { label: "smooth", fractions: [0.1, 0.2, 0.95, Number.NaN] },
        { label: "edge-on", fractions: [0, 1, 0.5, 0.5] },
      ],
    }),
};
