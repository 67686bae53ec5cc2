/**
 * Every number that Mohale & Lochner (2023) state in sections 2-8, as typed data: the left side of the ledger.
 *
 * `kind` says how a value may be compared. A `choice` is a setting of the method: here it either equals the
 * paper's or the notebook says why not. A `count` belongs to the paper's own data. A `result` is what the method
 * achieved. A `cost` depends on the machine. `words` is a result that the paper puts in words alone: it has no value
 * there, and what is measured here stands beside without a verdict.
 */
export interface PaperValue {
  id: string;
  section: string;
  quantity: string;
  /** Null where the paper gives no number. */
  value: number | null;
  unit: string;
  kind: "choice" | "count" | "result" | "cost" | "words";
  /** The release that a count was counted on. */
  release: string;
}

const rows = (
  section: string,
  kind: PaperValue["kind"],
  ...list: [id: string, quantity: string, value: number | null, unit?: string][]
): PaperValue[] =>
  list.map(([id, quantity, value, unit = ""]) => {
    const release = section.startsWith("8") ? "mirabest" : "galaxy-zoo-decals";
    return { id, section, quantity, value, unit, kind, release };
  });

export const paperValues: readonly PaperValue[] = [
  ...rows(
    "2",
    "count",
    ["images", "Images in the release", 269760, "images"],
    ["labelled", "Images with volunteer labels", 65290, "images"],
  ),
  ...rows(
    "2.1",
    "choice",
    ["clip-sigma", "Sigma-clipping threshold", 4, "sigma"],
    ["box-factor", "Bounding box enlargement", 2, "x"],
    ["crop-size", "Side of the preprocessed image", 300, "px"],
  ),
  ...rows(
    "3",
    "choice",
    ["feature-size", "Features from the avgpool layer", 512, "features"],
    ["umap-neighbours", "UMAP number of neighbours", 15, "neighbours"],
    ["umap-min-dist", "UMAP minimum distance", 0.01],
  ),
  ...rows(
    "3.3",
    "count",
    ["after-cut", "Images after the artefact cut", 232041, "images"],
    [
      "cut-share",
      "Share of all images removed before training (from 269 760 to 232 041)",
      0.1398,
      "fraction",
    ],
  ),
  ...rows(
    "4, Table 1",
    "choice",
    ["epochs", "Epochs", 20, "epochs"],
    ["learning-rate", "Learning rate (Adam)", 1e-4],
    ["batch", "Batch size", 128, "images"],
    ["tau", "Target decay", 0.99],
    ["projection", "Neurons in projection layer", 100, "neurons"],
  ),
  ...rows(
    "4.1",
    "choice",
    ["p-blur", "Probability of a Gaussian blur", 0.5],
    ["p-vertical-flip", "Probability of a vertical flip", 0.5],
    ["p-horizontal-flip", "Probability of a horizontal flip", 0.5],
    ["crop-min", "Smallest resized crop", 0.7, "of the area"],
    ["p-crop", "Probability of a resized crop", 0.7],
    ["p-rotation", "Probability of a rotation", 0.7],
    ["rotation", "Largest rotation", 360, "deg"],
  ),
  ...rows("4.1", "cost", ["train-hours", "BYOL training time, Galaxy Zoo (one P100)", 11, "hours"]),
  ...rows("4.2", "choice", ["pca-variance", "Variance kept by PCA", 0.95, "fraction"]),
  ...rows("4.2", "result", ["pca-components", "Principal components at that variance", 29, "components"]),
  ...rows(
    "5.1",
    "choice",
    ["min-votes", "Fewest votes for a question", 5, "votes"],
    ["merger-max", "Largest merger fraction in the evaluation subset", 0.2, "fraction"],
    ["class-cut", "Vote fraction that defines a class", 0.8, "fraction"],
    ["knn-k", "Neighbours of the KNN classifier", 5, "neighbours"],
    ["knn-test", "Test share of a split", 0.25, "fraction"],
    ["knn-splits", "Random splits an epoch", 50, "splits"],
  ),
  ...rows(
    "5.1",
    "count",
    ["n-round", "Round ellipticals in the evaluation subset", 4231, "galaxies"],
    ["n-spiral", "Spirals in the evaluation subset", 4034, "galaxies"],
    ["n-edge-on", "Edge-on galaxies in the evaluation subset", 5344, "galaxies"],
  ),
  ...rows(
    "5.2",
    "result",
    ["knn-accuracy", "KNN accuracy, ImageNet start, last epoch", 0.95, "fraction"],
    ["knn-head-start", "Lead of the ImageNet start over the random start, first epoch", 0.13, "fraction"],
  ),
  ...rows(
    "6.1",
    "choice",
    ["mixture-k", "Mixture components", 20, "components"],
    ["mixture-prior", "Weight concentration prior", 0.5],
    ["mixture-starts", "Initialisations", 10, "starts"],
    ["mixture-iterations", "Most iterations", 1000, "iterations"],
  ),
  ...rows("6.1", "result", ["clusters", "Clusters found", 20, "clusters"]),
  ...rows(
    "6.1",
    "words",
    ["artefacts-found", "Spoilt images that the cut or an artefact cluster holds", null, "fraction"],
    ["artefact-purity", "Spoilt images among those in artefact clusters", null, "fraction"],
  ),
  ...rows(
    "6.2",
    "choice",
    ["violin-votes", "Fewest votes for a violin", 10, "votes"],
    ["violin-condition", "Vote fraction that conditions a later question", 0.5, "fraction"],
  ),
  ...rows(
    "6.2",
    "result",
    ["artefact-clusters", "Clusters of artefacts", 8, "clusters"],
    [
      "artefact-share",
      "Share of labelled galaxies in artefact clusters (5332 of 65 290)",
      0.0817,
      "fraction",
    ],
  ),
  ...rows("6.2", "count", ["artefact-galaxies", "Galaxies in artefact clusters", 5332, "galaxies"]),
  ...rows(
    "6.3",
    "result",
    ["share-round", "Round ellipticals in their four best clusters", 0.772, "fraction"],
    ["share-spiral", "Spirals in their three best clusters", 0.793, "fraction"],
    ["share-edge-on", "Edge-on galaxies in their three best clusters", 0.793, "fraction"],
    ["cluster-accuracy", "Accuracy of the named best clusters", 0.77, "fraction"],
  ),
  ...rows(
    "7.1",
    "choice",
    ["score-max", "Highest score an oracle gives", 5],
    ["merger-cut", "Merging fraction of a true merger", 0.4, "fraction"],
    ["merger-votes", "Fewest votes of a true merger", 10, "votes"],
    ["al-start", "Objects labelled before the first round", 10, "objects"],
    ["al-batch", "Objects labelled a round", 10, "objects"],
    ["al-labels", "Labels in total", 200, "objects"],
    ["eta", "Trade-off eta of expected improvement", 0.5],
  ),
  ...rows(
    "7.1",
    "count",
    ["mergers", "True mergers", 4990, "galaxies"],
    ["merger-share", "Share of true mergers", 0.07, "fraction"],
    ["label-share", "Share of the data labelled", 0.003, "fraction"],
  ),
  ...rows("7.1", "result", ["al-hone", "Query from which mergers dominate", 5, "queries"]),
  ...rows("7.1", "words", [
    "unseen-gain",
    "Mergers never labelled, found at the top, over chance",
    null,
    "x",
  ]),
  ...rows(
    "7.2",
    "choice",
    ["neighbours", "Neighbours shown for a ring", 8, "galaxies"],
    ["rings", "Example rings", 2, "galaxies"],
  ),
  ...rows("7.2", "words", [
    "ring-neighbours",
    "Rings among the eight neighbours of a ring",
    null,
    "fraction",
  ]),
  ...rows("8.1", "count", ["radio-images", "MiraBest sources", 1256, "sources"]),
  ...rows(
    "8.1",
    "choice",
    ["radio-batch", "Batch size, radio", 32, "images"],
    ["radio-epochs", "Epochs, radio", 50, "epochs"],
  ),
  ...rows("8.1", "cost", ["radio-minutes", "BYOL training time, MiraBest (one P100)", 11, "minutes"]),
  ...rows(
    "8.2",
    "choice",
    ["radio-splits", "Random splits an epoch, radio", 50, "splits"],
    ["radio-test", "Test share of a split, radio", 0.25, "fraction"],
  ),
  ...rows(
    "8.3",
    "result",
    ["radio-pca-random", "Principal components, random start", 3, "components"],
    ["radio-pca-imagenet", "Principal components, ImageNet start", 31, "components"],
    ["radio-pca-galaxy", "Principal components, Galaxy Zoo start", 58, "components"],
    ["radio-pca-radio", "Principal components, Radio Galaxy Zoo start", 16, "components"],
  ),
  ...rows("8.3", "choice", ["radio-mixture-k", "Mixture components, at most", 20, "components"]),
];
