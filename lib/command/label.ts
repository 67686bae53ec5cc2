import { parseArgs } from "node:util";
import { openDataset } from "../data/open-dataset.js";
import { activeLearning } from "../discovery/active-learning.js";
import { readLabels } from "../discovery/label-file.js";
import { searchDefaults } from "../discovery/search-defaults.js";
import { answersAhead, scoreInBrowser } from "./score-in-browser.js";
import { stopOnSignal } from "./stop-on-signal.js";
import { studyOf, studyOptions, studyUsage } from "./study-options.js";

const usage = `Shows images in the browser, to be scored from 0 to 5; every answer is on the disk before the next image.

  latent-sky label FOLDER --out labels.jsonl [--features FILE]

  --out FILE        the answers, a line each (default labels.jsonl); there again, it goes on from them
  --question TEXT   what a score of 5 means
  --total N         scores after which it ends (default ${searchDefaults.budget})
  --port N          default a free one
With features the search of section 7.1 chooses what is asked; without, the images come in their order.
${studyUsage}`;

/** `latent-sky label`: serves the labelling panel on 127.0.0.1 until enough is labelled, or Ctrl-C. */
export async function label(args: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const options = { ...studyOptions, question: text, total: text, port: text };
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { out: file = "labels.jsonl", question } = values;
  const total = Number(values.total ?? searchDefaults.budget);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (!Number.isInteger(total) || total < 2)
    throw new Error(`--total ${values.total}: 2 or more belong there.`);
  if (port !== undefined && !(port > 0 && port < 65_536))
    throw new Error(`--port ${values.port} is no port.`);
  const stop = stopOnSignal();
  const study = values.features === undefined ? null : await studyOf("label", positionals, values);
  const dataset = study?.dataset ?? (await openDataset(positionals[0] ?? missingFolder()));
  const images = study ? (await study.images()).stack : dataset;
  try {
    await scoreInBrowser({ images, file, question, total, port }, stop, async ({ oracle }) => {
      if (!study) {
        await oracle([...images.ids.keys()].slice(0, total), 0);
        return;
      }
      const { X } = await (await study.representation()).reduced();
      const search = activeLearning(X, { oracle, budget: total, ahead: answersAhead, ids: images.ids });
      for await (const { labelled } of search) console.error(`${labelled} of ${total} scores`);
    });
  } finally {
    await (study ?? dataset).close();
  }
  console.log(`${(await readLabels(file)).size} images are labelled: ${file}`);
  return 0;
}

function missingFolder(): never {
  throw new Error("Give a folder of images: latent-sky label FOLDER; --help says more.");
}
