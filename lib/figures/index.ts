/** Every figure builder: pure, numbers in, a plotly specification out. In the paper's order, then the rest. */

export { augmentationViews } from "./augmentation-views.js";
export { boundCurve } from "./bound-curve.js";
export { clusterPanels } from "./cluster-panels.js"; // Figs. 4-6
export { collapseMonitor } from "./collapse-monitor.js";
export { confusionFigure } from "./confusion-figure.js";
export { decisionTreeFigure } from "./decision-tree-figure.js";
export type { Figure } from "./figure.js";
export { knnCurve } from "./knn-curve.js"; // Figs. 3, 14
export { ledgerFigure } from "./ledger-figure.js";
export { membershipHeatmap } from "./membership-heatmap.js";
export { montage } from "./montage.js"; // Fig. 2
export { neighbourGrid } from "./neighbour-grid.js"; // Figs. 11, 12
export { pcaVariance } from "./pca-variance.js";
export { preprocessingSteps } from "./preprocessing-steps.js";
export { queryGrid } from "./query-grid.js"; // Fig. 10
export { radioMontage } from "./radio-montage.js"; // Fig. 13
export { recallCurveFigure } from "./recall-curve-figure.js"; // Fig. 8
export { skyMap } from "./sky-map.js";
export { sourceThumbnails } from "./source-thumbnails.js"; // Fig. 13
export { startsUmap } from "./starts-umap.js"; // Fig. 15
export { thumbnail, thumbnails } from "./thumbnail.js";
export { trainingLoss } from "./training-loss.js";
export { truthBesideScore } from "./truth-beside-score.js"; // Fig. 9
export { umapScatter } from "./umap-scatter.js"; // Fig. 1
export { unseenRecall } from "./unseen-recall.js"; // Fig. 8, without the labels
export { voteHistograms } from "./vote-histograms.js";
export { voteViolins } from "./vote-violins.js"; // Fig. 7
