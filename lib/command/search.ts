import { parseArgs } from "node:util";
import { saveTable } from "../data/tables/save-table.js";
import { expectedImprovement, logExpectedImprovement } from "../discovery/expected-improvement.js";
import { readLabels } from "../discovery/label-file.js";
import { searchDefaults } from "../discovery/search-defaults.js";
import { takeRows } from "../matrix.js";
import { GaussianProcessRegressor } from "../models/gaussian-process.js";
import { shortList } from "../short-list.js";
import { matchScores } from "./match-scores.js";
import { studyOf, studyOptions, studyUsage } from "./study-options.js";
import { tableScores } from "./table-scores.js";

const usage = `Learns a score from images that were scored and gives one to every image (section 7.1 of the paper).

  latent-sky search FOLDER --features FILE --labels scores.csv --out ranking.parquet

  --labels FILE     a table with the columns id and score (0 to 5), or the .jsonl of latent-sky label; an id is an
                    image's name, with or without its extension and folders
  --out FILE        .parquet, .fits, .ecsv or .csv (default ranking.parquet), the most interesting first
  --n 20            so many are printed
${studyUsage}`;

/** `latent-sky search`: the Gaussian process of `activeLearning`, fitted once to the scores that are there. */
export async function search(args: string[]): Promise<number> {
  const options = {
    ...studyOptions,
    labels: { type: "string" },
    n: { type: "string", default: "20" },
  } as const;
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { out = "ranking.parquet", labels, n } = values;
  if (labels === undefined)
    throw new Error("search needs --labels FILE, a table with id and score; --help says more.");
  if (!/^\d+$/.test(n)) throw new Error(`--n ${n}: a whole number belongs there.`);
  const given = await scoresIn(labels);
  if (given.size < 2) throw new Error(`${labels} has ${given.size} scores: two are needed.`);
  const study = await studyOf("search", positionals, values);
  try {
    const { stack } = await study.images();
    const { X } = await (await study.representation()).reduced();
    const archive = study.dataset.provenance.path;
    const images = stack.ids.map((id) => ({ id, entry: id, archive }));
    const { scores: known, strangers, unclear } = matchScores(given, images, labels);
    if (known.size < 2)
      throw new Error(
        `${labels} scores ${given.size} images and ${known.size} of them are here (ids such as "${stack.ids[0]}"): two are needed.`,
      );
    if (strangers.length)
      console.error(
        `${strangers.length} scores of ${labels} are of images that are not here: ${shortList(strangers)}.`,
      );
    if (unclear.length)
      console.error(
        `${unclear.length} scores of ${labels} are not used, since they fit several images or several fit one ` +
          `(${shortList(unclear)}); write the folder before the name.`,
      );
    const rows = [...known.keys()];
    const y = Float64Array.from(known.values());
    const gp = new GaussianProcessRegressor().fit(takeRows(X, rows), y);
    const { mean, std } = gp.predict(X);
    const best = Math.max(...y);
    const gain = expectedImprovement(mean, std, best, searchDefaults.eta);
    const logGain = logExpectedImprovement(mean, std, best, searchDefaults.eta);
    const order = Uint32Array.from(mean.keys()).sort((a, b) => mean[b] - mean[a] || a - b);
    const of = (values: ArrayLike<number>) => Float64Array.from(order, (row) => values[row]);
    const score = Float64Array.from(order, (row) => known.get(row) ?? Number.NaN);
    await saveTable(
      out,
      [
        { name: "id", values: Array.from(order, (row) => stack.ids[row]) },
        { name: "score", values: of(mean), description: "predicted by the Gaussian process" },
        { name: "score_std", values: of(std), description: "its standard deviation" },
        { name: "score_given", values: score, description: "as labelled" },
        { name: "expected_improvement", values: of(gain), description: "highest: worth a look next" },
        {
          name: "log_expected_improvement",
          values: of(logGain),
          description: "its natural logarithm, which ranks where it is 0",
        },
      ],
      { provenance: { ...(await study.provenance()), labels: rows.length } },
    );
    for (const row of order.subarray(0, Number(n)))
      console.log(`${mean[row].toFixed(3).padStart(7)}  ${stack.ids[row]}`);
    console.log(`${order.length} images, from ${rows.length} scores: ${out}`);
  } finally {
    await study.close();
  }
  return 0;
}

async function scoresIn(path: string): Promise<Map<string, number>> {
  if (!path.endsWith(".jsonl")) return tableScores(path);
  const scores = new Map<string, number>();
  for (const [id, score] of await readLabels(path)) if (score !== null) scores.set(id, score);
  return scores;
}
