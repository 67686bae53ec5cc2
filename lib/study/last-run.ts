import { readFile } from "node:fs/promises";
import { atomicWrite } from "../files/atomic-write.js";
import { paths } from "../files/paths.js";
import { settingVariables } from "./settings.js";

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

const variables = Object.values(settingVariables);
const lastRunFile = () => paths.cache("last-run.json");
