import type { Dataset, Sky } from "../data/dataset.js";
import type { SourcedStack } from "../data/images/image-stack.js";
import { stackImages } from "../data/images/stack-images.js";
import { openDataset } from "../data/open-dataset.js";
import { withoutPositions } from "../data/sky-match.js";
import { type Progress, progress } from "../notebook/progress.js";
import { centralFrame } from "../preprocess/central-frame.js";
import { settledSourceBox } from "../preprocess/central-source-box.js";
import { type NotedImage, preprocess } from "../preprocess/preprocess.js";
import { type ProfileSizes, profileSizes } from "./profile-sizes.js";
import { miraBestMissing } from "./real-radio.js";
import type { Settings } from "./settings.js";
import { trainedEncoders, wholeEncoderFor } from "./trained-encoders.js";
import { commonStarts, missingStart, type WeightsStart } from "./weights-starts.js";

/** The images as the network sees them. */
export interface PreparedStack {
  stack: SourcedStack;
  /** Images whose central source was not found: they kept their frame. */
  wholeFrame: NotedImage[];
  /** Images whose numbers may not be what was saved. */
  doubtful: NotedImage[];
}

/** What the starts of the weights depend on. */
export interface Starting {
  settings: Settings;
  studied: Dataset;
  /** Trains a network on another dataset, by name or opened already, and gives its weights' file. */
  encode(settings: Settings, other: Sky | Dataset): Promise<string>;
}

/** What differs between one sky and the other; everything else of a study is the same. */
export interface SkyWays {
  /** What a drawn set is called. */
  drawn: string;
  /** Said while the images are prepared. */
  preparing: string;
  /** The choices that the prepared images depend on. */
  preparation(sizes: ProfileSizes): Record<string, unknown>;
  prepare(dataset: Dataset, sizes: ProfileSizes, onProgress: Progress): Promise<PreparedStack>;
  /** Side of the network's input in pixels, for prepared images `width` wide. */
  imageSize(dataset: Dataset, width: number, sizes: ProfileSizes): number;
  /** The set that is studied under this sky when the run's own lies under the other, and why not a better one. */
  standIn(run: { own: boolean }): Promise<{ name: string; why?: string }>;
  starts(starting: Starting): Promise<WeightsStart[]>;
}

/** Sections 2 to 7: galaxies are found, cropped and scaled; two starts are compared. */
const optical: SkyWays = {
  drawn: "mock survey",
  preparing: "Preprocessing",
  preparation: ({ cropSize }) => ({ cropSize, ...settledSourceBox({}) }),
  prepare: (dataset, { cropSize }, onProgress) => preprocess(dataset, { size: cropSize, onProgress }),
  imageSize: (_dataset, _width, sizes) => sizes.imageSize,
  standIn: async () => ({ name: "mock" }),
  starts: async () => commonStarts(),
};

/** Section 8: images as released; four starts are compared. */
const radio: SkyWays = {
  drawn: "mock radio set",
  preparing: "Reading images",
  preparation: () => ({}),
  async prepare(dataset, _sizes, onProgress) {
    const doubts = new Map<string, string>();
    const image = async (i: number) => {
      const read = await dataset.image(i);
      if (read.doubt !== undefined) doubts.set(dataset.ids[i], read.doubt);
      return read;
    };
    const { ids, length, provenance } = dataset;
    const stack = await stackImages({ ids, length, provenance, image }, { onProgress });
    const doubtful = [...doubts].map(([id, reason]) => ({ id, reason }));
    return { stack, wholeFrame: [], doubtful };
  },
  // Sources are a few beams wide and lose their class when they shrink, so real ones keep their pixels where time allows.
  imageSize: (dataset, width, sizes) =>
    dataset.drawn ? sizes.imageSize : Math.round(width * sizes.ofOwnPixels),
  async standIn({ own }) {
    // Who brings images of their own has not asked for hours of training on somebody else's, nor for a download.
    if (own) return { name: "mock-radio" };
    const missing = await miraBestMissing();
    return missing
      ? { name: "mock-radio", why: `The mock radio set stands in for MiraBest: ${missing}` }
      : { name: "mirabest" };
  },
  starts: async (starting) => [...commonStarts(), await galaxyStart(starting), await radioStart(starting)],
};

/** What each sky needs: how images are prepared, which starts there are, what stands in. */
export const skies: Readonly<Record<Sky, SkyWays>> = { optical, radio };

/**
 * Section 8.1 (3): a network that notebook 03 or 04 trained on galaxies, by `wholeEncoderFor`. Where there is none yet it
 * is trained first, on the mock survey at the standard profile's sizes: the paper's would take days, and a quick run has
 * no time for either.
 */
async function galaxyStart({ settings, studied, encode }: Starting): Promise<WeightsStart> {
  const name = "galaxies";
  const found = await wholeEncoderFor(settings, studied.drawn, await trainedEncoders("optical"));
  if (found) {
    const note = `BYOL on ${found.images}, ${found.epochs} epochs from ${found.start} weights`;
    return { name, note, available: true, weights: async () => found.file };
  }
  if (settings.profile === "quick")
    return missingStart(name, "no network was trained on galaxies yet; run notebook 03 first.");
  const mock: Settings = { ...settings, dataset: "mock", profile: "standard" };
  const note = "BYOL on the mock survey, profile standard; trained before it is used";
  return { name, note, available: true, weights: () => encode(mock, "optical") };
}

/**
 * Section 8.1 (4): a network trained on other radio images. The paper's was trained on images that are not public;
 * here it is BYOL on the public radio-galaxy set without the sources of the set under study, matched by position, and
 * in its frame (both are FIRST at 1.8 arcseconds a pixel); for the mock on a second mock set. Nothing is drawn before
 * its weights are asked for.
 */
async function radioStart({ settings, studied, encode }: Starting): Promise<WeightsStart> {
  const name = "radio";
  const sizes = profileSizes(settings.profile, "radio");
  if (studied.drawn) {
    const note = `BYOL on ${sizes.survey} other images (${radio.drawn})`;
    return { name, note, available: true, weights: async () => encode(settings, await otherMock(settings)) };
  }
  if (settings.profile === "quick")
    return missingStart(name, "the quick profile trains no network on other radio images; take standard.");
  // Opened anew for each use: a training closes what it was on, and a start is asked for once a seed.
  const others = async () => {
    const all = await openDataset("radio-galaxy-dataset");
    const { width } = await studied.image(0);
    const other = centralFrame(withoutPositions(all, studied, { radius: 30, limit: sizes.limit }), width);
    if (other.length === 0) throw new Error(`${all.name} has no source that is not studied here.`);
    return other;
  };
  try {
    const other = await others();
    await other.close();
    const note = `BYOL on ${other.length} other images (${other.name})`;
    return { name, note, available: true, weights: async () => encode(settings, await others()) };
  } catch (error) {
    return missingStart(name, (error as Error).message);
  }
}

async function otherMock({ profile, seed }: Settings): Promise<Dataset> {
  const { survey: size } = profileSizes(profile, "radio");
  const bar = progress("Drawing other mock radio sources");
  const other = await openDataset("mock-radio", { mock: { size, seed: seed + 1_000_003, onProgress: bar } });
  bar.done();
  return other;
}
