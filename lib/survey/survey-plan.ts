import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { CutoutSize } from "../data/cutouts/cutout-size.js";
import type { Bands } from "../data/cutouts/survey-tile.js";
import type { LuptonOptions } from "../data/images/lupton.js";
import type { Stretch } from "../data/images/stretch.js";
import { howToRun } from "../how-to-run.js";
import { preprocessVersion } from "../preprocess/preprocess.js";

/** By which a plan is known, with its version. */
export const planFormat = "latent-sky survey 1";

/** What a plan says where nobody said otherwise, besides the defaults of the methods themselves. */
export const surveyDefaults: Readonly<
  Record<"imageSize" | "shard" | "sample" | "landmarks" | "starts" | "seed", number>
> = {
  imageSize: 224,
  shard: 50_000,
  sample: 1_000_000,
  landmarks: 10_000,
  starts: 3,
  seed: 1,
};

/** Everything that the result of a survey depends on; it is written once and never changed. */
export interface SurveyPlan {
  format: typeof planFormat;
  /**
   * Digest of all the rest, of the tiles and of the sources: results of another key are not taken for this one's. Where
   * tiles, catalogue and weights lie is not in it, so that a survey that moves with them stays the same.
   */
  key: string;
  /** What the tiles' paths and times said when it was planned: a tile that was edited in its place is noticed. */
  seen?: string;
  /** `preprocessVersion` of the code that planned it, not in the key: a node whose code makes other pixels is refused. */
  pixels?: number;
  images: string | readonly string[];
  catalogue: string;
  cutout: CutoutSize;
  bands: Bands | null;
  lupton: LuptonOptions | null;
  stretch: Stretch | null;
  fitsUnit: number | string | null;
  /** "source": the crop of section 2.1; "none": the whole cutout. */
  crop: "source" | "none";
  /** Pixels that the network sees. */
  size: number;
  /** Where the network's weights start, and what they were: another file under the same name is noticed. */
  weights: { start: string; digest: string };
  /** The same on every node, so that features of two nodes can be compared. */
  precision: "f32" | "bf16";
  seed: number;
  sources: number;
  /** Sources on no tile. */
  outside: number;
  tiles: number;
  /** Sources of each shard. */
  shards: number[];
  /** Share of the variance that the components keep. */
  variance: number;
  /** Components of the mixture, at most, and its starts. */
  clusters: number;
  starts: number;
  /** Rows that the mixture is fitted on: those whose id hashes lowest. */
  sample: number;
  /** Of these the rows that UMAP is fitted on; the others are placed among them. */
  landmarks: number;
  /** Whether each shard keeps an index of its own for similarity. */
  index: boolean;
}

/** What a table says of its network: the same wherever the file of its weights lies. */
export const weightsOf = ({ weights: { start, digest } }: SurveyPlan) => ({ start: basename(start), digest });

export const planPath = (folder: string) => join(folder, "plan.json");
export const tilesPath = (folder: string) => join(folder, "tiles.json");
/** "part-00042": how the files of a shard are called. */
export const partName = (shard: number) => `part-${String(shard).padStart(5, "0")}`;
export const sourcesPath = (folder: string, shard: number) =>
  join(folder, "sources", `${partName(shard)}.parquet`);

export async function readPlan(folder: string): Promise<SurveyPlan> {
  const text = await readFile(planPath(folder), "utf8").catch((cause) => {
    throw new Error(
      `There is no survey in ${folder}; make one with ${howToRun("survey")} plan ${folder} ...`,
      {
        cause,
      },
    );
  });
  let plan: SurveyPlan | null;
  try {
    plan = JSON.parse(text);
  } catch (cause) {
    throw new Error(
      `${planPath(folder)} is damaged: it is not JSON; plan the survey again in a new folder.`,
      {
        cause,
      },
    );
  }
  if (plan?.format !== planFormat)
    throw new Error(`${planPath(folder)} is no survey of this version; plan it again in a new folder.`);
  const { pixels = 2 } = plan; // what it was before plans said it
  if (pixels !== preprocessVersion)
    throw new Error(
      `${planPath(folder)} was planned for pixels of version ${pixels}, and this version of latent-sky makes version ` +
        `${preprocessVersion}: run it with the version that planned it, or plan it again in a new folder.`,
    );
  return plan;
}
