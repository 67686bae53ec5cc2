import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { atomicWrite } from "../files/atomic-write.js";
import { paths } from "../files/paths.js";

/** How much a run does: minutes on any machine, an hour or so, or the paper's own sizes. */
export const profiles = ["quick", "standard", "paper"] as const;
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
  const pick = <K extends keyof Settings>(
    key: K,
    variable: string,
    parse: (value: unknown, from: string) => Settings[K],
  ) => {
    const set = process.env[variable];
    if (set !== undefined && set !== "") return parse(set, variable);
    return parse(inCell[key] ?? standardSettings[key], "settings()");
  };
  const features = pick("features", "LATENT_SKY_FEATURES", parseFeatures);
  return {
    profile: pick("profile", "LATENT_SKY_PROFILE", parseProfile),
    dataset: pick("dataset", "LATENT_SKY_DATASET", parseDataset),
    seed: pick("seed", "LATENT_SKY_SEED", parseSeed),
    ...(features === undefined ? {} : { features }),
  };
}

/**
 * What the last whole run was told, kept beside what it left in the cache, so that `npm run lab` opens the notebooks on
 * that and nothing is drawn or trained again.
 */
export async function keepLastRun(env: Readonly<Record<string, string>>): Promise<void> {
  const told = Object.fromEntries(variables.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  await atomicWrite(lastRunFile(), `${JSON.stringify(told, null, 1)}\n`);
}

/** The environment that `keepLastRun` kept; empty where nothing was run, or the file is not readable. */
export async function lastRun(): Promise<Record<string, string>> {
  try {
    const told: unknown = JSON.parse(await readFile(lastRunFile(), "utf8"));
    const of = (name: string) => (told as Record<string, unknown>)[name];
    return Object.fromEntries(
      variables.flatMap((name) => (typeof of(name) === "string" ? [[name, of(name) as string]] : [])),
    );
  } catch {
    return {}; // a comfort: without it the cells' own words hold
  }
}

const variables = ["LATENT_SKY_PROFILE", "LATENT_SKY_DATASET", "LATENT_SKY_SEED", "LATENT_SKY_FEATURES"];
const lastRunFile = () => paths.cache("last-run.json");

/** The options of a command as the environment its kernels get; what is not given is not set. */
export function settingsEnvironment(options: {
  profile?: string;
  dataset?: string;
  seed?: string;
  features?: string;
}): Record<string, string> {
  const env: Record<string, string> = {};
  if (options.profile !== undefined) env.LATENT_SKY_PROFILE = parseProfile(options.profile, "--profile");
  if (options.seed !== undefined) env.LATENT_SKY_SEED = String(parseSeed(options.seed, "--seed"));
  if (options.dataset !== undefined) {
    const dataset = parseDataset(options.dataset, "--dataset");
    const placed = (one: string) => (/[/\\]/.test(one) || one.startsWith(".") ? fromHere(one) : one);
    const whole = placed(dataset);
    env.LATENT_SKY_DATASET = existsSync(whole) ? whole : dataset.split("+").map(placed).join("+");
  }
  if (options.features !== undefined) {
    const file = fromHere(options.features);
    if (!existsSync(file.replace(/\[[^\]]+\]$/, "")) && !existsSync(file))
      throw new Error(`--features: there is no file ${file}.`);
    env.LATENT_SKY_FEATURES = file;
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
