import type { Dataset } from "../data/dataset.js";
import { asciiColumns } from "../data/tables/ascii-columns.js";
import { saveTable } from "../data/tables/save-table.js";
import type { SavedColumn } from "../data/tables/saved-table.js";
import { type Evaluation, evaluationLacks, evaluationOf } from "../data/votes/evaluation.js";
import { type VoteTable, volunteerVotes } from "../data/votes/vote-table.js";
import { type PlaneBox, rowsInBox } from "../discovery/propose-cuts.js";
import { paths, shownPath } from "../files/paths.js";
import type { Matrix } from "../matrix.js";
import { type ArtefactCut, isArtefactCut } from "./artefact-cut.js";
import type { FeatureSource } from "./feature-source.js";
import { type Measured, paperBesideHere, record } from "./ledger.js";
import { type LeftOut, type LeftOutRow, leftOutTable, writeLeftOut } from "./left-out.js";
import { type Prepared, prepareImages } from "./prepare-images.js";
import { type ProfileSizes, profileSizes } from "./profile-sizes.js";
import { Representation } from "./representation.js";
import { overAll, type ResultColumn, resultsTable } from "./results-table.js";
import type { Settings } from "./settings.js";
import { type SkyWays, skies } from "./skies.js";
import { StudyCache, shortHash } from "./study-cache.js";
import { pickImages, type StudyImages } from "./study-images.js";
import { trainingTime } from "./training-time.js";
import { votesLacking } from "./votes-lacking.js";
import type { WeightsStart } from "./weights-starts.js";

/**
 * The chain that the notebooks walk along, each stage made once and kept on disk: dataset, preprocessed images,
 * artefact cut, and from every start of the weights a `representation` with its training, features, components,
 * plane and clusters. A notebook shows one stage and asks the study for what comes before it.
 */
export class Study {
  readonly sizes: ProfileSizes;
  readonly cache: StudyCache;
  private readonly fileName: string;
  private whole: Promise<Prepared> | null = null;
  private cut: ArtefactCut | null = null;
  private readonly representations = new Map<string, Representation>();

  constructor(
    readonly settings: Settings,
    readonly dataset: Dataset,
    /** The starts of the weights that can be compared here; those whose weights are missing say so. */
    readonly starts: () => Promise<WeightsStart[]>,
    /** Features made elsewhere, in place of a network of its own. */
    readonly given: FeatureSource | null = null,
  ) {
    this.sizes = profileSizes(settings.profile, dataset.sky);
    this.fileName = dataset.name.replace(/\W+/g, "-");
    const folder = `${this.fileName}-${dataset.provenance.fingerprint.slice(0, 12)}-seed${settings.seed}`;
    this.cache = new StudyCache(paths.cache("studies", folder));
  }

  /** What this sky needs. */
  get ways(): SkyWays {
    return skies[this.dataset.sky];
  }

  get seed(): number {
    return this.settings.seed;
  }

  /** What is studied: the line under every figure's title, and the first a notebook prints. */
  describe(n = this.dataset.length): string {
    const { blank, drawn, name } = this.dataset;
    const { given, seed, settings } = this;
    const what = blank ? `${n} rows` : `${drawn ? this.ways.drawn : name}, ${n} images`;
    return `${what}${given ? `, features ${given.name}` : ""}, profile ${settings.profile}, seed ${seed}`;
  }

  /** All images, preprocessed as in section 2.1, and those that kept their original frame; radio images as they are. */
  preprocessed(): Promise<Prepared> {
    this.whole ??= prepareImages(this);
    return this.whole;
  }

  /**
   * Numbers of all images, [n, d], that take a while: computed once, and kept on disk as `name` under everything they
   * depend on, which is the images as they are prepared and what `from` says: a setting, or a digest of weights.
   */
  async kept(name: string, from: unknown, compute: () => Promise<Matrix> | Matrix): Promise<Matrix> {
    const { images } = await this.preprocessed();
    return this.cache.matrix(name, [this.preparedKey(images), from], compute, () => images.stack.ids);
  }

  /**
   * What this study does not work on, counted by reason: files, rows and images that were skipped, images
   * that kept their frame, that the artefact cut removed. Every name is written to `out/left-out`.
   */
  async leftOut(): Promise<LeftOutRow[]> {
    const { images, skipped, doubtful, wholeFrame } = await this.preprocessed();
    const kept = new Set((await this.images()).stack.ids);
    const left: LeftOut = {
      skipped: [...(this.dataset.skipped ?? []), ...(this.given?.skipped ?? []), ...skipped],
      doubtful,
      wholeFrame,
      cut: images.stack.ids.filter((id) => !kept.has(id)),
    };
    await writeLeftOut(paths.out("left-out", `${this.fileName}.csv`), left);
    return leftOutTable(left);
  }

  /** The images after the artefact cut of notebook 02; all of them where none was made. */
  async images(): Promise<StudyImages> {
    const { images } = await this.preprocessed();
    const whole = (cut: ArtefactCut) => isArtefactCut(cut, images.stack.length);
    this.cut ??= await this.cache.choice("cut", this.preparedKey(images), whole);
    return this.cut ? pickImages(images, this.cut.kept) : images;
  }

  /**
   * Section 3.3: leaves out what lies inside `box` of a plane of all images; null leaves out nothing. Returns the
   * rows removed. A box that leaves fewer than ten images is refused. Everything that follows, in this and every later
   * notebook, works on the rest.
   */
  async cutArtefacts(plane: Matrix, box: PlaneBox | null): Promise<number[]> {
    const { images } = await this.preprocessed();
    const removed = box ? rowsInBox(plane, box) : [];
    if (removed.length && images.stack.length - removed.length < 10)
      throw new Error(`The box leaves ${images.stack.length - removed.length} images; draw a smaller one.`);
    const out = new Set(removed);
    const kept = Array.from(images.indices.keys()).filter((row) => !out.has(row));
    this.cut = { box, kept };
    this.representations.clear();
    await this.cache.store("cut", this.preparedKey(images), this.cut);
    return removed;
  }

  /** The key of `images()`: which images, how they were prepared, and which of them the cut left. */
  async imagesKey(): Promise<string> {
    const { images } = await this.preprocessed();
    const { stack } = await this.images();
    return shortHash([this.preparedKey(images), stack.ids]);
  }

  private preparedKey({ stack }: StudyImages): string {
    const { fingerprint } = this.dataset.provenance;
    return shortHash([fingerprint, stack.ids, this.ways.preparation(this.sizes)]);
  }

  /** The features learned from one start of the weights; the paper goes on with ImageNet's, where they are here. */
  async representation(name?: string): Promise<Representation> {
    const start = await this.start(name);
    const known = this.representations.get(start.name);
    if (known) return known;
    const { stack } = await this.images();
    const imageSize = this.ways.imageSize(this.dataset, stack.width, this.sizes);
    const made = new Representation(this, start.name, await start.weights(), imageSize, stack.length);
    this.representations.set(start.name, made);
    return made;
  }

  private async start(name?: string): Promise<WeightsStart> {
    const starts = await this.starts();
    const start = name
      ? starts.find((s) => s.name === name)
      : (starts.find((s) => s.name === "ImageNet" && s.available) ?? starts[0]);
    if (!start)
      throw new Error(`There is no start "${name}"; choose ${starts.map((s) => s.name).join(", ")}.`);
    return start;
  }

  /** One line on where a representation's weights came from, which stands wherever its numbers do. */
  async describeStart(name?: string): Promise<string> {
    const start = await this.start(name);
    return this.given
      ? `Features: ${this.given.note}`
      : `Weights before training: ${start.name}; ${start.note}`;
  }

  /** Why training steps aside in a study of given features; null where networks are trained. */
  get untrained(): string | null {
    return this.given && `Nothing is trained here: the features are ${this.given.name}'s, as they are.`;
  }

  /** How long training takes on the engine at hand, by a rate measured now; it trains nothing. */
  trainingTime(): Promise<string> {
    return trainingTime(this);
  }

  /** The evaluation subset by the dataset's own rule, by rows of `images()`; null where `evaluationNeeded` is for the reader. */
  async evaluation(): Promise<Evaluation | null> {
    return evaluationOf(await this.images(), this.dataset.evaluation);
  }

  /**
   * All that is known of each image after the cut as columns for `saveTable` (`resultsTable`), from the features of one
   * start, with `more` behind: scores, distances, whatever a notebook computed, for all images or for those at `rows`.
   */
  async catalogue(more: readonly ResultColumn[] = [], name?: string): Promise<SavedColumn[]> {
    const net = await this.representation(name);
    const { X } = await net.reduced();
    const { mixture, clusters } = await net.clusters();
    const probabilities = mixture.predictProba(X);
    const [images, plane] = [await this.images(), await net.plane()];
    const results = { images, components: X, clusters, probabilities, plane };
    const n = images.stack.length;
    const behind = more.map(({ name }) => name);
    return [...resultsTable(results, behind), ...more.map((column) => overAll(column, n))];
  }

  /** What a table of this study was made from, for `saveTable`. */
  async provenance(): Promise<Record<string, string | number>> {
    const { name, provenance } = this.dataset;
    const { fingerprint } = provenance;
    const { profile, seed } = this.settings;
    const start = this.given?.note ?? (await this.representation()).name;
    return { dataset: name, fingerprint, profile, seed, start, saved: new Date().toISOString() };
  }

  /**
   * Saves `catalogue(more)` as `out/tables/FILE`, with the study's settings as its provenance; returns the path
   * (`shownPath`). FITS holds ASCII only: other letters stand in it as JSON writes them, which the file says, and the answer.
   */
  async saveCatalogue(file: string, more: readonly ResultColumn[] = []): Promise<string> {
    const path = paths.out("tables", file);
    const whole = await this.catalogue(more);
    const { columns, changed } = file.endsWith(".fits")
      ? asciiColumns(whole)
      : { columns: whole, changed: [] };
    const letters = `those beyond ASCII are written \\u00e9 in column ${changed.join(", ")}`;
    const note: Record<string, string> = changed.length ? { letters } : {};
    await saveTable(path, columns, { provenance: { ...(await this.provenance()), ...note } });
    return shownPath(path) + (changed.length ? `; letters: ${letters}` : "");
  }

  /** Closes the files behind the images; what was computed stays usable. */
  async close(): Promise<void> {
    await this.closeImages();
    await this.dataset.close();
  }

  /** The same but for the dataset, which another study is on. */
  async closeImages(): Promise<void> {
    const prepared = await this.whole;
    this.whole = null;
    await prepared?.close();
  }

  /** Votes on the images after the cut, or on one question; null where nobody voted: `votesNeeded` is for the reader. */
  async votes(question?: string): Promise<VoteTable | null> {
    const { votes } = await this.images();
    return votes && (question === undefined || votes.asks(question)) ? votes : null;
  }

  /**
   * The images that volunteers voted on, to which the paper restricts its analysis of labels, and their rows among
   * `images()`: all where nobody voted on this question, or on any.
   */
  async labelled(question?: string): Promise<StudyImages & { rows: Uint32Array }> {
    const images = await this.images();
    const votes = await this.votes(question);
    const rows = votes?.voted ?? Uint32Array.from(images.indices.keys());
    const picked = pickImages(images, rows);
    return { ...picked, votes: votes && picked.votes, rows };
  }

  /** Why a cell steps aside that is about votes, and what would help: "`what` need the votes of volunteers, ...". */
  votesNeeded(what: string): string {
    const { catalogue, length, name } = this.dataset;
    const voted = volunteerVotes(catalogue)?.voted.length;
    return voted
      ? `${what} would need votes on more galaxies or more questions: ${voted} of the ${length} images of ${name} have some.`
      : votesLacking(what, "the votes of volunteers", name);
  }

  /** The same for a cell about the evaluation subset. */
  async evaluationNeeded(what: string): Promise<string> {
    const lacks = evaluationLacks(await this.images(), this.dataset.evaluation);
    return lacks
      ? votesLacking(what, lacks, this.dataset.name)
      : `${what} would need images beyond doubt: too few of ${this.dataset.name} meet the cuts of section 5.1.`;
  }

  /** The line under a figure's title for the images after the cut. */
  async caption(): Promise<string> {
    return this.describe((await this.images()).stack.length);
  }

  /** Clusters left out as artefacts (section 6.2), as chosen in notebook 05; by default those proposed there. */
  async artefactClusters(chosen?: readonly number[]): Promise<number[] | null> {
    // A cluster's number means something in this mixture only.
    const { clusters: key } = await (await this.representation()).keys();
    if (chosen) await this.cache.store("artefact-clusters", key, chosen);
    const areNumbers = (list: number[]) => Array.isArray(list) && list.every(Number.isInteger);
    return this.cache.choice("artefact-clusters", key, areNumbers);
  }

  /** Writes measured numbers into the ledger under the paper's ids, and returns the rows beside the paper's. */
  async record(notebook: string, values: Measured) {
    const { drawn, name } = this.dataset;
    // The two drawn sets belong to one run.
    const source = { dataset: drawn ? "mock" : name, profile: this.settings.profile, notebook };
    if (this.given) {
      console.log(`The features come from ${this.given.name}: the ledger is about networks trained here.`);
      return [];
    }
    await record(source, values);
    return paperBesideHere(source);
  }
}
