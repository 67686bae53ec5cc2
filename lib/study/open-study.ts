import type { Dataset, Sky } from "../data/dataset.js";
import { type Encoder, encoder } from "../nn/encoder.js";
import { readFeatures } from "../nn/read-features.js";
import { featuresBy, featuresOf } from "./feature-source.js";
import { featuresAlone, NO_IMAGES } from "./features-alone.js";
import { type Settings, standardSettings } from "./settings.js";
import { skies } from "./skies.js";
import { Study } from "./study.js";
import { openStudyData } from "./study-data.js";
import { commonStarts, type WeightsStart } from "./weights-starts.js";
import { withFeaturesTable } from "./with-features-table.js";

/** What a study is opened on; what is left out is as `settings()` has it. */
export interface StudyOptions extends Partial<Omit<Settings, "features">> {
  /** A file of features (`readFeatures`), an ONNX model, or an `encoder` with a preprocessing of its own. */
  features?: string | Encoder;
}

/**
 * Opens the study that a notebook is about; its images are found or drawn, nothing is computed yet. With `features` of
 * another network none is trained: a file's rows are joined to the images, its classes and other columns too, a model
 * looks at them, and clusters, search, neighbours, explorer and catalogue work on that. A file without any images is
 * studied as the dataset "none".
 *
 * @example
 * const study = await openStudy({ dataset: "/home/you/my-images", features: "dinov2.parquet" });
 */
export async function openStudy(options: StudyOptions, sky: Sky = "optical"): Promise<Study> {
  const { features, ...others } = options;
  const settings: Settings = { ...standardSettings, ...others };
  if (features !== undefined) settings.features = typeof features === "string" ? features : features.name;
  const file = typeof features === "string" && !isModel(features) ? await readFeatures(features) : null;
  if (settings.dataset === NO_IMAGES && !file)
    throw new Error(`The dataset "${NO_IMAGES}" is features without images: name their file with features.`);
  const alone = settings.dataset === NO_IMAGES ? async () => featuresAlone(file!) : undefined;
  const { dataset, standsIn } = await openStudyData(settings, sky, alone);
  if (features !== undefined && !standsIn)
    try {
      const net = typeof features === "string" ? null : features;
      const given = file && featuresOf(file, dataset);
      const source = given ?? featuresBy(net ?? (await encoder(settings.features!)));
      const { name, note } = source;
      const start: WeightsStart = { name, note, available: true, weights: async () => "random" };
      const known = given && !alone ? withFeaturesTable(dataset, file, given.joined) : dataset;
      return new Study(settings, known, async () => [start], source);
    } catch (error) {
      await dataset.close();
      throw error;
    }
  return trainingStudy(settings, dataset);
}

/**
 * The same images and the same starts under another seed, by which random weights, orders, views and splits are drawn;
 * what it makes is kept apart. It is on `study`'s dataset, which `study` closes.
 */
export function withSeed(study: Study, seed: number): Study {
  return new Study({ ...study.settings, seed }, study.dataset, study.starts);
}

function trainingStudy(settings: Settings, dataset: Dataset): Study {
  let known: Promise<WeightsStart[]> | undefined;
  const starts = () => {
    known ??= skies[dataset.sky].starts({ settings, studied: dataset, encode });
    return known;
  };
  return new Study(settings, dataset, starts);
}

const isModel = (path: string) => /\.onnx$/i.test(path);

/** The weights' file of a network trained on another dataset: a start of the weights. */
async function encode(settings: Settings, other: Sky | Dataset): Promise<string> {
  const own: Settings = { ...settings, features: undefined };
  const study =
    typeof other === "string"
      ? await openStudy(own, other)
      : new Study(own, other, async () => commonStarts());
  try {
    return await (await study.representation()).encoderFile();
  } finally {
    await study.close();
  }
}
