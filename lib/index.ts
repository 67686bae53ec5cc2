/**
 * latent-sky: unsupervised discovery in astronomical images (Mohale & Lochner 2023, end to end).
 * Everything a notebook or a program may use, in the order data flows.
 */

export { checkDataset } from "./data/check-dataset.js";
export { decisionTree } from "./data/decision-tree.js";
export { takeRows } from "./data/matrix.js";
export { mockRadio } from "./data/mock/mock-radio.js";
export { mockSurvey } from "./data/mock/mock-survey.js";
export { mockTruth } from "./data/mock/mock-truth.js";
export { renderGalaxy } from "./data/mock/render-galaxy.js";
// Data: released surveys, your own folders, and the mock sky whose truth is known.
export { listDatasets, openDataset } from "./data/open-dataset.js";
export { saveImages } from "./data/save-images.js";
export { stackImages } from "./data/stack-images.js";
export { surestExamples } from "./data/surest-examples.js";
export { evaluationSubset, mergerProbability, mergerScore, trueMergers } from "./data/vote-cuts.js";
export { type ActiveLearningRound, activeLearning, ranking, replay } from "./discovery/active-learning.js";
export { readLog } from "./discovery/active-learning-log.js";
export { classMembership, evaluationClasses, shareInBest } from "./discovery/class-membership.js";
export { clusterReport } from "./discovery/cluster-report.js";
export { expectedImprovement } from "./discovery/expected-improvement.js";
// Discovery (sections 3.3, 6 and 7).
export { imageLooks, lookNames } from "./discovery/image-looks.js";
export { majorityAccuracy } from "./discovery/majority-accuracy.js";
export { fileOracle, voteOracle } from "./discovery/oracle.js";
export { proposeCuts } from "./discovery/propose-cuts.js";
export { recallAt, recallCurve } from "./discovery/recall-curve.js";
export { recallOverSeeds, searchAblations } from "./discovery/search-ablations.js";
export { similar } from "./discovery/similar.js";
export { sortClusters } from "./discovery/sort-clusters.js";
export { violinPanels } from "./discovery/violin-panels.js";
export { answerFractions, reportAnswers } from "./discovery/vote-answers.js";
// The engine below it all.
export { engineStats, startEngine } from "./engine/engine.js";
// Figures: each turns numbers into a plotly specification.
export * from "./figures/index.js";
export { BayesianGaussianMixture } from "./models/bayesian-gaussian-mixture.js";
export { GaussianProcessRegressor } from "./models/gaussian-process.js";
export { gaussianKde } from "./models/kde.js";
export { KnnClassifier } from "./models/knn.js";
export { knnAccuracy } from "./models/knn-accuracy.js";
// Models (sections 4.2 to 7), in scikit-learn's words.
export { Pca } from "./models/pca.js";
export { umap } from "./models/umap.js";
export { augmentedViews } from "./nn/augmented-views.js";
export { byolAugment } from "./nn/byol-augment.js";
export { extractFeatures } from "./nn/extract-features.js";
// Networks (sections 3 and 4).
export { resnet18 } from "./nn/resnet18.js";
export { trainByol } from "./nn/train-byol.js";
export { loadWeights, saveWeights } from "./nn/weights.js";
export { type ExplorerColumn, writeExplorer } from "./notebook/explorer.js";
export { inTurn } from "./notebook/in-turn.js";
// In the notebook.
export { label } from "./notebook/label.js";
export { countBy, ledger, paperBesideHere } from "./notebook/ledger.js";
export { openStudy } from "./notebook/open-study.js";
export { progress } from "./notebook/progress.js";
export { settings } from "./notebook/settings.js";
export { show } from "./notebook/show.js";
export { showTable } from "./notebook/show-table.js";
export { centralSourceBox } from "./preprocess/central-source-box.js";
export { explainPreprocess } from "./preprocess/explain-preprocess.js";
export { preprocess } from "./preprocess/preprocess.js";
// Preprocessing (section 2.1).
export { sigmaClippedStats } from "./preprocess/sigma-clip.js";
export { Random } from "./random.js";
