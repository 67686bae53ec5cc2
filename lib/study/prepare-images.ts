import type { Skipped } from "../data/archives/archive.js";
import type { Dataset } from "../data/dataset.js";
import { volunteerVotes } from "../data/votes/vote-table.js";
import { progress } from "../notebook/progress.js";
import type { NotedImage } from "../preprocess/preprocess.js";
import type { FeatureSource } from "./feature-source.js";
import { squares } from "./features-alone.js";
import type { ProfileSizes } from "./profile-sizes.js";
import type { SkyWays } from "./skies.js";
import { pickImages, type StudyImages } from "./study-images.js";

/** The images of a study before any cut. */
export interface Prepared {
  images: StudyImages;
  /** Images whose central source was not found: they kept their frame. */
  wholeFrame: NotedImage[];
  /** Images whose numbers may not be what was saved (`PixelImage.doubt`). */
  doubtful: NotedImage[];
  /** Images that do not decode. */
  skipped: readonly Skipped[];
  close(): Promise<void>;
}

/** What is prepared, and how. */
export interface ToPrepare {
  readonly dataset: Dataset;
  readonly sizes: ProfileSizes;
  readonly ways: SkyWays;
  readonly given: FeatureSource | null;
}

/** A dataset's images as its sky needs them; where features are given, those of them that have some. */
export async function prepareImages({ dataset, sizes, ways, given }: ToPrepare): Promise<Prepared> {
  const bar = progress(ways.preparing);
  const { stack, wholeFrame, doubtful } = dataset.blank
    ? { stack: squares(dataset), wholeFrame: [], doubtful: [] }
    : await ways.prepare(dataset, sizes, bar);
  bar.done();
  const { labels } = dataset;
  const { indices } = stack;
  const catalogue = dataset.catalogue?.select(indices) ?? null;
  const all: StudyImages = {
    stack,
    indices,
    catalogue,
    votes: volunteerVotes(catalogue),
    labels: labels ? Array.from(indices, (i) => labels[i]) : null,
  };
  // An image without features cannot be studied; `leftOut` names it.
  const rows = given?.rows;
  const images = rows
    ? pickImages(
        all,
        [...indices.keys()].filter((row) => rows.has(indices[row])),
      )
    : all;
  return { images, wholeFrame, doubtful, skipped: stack.skipped, close: () => stack.close() };
}
