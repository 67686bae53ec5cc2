/**
 * latent-sky: unsupervised discovery in astronomical images (Mohale & Lochner 2023, end to end).
 * Everything a notebook or a program may use, in the order data flows.
 */

// The ground floor.

export { takeRows } from "./matrix.js";
export { median } from "./median.js";
export { Random } from "./random.js";

// The engine below it all.

export { engineStats, startEngine } from "./engine/engine.js";

// Data: released surveys, your own folders, and the mock sky whose truth is known.

export { checkDataset } from "./data/check-dataset.js";
export { hips2fits, legacySurvey, soda } from "./data/cutouts/cutout-services.js";
export { fetchCutouts } from "./data/cutouts/fetch-cutouts.js";
export { saveImages } from "./data/images/save-images.js";
export { stackImages } from "./data/images/stack-images.js";
export { mockRadio } from "./data/mock/mock-radio.js";
export { mockSurvey } from "./data/mock/mock-survey.js";
export { mockTiles } from "./data/mock/mock-tiles.js";
export { mockTruth } from "./data/mock/mock-truth.js";
export { renderGalaxy } from "./data/mock/render-galaxy.js";
export { ringClarity } from "./data/mock/ring-clarity.js";
export { listDatasets, openDataset } from "./data/open-dataset.js";
export { readTable } from "./data/tables/read-table.js";
export { type SaveTableOptions, saveTable } from "./data/tables/save-table.js";
export type { SavedColumn } from "./data/tables/saved-table.js";
export { decisionTree } from "./data/votes/decision-tree.js";
export { ringShare } from "./data/votes/ring-share.js";
export {
  evaluationCuts,
  evaluationSubset,
  mergerDefaults,
  mergerProbability,
  mergerScore,
  trueMergers,
} from "./data/votes/vote-cuts.js";
export { volunteerVotes } from "./data/votes/vote-table.js";

// Preprocessing (section 2.1).

export { centralSourceBox, sourceBoxDefaults } from "./preprocess/central-source-box.js";
export { cropDefaults } from "./preprocess/crop.js";
export { explainPreprocess } from "./preprocess/explain-preprocess.js";
export { preprocess } from "./preprocess/preprocess.js";
export { sigmaClippedStats } from "./preprocess/sigma-clip.js";

// Networks (sections 3 and 4).

export { augmentedViews } from "./nn/augmented-views.js";
export { augmentDefaults, byolAugment } from "./nn/byol-augment.js";
export { byolDefaults } from "./nn/byol-options.js";
export { type Encoder, type EncoderOptions, encoder } from "./nn/encoder.js";
export { extractFeatures } from "./nn/extract-features.js";
export { type Features, loadFeatures, saveFeatures } from "./nn/features-file.js";
export { type GivenFeatures, readFeatures } from "./nn/read-features.js";
export { resnet18 } from "./nn/resnet18.js";
export { saveOnnx } from "./nn/save-onnx.js";
export { trainByol } from "./nn/train-byol.js";
export { loadWeights, saveWeights } from "./nn/weights.js";
export { weightsDigest } from "./nn/weights-file.js";

// Models (sections 4.2 to 7), in scikit-learn's words.

export { BayesianGaussianMixture } from "./models/bayesian-gaussian-mixture.js";
export { GaussianProcessRegressor } from "./models/gaussian-process.js";
export { gaussianKde } from "./models/kde.js";
export type { Kernel } from "./models/kernel.js";
export { ConstantKernel, Matern, RationalQuadratic, Rbf, WhiteKernel } from "./models/kernels.js";
export { KnnClassifier, knnDefaults } from "./models/knn.js";
export { knnAccuracy } from "./models/knn-accuracy.js";
export { knnLeaveOneOut } from "./models/knn-leave-one-out.js";
export { mixtureDefaults } from "./models/mixture-defaults.js";
export { pairedDifference } from "./models/paired-difference.js";
export { Pca, pcaDefaults } from "./models/pca.js";
export { umap, umapDefaults } from "./models/umap.js";

// Discovery (sections 3.3, 6 and 7).

export {
  type ActiveLearningRound,
  activeLearning,
  ranking,
  replay,
} from "./discovery/active-learning.js";
export { compareLogs, readLog } from "./discovery/active-learning-log.js";
export { classMembership, evaluationClasses } from "./discovery/class-membership.js";
export { clearestExamples } from "./discovery/clearest-examples.js";
export { clusterReport } from "./discovery/cluster-report.js";
export { dominanceInWords, dominantQuery, queryCounts } from "./discovery/dominant-query.js";
export { expectedImprovement, logExpectedImprovement } from "./discovery/expected-improvement.js";
export { heldOutSearches } from "./discovery/held-out-searches.js";
export { imageLooks, lookNames } from "./discovery/image-looks.js";
export { labelTable } from "./discovery/label-table.js";
export { leastCertain } from "./discovery/least-certain.js";
export { majorityAccuracy } from "./discovery/majority-accuracy.js";
export { majorityByChance } from "./discovery/majority-by-chance.js";
export { nameClusters, namedClustersDefaults } from "./discovery/name-clusters.js";
export { fileOracle, voteOracle } from "./discovery/oracle.js";
export { proposeClusters } from "./discovery/propose-clusters.js";
export { proposeCuts } from "./discovery/propose-cuts.js";
export { chanceInterval, recallAt, recallCurve, timesChance } from "./discovery/recall-curve.js";
export { recallOverSeeds } from "./discovery/recall-over-seeds.js";
export { searchAblations } from "./discovery/search-ablations.js";
export { searchDefaults } from "./discovery/search-defaults.js";
export { similar, similarDefaults } from "./discovery/similar.js";
export { thinned } from "./discovery/thinned.js";
export { violinPanels } from "./discovery/violin-panels.js";
export { answerFractions, reportAnswers, violinDefaults } from "./discovery/vote-answers.js";

// A whole survey: from tiles and a catalogue to scores of every source.

export { planSurvey } from "./survey/plan-survey.js";
export { runSurvey } from "./survey/run-survey.js";
export { scoreSurvey } from "./survey/score-survey.js";
export { similarInSurvey } from "./survey/similar-in-survey.js";
export { surveyStatus } from "./survey/survey-status.js";

// Figures: each turns numbers into a plotly specification.

export * from "./figures/index.js";

// In the notebook.

export { explore } from "./notebook/explore.js";
export { writeExplorer } from "./notebook/explorer.js";
export { attended } from "./notebook/host.js";
export { inTurn } from "./notebook/in-turn.js";
export { label } from "./notebook/label.js";
export type { ExplorerColumn } from "./notebook/page-columns.js";
export { progress } from "./notebook/progress.js";
export { show } from "./notebook/show.js";
export { showTable } from "./notebook/show-table.js";
export { type Slider, type SliderOptions, slider } from "./notebook/slider.js";

// The study: what the notebooks share, stage by stage, and the ledger.

export { accuracyInWords } from "./study/accuracy-in-words.js";
export { compareStarts, type StartRun } from "./study/compare-starts.js";
export { fallFromBest, fallInWords } from "./study/fall-from-best.js";
export { didNotHappen, inWords, ledger, paperBesideHere, verdictsByKind } from "./study/ledger.js";
export { openStudy, type StudyOptions } from "./study/open-study.js";
export { originsOf } from "./study/origins.js";
export { radioDefaults } from "./study/profile-sizes.js";
export { openRealGalaxies } from "./study/real-galaxies.js";
export { settings } from "./study/settings.js";
export { trainSeeds } from "./study/train-seeds.js";
export { commonStarts } from "./study/weights-starts.js";
