import { existsSync } from "node:fs";
import type { ImageStack } from "../data/images/image.js";
import { settledRule } from "../data/votes/evaluation.js";
import { startEngine } from "../engine/engine.js";
import type { Matrix } from "../matrix.js";
import { BayesianGaussianMixture } from "../models/bayesian-gaussian-mixture.js";
import { knnDefaults } from "../models/knn.js";
import { mixtureDefaults } from "../models/mixture-defaults.js";
import { Pca, pcaDefaults } from "../models/pca.js";
import { isPosterior } from "../models/saved-posterior.js";
import { umap, umapDefaults } from "../models/umap.js";
import { type ByolOptions, byolDefaults } from "../nn/byol-options.js";
import { extractFeatures } from "../nn/extract-features.js";
import { resnet18 } from "../nn/resnet18.js";
import { type EpochReport, trainByol } from "../nn/train-byol.js";
import { loadWeights } from "../nn/weights.js";
import { weightsDigest } from "../nn/weights-file.js";
import { progress } from "../notebook/progress.js";
import { type Accuracy, accuracyIn, epochJudge, JUDGED } from "./epoch-judge.js";
import { givenEpoch } from "./given-epoch.js";
import { originsOf } from "./origins.js";
import { type StageKeys, stageKeys } from "./stages.js";
import type { Studied } from "./studied.js";
import { encodeBy, encoderIn, isWholeEncoder, keepEncoder, saveEncoder } from "./trained-encoders.js";

/**
 * An epoch, with the KNN accuracy of its features where the study has an evaluation subset, and where its images are
 * from several sets with the accuracy at which the same KNN tells the set (`originSample`).
 */
export type Epoch = EpochReport & { knn: Accuracy | null; origin: Accuracy | null };

const isMixture = (state: ReturnType<BayesianGaussianMixture["toJSON"]>) =>
  state.kind === "bayesian-gaussian-mixture" && isPosterior(state);
const areEpochs = (epochs: readonly Epoch[]) =>
  Array.isArray(epochs) && epochs.length > 0 && epochs.every((e: Epoch | null) => Number.isInteger(e?.epoch));

/**
 * What BYOL made of a study's images from one start of the weights, stage by stage; each is kept on disk. Where the
 * study was given features, they stand in the place of the network's, and nothing is trained.
 */
export class Representation {
  private memory = new Map<string, Promise<unknown>>();

  constructor(
    private readonly study: Studied,
    /** As the figures call it. */
    readonly name: string,
    /** What `loadWeights` takes. */
    readonly start: string,
    /** Side of the network's input in pixels. */
    private readonly imageSize: number,
    /** How many images it is of. */
    private readonly length: number,
  ) {}

  /** The options of training: the paper's Table 1, with the sizes of the profile. */
  get options() {
    const { epochs, batchSize, hiddenSize } = this.study.sizes;
    const { learningRate, tau, projectionSize } = byolDefaults;
    return {
      epochs,
      batchSize,
      learningRate,
      tau,
      hiddenSize,
      projectionSize,
      imageSize: this.imageSize,
      seed: this.study.settings.seed,
    } satisfies ByolOptions;
  }

  /**
   * Trains, or goes on where the last checkpoint stands, and returns one report an epoch; epoch 0 is before training.
   * With `until` it stops there, to be gone on with, unless it is further already. What came to its end is told from its
   * reports, which are kept apart from the checkpoints.
   */
  train(until = this.options.epochs): Promise<Epoch[]> {
    return this.once(until < this.options.epochs ? `train to ${until}` : "train", async () => {
      if (this.study.given)
        return [givenEpoch(await this.features(), await this.subset(), this.study.settings.seed)];
      const key = [(await this.keys()).train, until];
      const kept = await this.study.cache.stored<Epoch[]>("epochs", key, areEpochs);
      if (kept) return kept;
      const epochs = await this.trainNetwork(until);
      await this.study.cache.store("epochs", key, epochs);
      return epochs;
    });
  }

  /** The training itself, from the newest checkpoint; at its end features and encoder are kept too. */
  private async trainNetwork(until = this.options.epochs): Promise<Epoch[]> {
    const { backend, precision } = await startEngine();
    const { stack } = await this.study.images();
    const { options } = this;
    const folder = await this.folder();
    const bar = progress(`BYOL on ${this.study.dataset.name} from ${this.name} weights`);
    const evaluate = await this.evaluate();
    const epochs: Epoch[] = [];
    const net = resnet18({ seed: options.seed });
    try {
      await loadWeights(net, this.start);
      const run = trainByol(net, stack, { ...options, evaluate, checkpoint: { folder }, onProgress: bar });
      for await (const { replayed: _replayed, current, ...report } of run) {
        // A checkpoint of before each split was kept is judged again, while its network is at hand.
        const before = accuracyIn(report.evaluation, "knn");
        const evaluation = current && before && !before.splits ? await evaluate(net) : report.evaluation;
        const [knn, origin] = [accuracyIn(evaluation, "knn"), accuracyIn(evaluation, "origin")];
        epochs.push({ ...report, evaluation, knn, origin });
        if (current && report.epoch >= until && until < options.epochs) {
          bar.done();
          return epochs;
        }
      }
      // The trained network is at hand only here: what later stages need of it is kept now.
      const extract = () => extractFeatures(net, stack, { imageSize: options.imageSize, onProgress: bar });
      await this.study.cache.matrix("features", (await this.keys()).features, extract, () => stack.ids);
      await keepEncoder(await this.encoderFolder(), net, {
        sky: this.study.dataset.sky,
        drawn: this.study.dataset.drawn,
        images: this.study.describe(stack.length),
        ...this.study.settings,
        start: this.name,
        startNote: await this.startNote(),
        epochs: options.epochs,
        engine: `${backend}, ${precision}`,
        trained: new Date().toISOString(),
      });
    } finally {
      net.dispose();
    }
    bar.done();
    return epochs;
  }

  /**
   * What an epoch is measured by: KNN accuracy over fifty splits of the evaluation subset (section 5), and of the sets
   * that the images are from.
   */
  async evaluate() {
    const { study } = this;
    const { imageSize } = this.options;
    const { seed } = study.settings;
    const { stack, indices } = await study.images();
    const origins = originsOf(study.dataset, indices);
    return epochJudge({ stack, subset: await this.subset(), origins, imageSize, seed });
  }

  private async startNote(): Promise<string> {
    const start = (await this.study.starts()).find((s) => s.name === this.name);
    return start?.note ?? this.start;
  }

  /** The evaluation subset, or null where there is none worth a number. */
  private async subset() {
    const subset = await this.study.evaluation();
    return subset && subset.labels.length >= JUDGED ? subset : null;
  }

  /** Writes the trained encoder, with the card that says what it is, as .safetensors (`loadWeights`) or as .onnx. */
  async saveEncoder(path: string): Promise<void> {
    await saveEncoder(await this.encoderFile(), path);
  }

  /** The trained encoder's weights, for another training to start from; trains first where that was not done. */
  async encoderFile(): Promise<string> {
    if (this.study.given)
      throw new Error(`Nothing is trained here: the features come from ${this.study.given.name}.`);
    const file = encoderIn(await this.encoderFolder());
    if (await isWholeEncoder(file)) return file;
    if (existsSync(file)) console.warn(`${file} is not whole: it is made again.`);
    await this.features();
    // Its features may be here and its weights not, or damaged: the last checkpoint writes them again.
    if (!(await isWholeEncoder(file))) await this.trainNetwork();
    return file;
  }

  /** Whether the network that made the features is here, to look at other images. */
  get encodes(): boolean {
    return !this.study.given || this.study.given.encode !== null;
  }

  /** Features of other images by the same network, [n, d]: images prepared as this study's are. */
  async encode(stack: ImageStack): Promise<Matrix> {
    const { given } = this.study;
    if (given?.encode) return given.encode(stack);
    return encodeBy(await this.encoderFile(), stack, this.imageSize);
  }

  /** Numbers an image, [n, 512] of the network's own; trains first where that was not done. */
  features(): Promise<Matrix> {
    return this.once("features", async () => {
      const { features: key } = await this.keys();
      const { given, cache } = this.study;
      const look = async () => given!.of(await this.study.images());
      // Rows of a file are read, what a network has to compute is kept.
      if (given) return given.encode ? cache.matrix("features", key, look, () => this.ids()) : look();
      const stored = await cache.storedMatrix("features", key);
      if (stored) return stored;
      await this.train();
      const trained = await cache.storedMatrix("features", key);
      if (trained) return trained;
      // Only the reports of a training are here: the last checkpoint gives its features again.
      await this.trainNetwork();
      return (await cache.storedMatrix("features", key))!;
    });
  }

  /** Section 4.2: the principal components that keep 95 % of the variance, and the images in them. */
  reduced(): Promise<{ X: Matrix; pca: Pca }> {
    return this.once("reduced", async () => {
      const features = await this.features();
      const pca = new Pca(pcaDefaults).fit(features);
      return { X: pca.transform(features), pca };
    });
  }

  /**
   * UMAP of the principal components, [n, 2], with the paper's settings (section 3.2), which leaves open whether its
   * planes are of these or of all features.
   */
  plane(): Promise<Matrix> {
    return this.once("plane", async () => {
      const { X } = await this.reduced();
      const layOut = async () => {
        const bar = progress("UMAP");
        const plane = await umap(X, { seed: this.study.settings.seed, onProgress: bar });
        bar.done();
        return plane;
      };
      return this.study.cache.matrix("plane", (await this.keys()).plane, layOut, () => this.ids());
    });
  }

  /** What section 6.1 asks of the mixture, at the sizes of the profile; no more components than images. */
  get mixtureOptions() {
    const { components, mixtureStarts: nInit } = this.study.sizes;
    const nComponents = Math.min(components, this.length);
    return { ...mixtureDefaults, nComponents, nInit, seed: this.study.settings.seed };
  }

  /** The best of the mixture's starts, fitted to the principal components, and each image's cluster. */
  clusters(): Promise<{ mixture: BayesianGaussianMixture; clusters: Int32Array }> {
    return this.once("clusters", async () => {
      const { X } = await this.reduced();
      const fit = async () => {
        const bar = progress("Mixture");
        const fitted = await new BayesianGaussianMixture(this.mixtureOptions).fitAsync(X, {
          onProgress: bar,
        });
        bar.done();
        return fitted.toJSON();
      };
      const { clusters: key } = await this.keys();
      const state = await this.study.cache.json("mixture", key, fit, isMixture);
      const mixture = BayesianGaussianMixture.fromJSON(state);
      return { mixture, clusters: mixture.predict(X) };
    });
  }

  /** What each stage is kept under. */
  keys(): Promise<StageKeys> {
    return this.once("keys", async () => {
      const { seed } = this.study.settings;
      return stageKeys({
        images: await this.study.imagesKey(),
        weights: this.study.given ? "given" : await weightsDigest(this.start),
        byol: this.options,
        evaluation: { rule: settledRule(this.study.dataset.evaluation), knn: knnDefaults },
        pca: pcaDefaults,
        umap: { ...umapDefaults, seed },
        mixture: this.mixtureOptions,
        given: this.study.given?.digest,
      });
    });
  }

  /** What the rows of every matrix here are of. */
  private async ids(): Promise<readonly string[]> {
    return (await this.study.images()).stack.ids;
  }

  /** Checkpoints. */
  private async folder(): Promise<string> {
    return this.study.cache.folderOf("byol", (await this.keys()).train);
  }

  private async encoderFolder(): Promise<string> {
    return this.study.cache.folderOf("encoder", (await this.keys()).encoder);
  }

  private once<T>(stage: string, compute: () => Promise<T>): Promise<T> {
    const known = this.memory.get(stage) as Promise<T> | undefined;
    if (known) return known;
    const made = compute();
    this.memory.set(stage, made);
    // A failed or interrupted stage is tried again by the next cell.
    made.catch(() => this.memory.delete(stage));
    return made;
  }
}
