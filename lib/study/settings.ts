import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** How much a run does: minutes on any machine, an hour or so, or the paper's own sizes. */
const profiles = ["quick", "standard", "paper"] as const;
export type Profile = (typeof profiles)[number];

export interface Settings {
  profile: Profile;
  /** `mock`, a released data set by its name, or the path of a folder of images. */
  dataset: string;
  seed: number;
  /** A file of features (`readFeatures`) or an ONNX model that take the place of a network of this study's own. */
  features?: string;
}

export const standardSettings: Settings = { profile: "quick", dataset: "mock", seed: 0, features: undefined };

/** The environment variable of each setting, which is what a whole run is told by. */
export const settingVariables: Readonly<Record<keyof Settings, string>> = {
  profile: "LATENT_SKY_PROFILE",
  dataset: "LATENT_SKY_DATASET",
  seed: "LATENT_SKY_SEED",
  features: "LATENT_SKY_FEATURES",
};

/**
 * What this notebook runs on: the one place where profile, dataset and seed come from.
 *
 * A value set for the whole run wins (`npm run reproduce -- --profile standard --dataset mirabest --seed 3`, or
 * `npm run lab` with the same options; both set LATENT_SKY_PROFILE, LATENT_SKY_DATASET, ...), then what
 * the cell says, then quick, mock, 0:
 *
 * @example
 * const { profile, dataset, seed } = settings({ dataset: "mirabest" });
 */
export function settings(inCell: Partial<Settings> = {}): Settings {
  const unknown = Object.keys(inCell).filter((key) => !(key in standardSettings));
  if (unknown.length) {
    throw new Error(`settings() knows profile, dataset, seed and features, not ${unknown.join(", ")}.`);
  }
  const pick = <K extends keyof Settings>(key: K, parse: (value: unknown, from: string) => Settings[K]) => {
    const variable = settingVariables[key];
    const set = process.env[variable];
    if (set !== undefined && set !== "") return parse(set, variable);
    return parse(inCell[key] ?? standardSettings[key], "settings()");
  };
  const features = pick("features", parseFeatures);
  return {
    profile: pick("profile", parseProfile),
    dataset: pick("dataset", parseDataset),
    seed: pick("seed", parseSeed),
    ...(features === undefined ? {} : { features }),
  };
}

/** The options of a command as the environment its kernels get; what is not given is not set. */
export function settingsEnvironment(options: {
  profile?: string;
  dataset?: string;
  seed?: string;
  features?: string;
}): Record<string, string> {
  const env: Record<string, string> = {};
  if (options.profile !== undefined)
    env[settingVariables.profile] = parseProfile(options.profile, "--profile");
  if (options.seed !== undefined) env[settingVariables.seed] = String(parseSeed(options.seed, "--seed"));
  if (options.dataset !== undefined) {
    const dataset = parseDataset(options.dataset, "--dataset");
    const placed = (one: string) => (/[/\\]/.test(one) || one.startsWith(".") ? fromHere(one) : one);
    const whole = placed(dataset);
    env[settingVariables.dataset] = existsSync(whole) ? whole : dataset.split("+").map(placed).join("+");
  }
  if (options.features !== undefined) {
    const file = fromHere(options.features);
    if (!existsSync(file.replace(/\[[^\]]+\]$/, "")) && !existsSync(file))
      throw new Error(`--features: there is no file ${file}.`);
    env[settingVariables.features] = file;
  }
  return env;
}

/** A path is meant from where the person stands; npm itself moves to the project's root and leaves INIT_CWD. */
const fromHere = (path: string) => resolve(process.env.INIT_CWD ?? ".", path);

export function parseProfile(value: unknown, from: string): Profile {
  const profile = profiles.find((p) => p === value);
  if (!profile) throw new Error(`${from}: there is no profile "${value}"; choose ${profiles.join(", ")}.`);
  return profile;
}

function parseDataset(value: unknown, from: string): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw new Error(
      `${from}: the dataset must be a name such as "mock" or the path of a folder, not ${String(value)}.`,
    );
  }
  return value;
}

export function parseSeed(value: unknown, from: string): number {
  const seed = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof seed !== "number" || !Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new Error(`${from}: the seed must be a whole number from 0 to 4294967295, not ${String(value)}.`);
  }
  return seed;
}

function parseFeatures(value: unknown, from: string): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw new Error(
    `${from}: features is the path of a file of features or of an ONNX model, not ${String(value)}.`,
  );
}
