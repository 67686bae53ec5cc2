import { openStudy } from "../study/open-study.js";
import { parseProfile, parseSeed } from "../study/settings.js";
import type { Study } from "../study/study.js";

/** The options of every command that works on a study, for `parseArgs`. */
export const studyOptions = {
  features: { type: "string" },
  profile: { type: "string" },
  seed: { type: "string" },
  out: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** The same for `--help`. */
export const studyUsage = `  --features FILE   features of any network: parquet, npy with ids, CSV, or a model.onnx;
                    without it a network is trained on the images first
  --profile NAME    quick (default), standard or paper: how much is done
  --seed N          a whole number (default 0)
  FOLDER is a folder, zip or tar of images, or "none" for features without images.`;

/** Opens the study that a command line means, and says on stderr what it works on. */
export async function studyOf(
  command: string,
  positionals: readonly string[],
  values: { features?: string; profile?: string; seed?: string },
): Promise<Study> {
  const [dataset, more] = positionals;
  if (dataset === undefined || more !== undefined)
    throw new Error(`Give one folder of images: latent-sky ${command} FOLDER; --help says more.`);
  const study = await openStudy({
    dataset,
    features: values.features,
    ...(values.profile !== undefined && { profile: parseProfile(values.profile, "--profile") }),
    ...(values.seed !== undefined && { seed: parseSeed(values.seed, "--seed") }),
  });
  console.error(`${await study.caption()}\n${await study.describeStart()}`);
  return study;
}
