import type { Skipped } from "../data/archives/archive.js";
import type { Dataset } from "../data/dataset.js";
import { stackImages } from "../data/images/stack-images.js";
import { confidentBinary } from "../data/releases/mirabest.js";
import { evaluationCuts, evaluationSubset } from "../data/votes/vote-cuts.js";
import type { VoteTable } from "../data/votes/vote-table.js";
import { type PlaneBox, rowsInBox } from "../discovery/propose-cuts.js";
import { paths } from "../files/paths.js";
import type { Matrix } from "../matrix.js";
import { progress } from "../notebook/progress.js";
import { type PreprocessFailure, preprocess } from "../preprocess/preprocess.js";
import { paperBesideHere, record } from "./ledger.js";
import { type LeftOut, type LeftOutRow, leftOutTable, writeLeftOut } from "./left-out.js";
import { type ProfileSizes, profileSizes } from "./profile-sizes.js";
import { Representation } from "./representation.js";
import type { Settings } from "./settings.js";
import { StudyCache, shortHash } from "./study-cache.js";
import { pickImages, type StudyImages, type StudyKind } from "./study-data.js";
import type { WeightsStart } from "./weights-starts.js";

/** Objects whose class is beyond doubt, by rows of `images()`. */
export interface Evaluation {
  indices: Uint32Array;
  /** Class name of each. */
  labels: string[];
  classes: readonly string[];
  counts: { class: string; objects: number }[];
  /** The vote fraction a class must exceed; null where a release names its classes. */
  cut: number | null;
}

interface Prepared {
  images: StudyImages;
  /** Images whose central source was not found: they kept their frame. */
  failures: PreprocessFailure[];
  /** Images that do not decode. */
  unreadable: readonly Skipped[];
  close(): Promise<void>;
}

/** Galaxy Zoo 2's first task is used debiased, and its sample is too small for the paper's cut of 0.8. */
const zoo2 = { cut: 0.6, debiased: ["smooth-or-featured"] };

/**
 * The chain that the notebooks walk along, each stage made once and kept on disk: dataset, preprocessed images,
 * artefact cut, and from every start of the weights a `representation` with its training, features, components,
 * plane and clusters. A notebook shows one stage and asks the study for what comes before it.
 */
export class Study {
  readonly sizes: ProfileSizes;
  readonly cache: StudyCache;
  private whole: Promise<Prepared> | null = null;
  private cut: { box: PlaneBox | null; kept: number[] } | null = null;
  private readonly representations = new Map<string, Representation>();

  constructor(
    readonly settings: Settings,
    readonly kind: StudyKind,
    readonly dataset: Dataset,
    /** The starts of the weights that can be compared here; those whose weights are missing say so. */
    readonly starts: () => Promise<WeightsStart[]>,
  ) {
    this.sizes = profileSizes(settings.profile, kind);
    const name = dataset.name.replace(/\W+/g, "-");
    const folder = `${name}-${dataset.provenance.fingerprint.slice(0, 12)}-seed${settings.seed}`;
    this.cache = new StudyCache(paths.cache("studies", folder));
  }

  get seed(): number {
    return this.settings.seed;
  }

  /** What is studied: the line under every figure's title, and the first a notebook prints. */
  describe(n = this.dataset.length): string {
    const mock = this.kind === "radio" ? "mock radio set" : "mock survey";
    const isMock = this.dataset.provenance.path.startsWith(paths.cache("mock-"));
    return `${isMock ? mock : this.dataset.name}, ${n} images, profile ${this.settings.profile}, seed ${this.seed}`;
  }

  /** All images, preprocessed as in section 2.1, and those that kept their original frame; radio images as they are. */
  preprocessed(): Promise<Prepared> {
    this.whole ??= this.prepare();
    return this.whole;
  }

  private async prepare(): Promise<Prepared> {
    const { dataset, sizes, kind } = this;
    const bar = progress(kind === "optical" ? "Preprocessing" : "Reading images");
    const { stack, failures } =
      kind === "optical"
        ? await preprocess(dataset, { size: sizes.cropSize, onProgress: bar })
        : { stack: await stackImages(dataset, { onProgress: bar }), failures: [] };
    bar.done();
    const { labels, votes } = dataset;
    const { indices } = stack;
    const images: StudyImages = {
      stack,
      indices,
      votes: votes?.select(indices) ?? null,
      labels: labels ? Array.from(indices, (i) => labels[i]) : null,
    };
    return { images, failures, unreadable: stack.failed, close: () => stack.close() };
  }

  /**
   * What this study does not work on, counted by reason: files and rows that were not used, images that do not decode,
   * that kept their frame, that the artefact cut removed. Every name is written to `out/left-out`.
   */
  async leftOut(): Promise<LeftOutRow[]> {
    const { images, failures, unreadable } = await this.preprocessed();
    const kept = new Set((await this.images()).stack.ids);
    const left: LeftOut = {
      skipped: this.dataset.skipped ?? [],
      unreadable,
      wholeFrame: failures,
      cut: images.stack.ids.filter((id) => !kept.has(id)),
    };
    await writeLeftOut(paths.out("left-out", `${this.dataset.name.replace(/\W+/g, "-")}.csv`), left);
    return leftOutTable(left);
  }

  /** The images after the artefact cut of notebook 02; all of them where none was made. */
  async images(): Promise<StudyImages> {
    const { images } = await this.preprocessed();
    this.cut ??= await this.cache.stored("cut", this.cutKey(images));
    return this.cut ? pickImages(images, this.cut.kept) : images;
  }

  /**
   * Section 3.3: leaves out what lies inside `box` of a plane of all images; null leaves out nothing. Returns the
   * rows removed. Everything that follows, in this and every later notebook, works on the rest.
   */
  async cutArtefacts(plane: Matrix, box: PlaneBox | null): Promise<number[]> {
    const { images } = await this.preprocessed();
    const removed = box ? rowsInBox(plane, box) : [];
    if (images.stack.length - removed.length < 10)
      throw new Error(`The box leaves ${images.stack.length - removed.length} images; draw a smaller one.`);
    const out = new Set(removed);
    const kept = Array.from(images.indices.keys()).filter((row) => !out.has(row));
    this.cut = { box, kept };
    this.representations.clear();
    await this.cache.store("cut", this.cutKey(images), this.cut);
    return removed;
  }

  private cutKey({ stack }: StudyImages) {
    return { ids: shortHash(stack.ids), cropSize: this.sizes.cropSize };
  }

  /** The features learned from one start of the weights; the paper goes on with ImageNet's, where they are here. */
  async representation(name?: string): Promise<Representation> {
    const starts = await this.starts();
    const start = name
      ? starts.find((s) => s.name === name)
      : (starts.find((s) => s.name === "ImageNet" && s.available) ?? starts[0]);
    if (!start)
      throw new Error(`There is no start "${name}"; choose ${starts.map((s) => s.name).join(", ")}.`);
    const found =
      this.representations.get(start.name) ?? new Representation(this, start.name, await start.weights());
    this.representations.set(start.name, found);
    return found;
  }

  /** The evaluation subset: section 5.1 by vote cuts, section 8.2 by the release's confident labels; or null. */
  async evaluation(): Promise<Evaluation | null> {
    const { votes } = await this.images();
    if (!votes || (this.kind === "optical" && !votes.has("smooth-or-featured_smooth_fraction"))) return null;
    const options = this.dataset.name.startsWith("galaxy-zoo-2") ? zoo2 : evaluationCuts;
    const subset = this.kind === "radio" ? confidentBinary(votes) : evaluationSubset(votes, options);
    const labels = Array.from(subset.labels, (l) => subset.classes[l]);
    const counts = subset.classes.map((c) => ({ class: c, objects: labels.filter((l) => l === c).length }));
    const cut = this.kind === "radio" ? null : options.cut;
    return { indices: subset.indices, labels, classes: subset.classes, counts, cut };
  }

  /** Closes the files behind the images; what was computed stays usable. */
  async close(): Promise<void> {
    const prepared = await this.whole;
    this.whole = null;
    await prepared?.close();
    await this.dataset.close();
  }

  /** Votes of the images after the cut; fails with a sentence where the dataset has none. */
  async votes(): Promise<VoteTable> {
    const { votes } = await this.images();
    if (votes) return votes;
    throw new Error(
      `${this.dataset.name} has no volunteer votes; this notebook needs them. Take --dataset mock, galaxy-zoo-2 or galaxy-zoo-decals.`,
    );
  }

  /** The line under a figure's title for the images after the cut. */
  async caption(): Promise<string> {
    return this.describe((await this.images()).stack.length);
  }

  /** Clusters left out as artefacts (section 6.2), as chosen in notebook 05; by default those proposed there. */
  async artefactClusters(chosen?: readonly number[]): Promise<number[] | null> {
    const key = { ids: shortHash((await this.images()).stack.ids), profile: this.settings.profile };
    if (chosen) await this.cache.store("artefact-clusters", key, chosen);
    return this.cache.stored<number[]>("artefact-clusters", key);
  }

  /** Writes measured numbers into the ledger under the paper's ids, and returns the rows beside the paper's. */
  async record(notebook: string, values: Parameters<typeof record>[1]) {
    const { dataset, profile } = this.settings;
    const source = { dataset: dataset === "mock" ? "mock" : this.dataset.name, profile, notebook };
    await record(source, values);
    return paperBesideHere(source);
  }
}
