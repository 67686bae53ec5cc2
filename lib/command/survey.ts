import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { CutoutSize } from "../data/cutouts/cutout-size.js";
import type { Bands } from "../data/cutouts/survey-tile.js";
import { type LuptonOptions, luptonDefaults } from "../data/images/lupton.js";
import { saveImages } from "../data/images/save-images.js";
import { similarDefaults } from "../discovery/similar.js";
import { howToRun } from "../how-to-run.js";
import { mixtureDefaults } from "../models/mixture-defaults.js";
import { shortList } from "../short-list.js";
import { findSources } from "../survey/find-source.js";
import type { SurveySummary } from "../survey/merge-shards.js";
import { planSurvey } from "../survey/plan-survey.js";
import { runSurvey } from "../survey/run-survey.js";
import { scoreSurvey } from "../survey/score-survey.js";
import { mergedPaths } from "../survey/shard-files.js";
import { similarInSurvey } from "../survey/similar-in-survey.js";
import { submitSurvey } from "../survey/submit-survey.js";
import { surveyImages } from "../survey/survey-images.js";
import { readPlan, surveyDefaults } from "../survey/survey-plan.js";
import { surveyStatus } from "../survey/survey-status.js";
import { numberList } from "./number-list.js";
import { stopOnSignal } from "./stop-on-signal.js";
import { labelSurvey } from "./survey-label.js";
import { tableScores } from "./table-scores.js";
import { wholeNumber } from "./whole-number.js";

const self = howToRun("survey");

/** Sources that `top` prints. */
const SHOWN = 20;

const usage = `A whole survey: from tiles and a catalogue to a table of every source with its cluster and score.

  ${self} plan DIR --images FOLDER --catalogue TABLE --weights W [options]
      --cutout SIZE       pixels (64), an angle ("30 arcsec"), or COLUMN:FACTOR of the catalogue in arcsec
                          (radius:8, or radius:8:pixel); default as many pixels as --size
      --bands z,r,g       three bands for red, green and blue, or one; words of the file names, or EXTNAMEs
      --lupton S,Q,MIN    how three bands become colours: stretch, Q, black (default ${luptonDefaults.stretch},${luptonDefaults.Q},${luptonDefaults.minimum})
      --size N            pixels that the network sees (default ${surveyDefaults.imageSize})
      --crop none         the whole cutout instead of the crop of its central source
      --precision f32     or bf16; the same on every node
      --shard ${surveyDefaults.shard}       sources of a task
      --sample ${surveyDefaults.sample}    sources that the mixture is fitted on
      --clusters ${mixtureDefaults.nComponents}  --seed ${surveyDefaults.seed}  --id COLUMN  --ra COLUMN  --dec COLUMN
  ${self} local DIR [--jobs N]          runs what is missing on this machine, N tasks at once
  ${self} submit DIR -- [sbatch options]   hands what is missing to Slurm
  ${self} status DIR [--verify]         how far it is; --verify reads every file
  ${self} label DIR [--scores TABLE]    scores sources from 0 to 5 in the browser, or takes them from a
                                                  table with id and score; then run the survey again
  ${self} top DIR [--n ${SHOWN}] [--save FOLDER]        the highest scores, and their cutouts
  ${self} similar DIR ID [--n ${similarDefaults.k}] [--save FOLDER]  the sources most like one

W is random, imagenet or a file of weights. Results: DIR/survey.parquet, DIR/summary.json, DIR/table/part-*.parquet.`;

const options = {
  images: { type: "string" },
  catalogue: { type: "string" },
  weights: { type: "string" },
  cutout: { type: "string" },
  bands: { type: "string" },
  lupton: { type: "string" },
  size: { type: "string" },
  crop: { type: "string" },
  precision: { type: "string" },
  shard: { type: "string" },
  sample: { type: "string" },
  clusters: { type: "string" },
  seed: { type: "string" },
  id: { type: "string" },
  ra: { type: "string" },
  dec: { type: "string" },
  jobs: { type: "string" },
  verify: { type: "boolean", default: false },
  scores: { type: "string" },
  n: { type: "string" },
  save: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

/** What a subcommand is given: the survey's folder, the options, what else stands on the line, when to stop. */
interface Call {
  folder: string;
  values: Values;
  /** After the folder: a source's id. */
  id: string | undefined;
  /** After "--": for sbatch. */
  rest: readonly string[];
  stop: AbortSignal;
}

const subcommands: Readonly<Record<string, (call: Call) => Promise<void>>> = {
  plan,
  local,
  submit,
  status,
  label,
  top,
  similar,
};

/** `latent-sky survey`, and `npm run survey` in a checkout: every subcommand can be run again, and does what is missing. */
export async function survey(args: string[]): Promise<number> {
  const cut = args.indexOf("--");
  const own = cut < 0 ? args : args.slice(0, cut);
  const { values, positionals } = parseArgs({ args: own, allowPositionals: true, options });
  const [command, folder, id] = positionals;
  if (values.help || !command) {
    console.log(usage);
    return 0;
  }
  if (!Object.hasOwn(subcommands, command))
    throw new Error(`There is no "survey ${command}"; ${self} --help lists what there is.`);
  if (!folder) throw new Error(`Give the folder of the survey: ${self} ${command} DIR`);
  const stop = stopOnSignal(new Error("Stopped; the same command goes on from here."));
  await subcommands[command]({ folder, values, id, rest: cut < 0 ? [] : args.slice(cut + 1), stop });
  return 0;
}

async function plan({ folder, values }: Call): Promise<void> {
  const given = (name: "images" | "catalogue" | "weights"): string => {
    const value = values[name];
    if (value === undefined) throw new Error(`plan needs --${name}; ${self} --help shows how.`);
    return value;
  };
  const imageSize = wholeNumber("size", values.size) ?? surveyDefaults.imageSize;
  const { plan: made, skipped } = await planSurvey(folder, {
    images: given("images"),
    catalogue: given("catalogue"),
    weights: given("weights"),
    size: values.cutout === undefined ? imageSize : cutoutSize(values.cutout),
    imageSize,
    bands: bandsOf(values.bands),
    lupton: luptonOf(values.lupton),
    crop: oneOf("crop", values.crop, ["source", "none"] as const),
    precision: oneOf("precision", values.precision, ["f32", "bf16"] as const),
    shard: wholeNumber("shard", values.shard),
    sample: wholeNumber("sample", values.sample),
    clusters: wholeNumber("clusters", values.clusters),
    seed: wholeNumber("seed", values.seed),
    idColumn: values.id,
    raColumn: values.ra,
    decColumn: values.dec,
  });
  for (const { name, reason } of skipped) console.log(`left out: ${name}: ${reason}`);
  if (made.outside) console.log(`${made.outside} sources lie on no tile: ${join(folder, "outside.txt")}`);
  console.log(
    `${made.sources} sources on ${made.tiles} tiles in ${made.shards.length} shards; ${made.precision}, ` +
      `weights ${made.weights.start}. Next: ${self} local ${folder}, or submit ${folder} -- [sbatch options].`,
  );
}

async function local({ folder, values, stop }: Call): Promise<void> {
  const { ran } = await runSurvey(folder, {
    jobs: wholeNumber("jobs", values.jobs),
    signal: stop,
    onProgress: ({ done, total, note }) => console.log(`${(note ?? "").padEnd(11)} ${done} of ${total}`),
  });
  console.log(ran ? `${ran} tasks done: ${join(folder, mergedPaths.table)}` : "Nothing is missing.");
}

async function submit({ folder, rest }: Call): Promise<void> {
  const jobs = await submitSurvey(folder, rest);
  for (const job of jobs)
    console.log(`${job.stage.padEnd(11)} job ${job.id}, ${job.tasks} tasks: ${job.command}`);
  if (!jobs.length) console.log("Nothing is missing.");
}

async function label({ folder, values, stop }: Call): Promise<void> {
  const given = values.scores
    ? await tableScores(values.scores)
    : await labelSurvey(folder, await readPlan(folder), stop);
  const { labelled, lengthScale, noiseLevel } = await scoreSurvey(folder, given);
  console.log(
    `${labelled} labels, length scale ${lengthScale.toPrecision(4)}, noise ${noiseLevel.toPrecision(3)}. ` +
      `Next: ${self} local ${folder} (or submit) gives every source its score.`,
  );
}

async function top({ folder, values }: Call): Promise<void> {
  const text = await readFile(join(folder, mergedPaths.summary), "utf8").catch((cause) => {
    throw new Error(`${folder} has no results yet; ${self} status ${folder} says what is missing.`, {
      cause,
    });
  });
  const { best } = JSON.parse(text) as SurveySummary;
  if (!best.length) throw new Error(`No source has a score; ${self} label ${folder} gives some.`);
  const shown = best.slice(0, wholeNumber("n", values.n) ?? SHOWN);
  for (const s of shown) printSource(s, s.score.toFixed(3).padStart(7), `  cluster ${s.cluster}`);
  await save(
    folder,
    shown.map((s) => s.id),
    values.save,
  );
}

async function similar({ folder, values, id }: Call): Promise<void> {
  if (!id) throw new Error(`Give the id of a source: ${self} similar ${folder} ID`);
  const found = await similarInSurvey(folder, id, wholeNumber("n", values.n) ?? similarDefaults.k);
  for (const s of found) printSource(s, s.distance.toFixed(4).padStart(9));
  await save(folder, [id, ...found.map((s) => s.id)], values.save);
}

function printSource(s: { id: string; ra: number; dec: number }, first: string, last = ""): void {
  console.log(`${first}  ${s.id}  ${s.ra.toFixed(5)} ${s.dec.toFixed(5)}${last}`);
}

async function status({ folder, values: { verify } }: Call): Promise<void> {
  const { sources, shards: all, key } = await readPlan(folder);
  console.log(`${sources} sources in ${all.length} shards, plan ${key}`);
  for (const s of await surveyStatus(folder, { verify })) {
    const counts = Object.entries(s.counts).map(([name, n]) => `${n} ${name}`);
    const rate =
      s.counts.images && s.seconds ? `, ${(s.counts.images / s.seconds).toFixed(1)} images/s a task` : "";
    console.log(
      `${s.stage.padEnd(11)} ${String(s.done).padStart(5)} of ${s.total}${s.done ? `  ${s.seconds.toFixed(1)} s, at most ${s.memory} MiB, on ${s.hosts.join(", ")}${rate}; ${counts.join(", ")}` : ""}`,
    );
    const reasons = new Map<string, string[]>();
    for (const m of s.missing) reasons.set(m.why, [...(reasons.get(m.why) ?? []), String(m.shard ?? "all")]);
    if (s.done)
      for (const [why, shards] of reasons) console.log(`            missing ${shortList(shards)}: ${why}`);
    for (const f of s.failed.slice(0, 8)) console.log(`            failed ${f.shard ?? ""}: ${f.message}`);
  }
}

async function save(folder: string, ids: readonly string[], to: string | undefined): Promise<void> {
  if (to === undefined) return;
  const plan = await readPlan(folder);
  const found = await findSources(folder, plan, ids);
  const images = await surveyImages(
    folder,
    plan,
    ids.map((id) => found.get(id)!.place),
  );
  await saveImages(images, [...ids.keys()], to);
  await images.close();
  console.log(`${ids.length} cutouts in ${to}`);
}

function cutoutSize(text: string): CutoutSize {
  const column = /^([^:]+):([\d.]+)(?::(arcsec|arcmin|deg|pixel))?$/.exec(text);
  if (column)
    return {
      column: column[1],
      factor: Number(column[2]),
      unit: (column[3] ?? "arcsec") as "arcsec",
      minimum: 16,
    };
  return /^\d+$/.test(text) ? Number(text) : text;
}

function bandsOf(text: string | undefined): Bands | undefined {
  if (text === undefined) return undefined;
  const bands = text.split(",");
  if (bands.length !== 1 && bands.length !== 3)
    throw new Error(`--bands ${text}: give one band, or three for red,green,blue.`);
  return bands as unknown as Bands;
}

function luptonOf(text: string | undefined): LuptonOptions | undefined {
  const numbers = numberList("lupton", text);
  if (!numbers) return undefined;
  const [stretch, Q, minimum, more] = numbers;
  if (more !== undefined) throw new Error(`--lupton ${text}: it is stretch, Q and what is black, no more.`);
  return { stretch, Q, minimum };
}

function oneOf<T extends string>(name: string, text: string | undefined, known: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  if (!known.includes(text as T)) throw new Error(`--${name} ${text}: it is ${known.join(" or ")}.`);
  return text as T;
}
