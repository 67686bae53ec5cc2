import type { Skipped } from "./archives/archive.js";
import type { PixelImage } from "./images/image.js";
import type { Catalogue } from "./tables/catalogue.js";
import type { EvaluationRule } from "./votes/evaluation.js";

/** Where the images came from, kept with everything derived from them. */
export interface Provenance {
  /** What to cite. */
  source: string;
  url?: string;
  licence?: string;
  /** The file or folder that was opened. */
  path: string;
  /** Short content hash: caches are keyed by it. */
  fingerprint: string;
  /** How many files' content the fingerprint looked at, where not all: of the others it trusts names, sizes and times. */
  sampled?: number;
}

/** What is looked at: galaxies in visible light (sections 2-7) or radio galaxies (section 8). */
export type Sky = "optical" | "radio";

/** A set of images that are read one by one, straight from where they lie. */
export interface Dataset {
  readonly name: string;
  readonly length: number;
  readonly ids: readonly string[];
  /** Class names where the release has them (MiraBest, mock radio, labelled folders). */
  readonly labels: readonly (string | null)[] | null;
  /** Whatever numbers came with the images; `volunteerVotes` are in it where there are some. */
  readonly catalogue: Catalogue | null;
  readonly sky: Sky;
  /** Drawn by this project, so that its truth is known. */
  readonly drawn: boolean;
  /** The sets that were joined into this one, in its order; absent where it is one set. */
  readonly parts?: readonly { readonly name: string; readonly length: number }[];
  /** Without a picture of anything: ids and features alone, and a blank square in place of each image. */
  readonly blank?: boolean;
  /** How its objects of an undoubted class are told. */
  readonly evaluation: EvaluationRule;
  readonly provenance: Provenance;
  /** What the dataset leaves out, with the reason: refused archive entries, rows without an image. */
  readonly skipped?: readonly Skipped[];
  /** Decodes image `i`; rejects with a sentence that names the image and the reason. */
  image(i: number): Promise<PixelImage>;
  close(): Promise<void>;
}
