import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readCatalogue } from "../data/cutouts/catalogue.js";
import { type CutoutSurvey, tileGrids } from "../data/cutouts/cutout-dataset.js";
import { type CutoutPlace, placeSources } from "../data/cutouts/place-sources.js";
import { findTiles, tilesFingerprint, tilesNames, tilesSample } from "../data/cutouts/survey-tile.js";
import { checkLupton } from "../data/images/lupton.js";
import { checkStretch, type Stretch } from "../data/images/stretch.js";
import { type ParquetColumn, writeParquet } from "../data/tables/write-parquet.js";
import { digest } from "../digest.js";
import { startEngine } from "../engine/engine.js";
import { atomicWrite } from "../files/atomic-write.js";
import { withLock } from "../files/with-lock.js";
import { mixtureDefaults } from "../models/mixture-defaults.js";
import { pcaDefaults } from "../models/pca.js";
import { weightsDigest, weightsFile } from "../nn/weights-file.js";
import { preprocessVersion } from "../preprocess/preprocess.js";
import {
  planFormat,
  planPath,
  readPlan,
  type SurveyPlan,
  sourcesPath,
  surveyDefaults,
  tilesPath,
} from "./survey-plan.js";

/** `surveyDefaults` holds the numbers. */
export interface PlanOptions extends CutoutSurvey {
  stretch?: Stretch;
  fitsUnit?: number | string;
  weights: string;
  /** Pixels that the network sees. */
  imageSize?: number;
  /** Sources of a shard, about. */
  shard?: number;
  crop?: "source" | "none";
  /** Default bf16 where this machine multiplies it itself, else f32. */
  precision?: "f32" | "bf16";
  variance?: number;
  clusters?: number;
  starts?: number;
  sample?: number;
  landmarks?: number;
  seed?: number;
}

/** Above so many sources a similarity search of all rows takes longer than building an index pays. */
const INDEX_ABOVE = 1e7;

/**
 * Plans a survey in `folder`: finds the tile and pixel of every source, orders the sources so that each tile is read
 * once, cuts them into shards and writes all of it down. What is there already is kept: planning the same again does
 * nothing, planning something else in the same folder is refused.
 */
export async function planSurvey(
  folder: string,
  options: PlanOptions,
): Promise<{ plan: SurveyPlan; skipped: readonly { name: string; reason: string }[] }> {
  const { size, bands, lupton, stretch, fitsUnit, weights, shard = surveyDefaults.shard } = options;
  if (!(Number.isInteger(shard) && shard >= 1))
    throw new Error(`shard: ${shard} is not a number of sources.`);
  checkStretch(stretch);
  checkLupton(lupton);
  const images =
    typeof options.images === "string" ? resolve(options.images) : options.images.map((p) => resolve(p));
  const { tiles, skipped } = await findTiles(images, { bands, unit: fitsUnit });
  const catalogue = await readCatalogue(options.catalogue, {
    ...options,
    sizeColumn: typeof size === "object" ? size.column : undefined,
  });
  for (const reason of catalogue.notes) skipped.push({ name: options.catalogue, reason });
  const { places, outside } = placeSources(catalogue, await tileGrids(tiles), size);
  if (!places.length)
    throw new Error(
      `None of the ${catalogue.ids.length} sources of ${options.catalogue} lies on one of the ${tiles.length} tiles; the first is at ra ${catalogue.ra[0]}, dec ${catalogue.dec[0]}, in degrees.`,
    );
  const count = Math.ceil(places.length / shard);
  const starts = Array.from({ length: count + 1 }, (_, k) => Math.floor((k * places.length) / count));
  const sample = Math.min(options.sample ?? surveyDefaults.sample, places.length);
  const rest: Omit<SurveyPlan, "key" | "seen" | "pixels"> = {
    format: planFormat,
    images,
    catalogue: resolve(options.catalogue),
    cutout: size,
    bands: bands ?? null,
    lupton: lupton ?? null,
    stretch: stretch ?? null,
    fitsUnit: fitsUnit ?? null,
    crop: options.crop ?? "source",
    size: options.imageSize ?? surveyDefaults.imageSize,
    weights: { start: weightsFile(weights), digest: await weightsDigest(weights) },
    precision: options.precision ?? (await nativePrecision()),
    seed: options.seed ?? surveyDefaults.seed,
    sources: places.length,
    outside: outside.length,
    tiles: tiles.length,
    shards: Array.from({ length: count }, (_, k) => starts[k + 1] - starts[k]),
    variance: options.variance ?? pcaDefaults.variance,
    clusters: options.clusters ?? mixtureDefaults.nComponents,
    starts: options.starts ?? surveyDefaults.starts,
    sample,
    landmarks: Math.min(options.landmarks ?? surveyDefaults.landmarks, sample),
    index: places.length > INDEX_ABOVE,
  };
  const placed = digest(placesText(places));
  const [seen, sampled] = [tilesFingerprint(tiles), await tilesSample(tiles)];
  const somewhere = { ...rest, images: "", catalogue: "", weights: rest.weights.digest };
  const key = digest(`${JSON.stringify(somewhere)}\n${tilesNames(tiles)}\n${sampled}\n${placed}`);
  // What the key was before it left out where things lie: plans of that time go on.
  const keyOfPlace = digest(`${JSON.stringify(rest)}\n${seen}\n${sampled}\n${placed}`);
  const plan: SurveyPlan = { ...rest, key, seen, pixels: preprocessVersion };
  const writeTiles = () => atomicWrite(tilesPath(folder), `${JSON.stringify(tiles)}\n`);
  const writePlan = async (one: SurveyPlan) => {
    await atomicWrite(planPath(folder), `${JSON.stringify(one, null, 1)}\n`);
    return one;
  };
  // Of two that plan into one folder the second waits, and finds the plan of the first.
  const write = async () => {
    if (existsSync(planPath(folder))) {
      const there = await readPlan(folder);
      if (there.seen === undefined && there.key === keyOfPlace) return there;
      const touched = there.seen !== seen && text(there, "images") === text(plan, "images");
      if (there.key !== key || touched)
        throw new Error(
          `${folder} holds another survey, with ${difference(there, plan)}; plan this one in a new folder.`,
        );
      if (there.seen === seen && located.every((name) => text(there, name) === text(plan, name)))
        return there;
      // It moved, and its tiles, catalogue or weights with it: what is done stays, the rest is read where they are now.
      await writeTiles();
      return writePlan({ ...there, seen, images, catalogue: plan.catalogue, weights: plan.weights });
    }
    for (let k = 0; k < count; k++)
      await writeParquet(sourcesPath(folder, k), [sourceColumns(places.slice(starts[k], starts[k + 1]))]);
    await writeTiles();
    if (outside.length)
      await atomicWrite(
        join(folder, "outside.txt"),
        `${outside.map((row) => catalogue.ids[row]).join("\n")}\n`,
      );
    // Last: a folder with a plan is a survey that is planned.
    return writePlan(plan);
  };
  return { plan: await withLock(planPath(folder), write), skipped };
}

/** What says where things lie, and not what they are. */
const located = ["images", "catalogue", "weights"] as const;
const text = (plan: SurveyPlan, name: keyof SurveyPlan) => (JSON.stringify(plan[name]) ?? "").slice(0, 200);

/** What an earlier plan has that this one has not; a list too long for a sentence is cut. */
function difference(there: SurveyPlan, here: SurveyPlan): string {
  const alike = there.weights.digest === here.weights.digest ? ["weights"] : [];
  const said = (Object.keys(here) as (keyof SurveyPlan)[])
    .filter((name) => !["key", "seen", "pixels", ...alike].includes(name))
    .filter((name) => text(there, name) !== text(here, name))
    .map((name) => `${name} ${text(there, name)} (here ${text(here, name)})`);
  return said.join(", ") || "other tiles or sources under the same names";
}

function* placesText(places: readonly CutoutPlace[]): Generator<string> {
  for (const { id, ra, dec, tile, x, y, side } of places)
    yield `${id}\0${ra}\0${dec}\0${tile}\0${x}\0${y}\0${side}\n`;
}

function sourceColumns(places: readonly CutoutPlace[]): ParquetColumn[] {
  const doubles = (name: "ra" | "dec" | "x" | "y"): ParquetColumn => ({
    name,
    type: "DOUBLE",
    data: Float64Array.from(places, (p) => p[name]),
  });
  const integers = (name: "row" | "tile" | "side"): ParquetColumn => ({
    name,
    type: "INT32",
    data: Int32Array.from(places, (p) => p[name]),
  });
  return [
    { name: "id", type: "STRING", data: places.map((p) => p.id) },
    doubles("ra"),
    doubles("dec"),
    integers("tile"),
    doubles("x"),
    doubles("y"),
    integers("side"),
    integers("row"),
  ];
}

async function nativePrecision(): Promise<"f32" | "bf16"> {
  return (await startEngine()).precision === "bf16" ? "bf16" : "f32";
}
