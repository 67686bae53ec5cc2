import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { duration } from "../../lib/duration.js";
import { paths } from "../../lib/files/paths.js";
import { keepLastRun } from "../../lib/study/last-run.js";
import { parseProfile, settingsEnvironment } from "../../lib/study/settings.js";
import { usage } from "../commands/usage.js";
import { type RunResult, runNotebook } from "./run.js";
import { RunReporter } from "./run-reporter.js";
import { keepTimings, readTimings, timingKey } from "./run-timings.js";

/** The seconds a cell may take at the quick profile: far more than any needs, so that a hang still ends. */
const quickCellTimeout = 1200;

/** What a run of several notebooks came to: 0 all ran, 1 some failed, 130 stopped by the person. */
export interface RunOutcome {
  results: RunResult[];
  exitCode: 0 | 1 | 130;
  profile: string;
}

/** `npm run reproduce` after the set-up: runs the chosen notebooks one after the other. A failure stops its notebook only. */
export async function runCommand(argv: string[]): Promise<RunOutcome> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      profile: { type: "string" },
      dataset: { type: "string" },
      seed: { type: "string" },
      features: { type: "string" },
      only: { type: "string" },
      notebooks: { type: "string", default: "notebooks" },
      timeout: { type: "string" },
      "in-place": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage("reproduce"));
    return { results: [], exitCode: 0, profile: "" };
  }
  const env = {
    LATENT_SKY_PROFILE: process.env.LATENT_SKY_PROFILE || "quick",
    ...settingsEnvironment(values),
  };
  parseProfile(env.LATENT_SKY_PROFILE, "LATENT_SKY_PROFILE");
  const cellTimeout = seconds(values.timeout) ?? (env.LATENT_SKY_PROFILE === "quick" ? quickCellTimeout : 0);
  const notebooks = positionals.length ? positionals : await chooseNotebooks(values.notebooks, values.only);
  await keepLastRun({ ...process.env, ...env } as Record<string, string>);
  const reporter = new RunReporter();
  const stop = new AbortController();
  const onInterrupt = () => {
    if (stop.signal.aborted) process.exit(130); // the second Ctrl-C does not wait
    console.error(
      "\nStopping: the running cell is interrupted and what is done is saved (Ctrl-C again: at once).",
    );
    stop.abort();
  };
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onInterrupt);
  process.on("SIGHUP", onInterrupt); // the terminal was closed
  const results: RunResult[] = [];
  const timings = readTimings();
  const lastTimes = notebooks.map((path) => timings[timingKey(basename(path), env)] ?? {});
  for (const [i, path] of notebooks.entries()) {
    const name = basename(path, ".ipynb");
    const later = lastTimes.slice(i + 1).map((times) => Object.values(times).reduce((a, b) => a + b, 0));
    const laterSeconds = later.every((s) => s > 0) ? later.reduce((a, b) => a + b, 0) : null;
    reporter.startNotebook(name, i + 1, notebooks.length, lastTimes[i], laterSeconds);
    const result = await runNotebook(path, {
      output: values["in-place"] ? path : paths.out("notebooks", basename(path)),
      env: { ...env, LATENT_SKY_NOTEBOOK: name.split("-")[0] },
      cellTimeout,
      signal: stop.signal,
      onProgress: (progress) => reporter.update(progress),
    });
    reporter.endNotebook(result);
    await keepTimings(timingKey(basename(path), env), result.cellSeconds);
    if (result.failure) console.error(failureText(result));
    results.push(result);
    if (result.status === "interrupted") break;
  }
  return summary(results, env.LATENT_SKY_PROFILE);
}

function seconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--timeout: "${text}" is not a number of seconds.`);
  return value;
}

/** All notebooks of a folder in order, or those whose names start with one of the comma-separated prefixes. */
async function chooseNotebooks(folder: string, only: string | undefined): Promise<string[]> {
  if (!(await stat(folder).catch(() => null))?.isDirectory()) {
    throw new Error(`There is no folder ${resolve(folder)} with notebooks.`);
  }
  const all = (await readdir(folder)).filter((name) => name.endsWith(".ipynb")).sort();
  if (!all.length) throw new Error(`There are no notebooks in ${resolve(folder)}.`);
  const prefixes = only?.split(",").map((p) => p.trim()) ?? [""];
  const nothing = prefixes.filter((p) => !all.some((name) => name.startsWith(p)));
  if (nothing.length) {
    throw new Error(
      `No notebook in ${folder} starts with "${nothing.join('", "')}". There are: ${all.join(", ")}.`,
    );
  }
  return all.filter((name) => prefixes.some((p) => name.startsWith(p))).map((name) => join(folder, name));
}

/** Which notebook, which cell, its source, the error: all a person needs to find the place. */
function failureText({ notebook, output, failure }: RunResult): string {
  if (!failure) return "";
  const indent = (text: string) => text.replace(/^/gm, "    ");
  return [
    `\n${notebook}, cell ${failure.cell} failed with ${failure.ename}: ${failure.evalue.split("\n")[0]}`,
    indent(failure.source.trimEnd()),
    "",
    indent(failure.traceback.join("\n")),
    `The outputs so far are in ${output}.\n`,
  ].join("\n");
}

function summary(results: RunResult[], profile: string): RunOutcome {
  const ok = results.filter((r) => r.status === "ok");
  const failed = results.filter((r) => r.status === "failed");
  const total = results.reduce((sum, r) => sum + r.seconds, 0);
  console.log(
    `\n${ok.length} of ${results.length} notebooks ran to their end in ${duration(total)} (profile ${profile}).`,
  );
  console.log(`Executed notebooks: ${paths.out("notebooks")}\nFigures:            ${paths.out("figures")}`);
  if (failed.length)
    console.log(`Failed: ${failed.map((r) => `${r.notebook} (cell ${r.failure?.cell})`).join(", ")}`);
  if (results.some((r) => r.status === "interrupted")) {
    console.log("Stopped before the end. The same command goes on: finished work is in the cache.");
    return { results, exitCode: 130, profile };
  }
  return { results, exitCode: failed.length ? 1 : 0, profile };
}
