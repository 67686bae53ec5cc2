import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readNotebook, writeNotebook } from "../../environment/runner/notebook-file.js";
import { SiteMarkdown } from "../../environment/site/markdown.js";
import { siteOutput } from "../../environment/site/output.js";
import { openStack } from "../../lib/data/images/image-stack.js";
import { writeStack } from "../../lib/data/images/write-stack.js";
import { activeLearning } from "../../lib/discovery/active-learning.js";
import { readLog } from "../../lib/discovery/active-learning-log.js";
import { readLabels } from "../../lib/discovery/label-file.js";
import { Random } from "../../lib/random.js";
import { ledger, record } from "../../lib/study/ledger.js";
import { paperValues } from "../../lib/study/paper-values.js";
import { readReceipt, receiptPath, whyMissing } from "../../lib/survey/receipts.js";
import { readPlan } from "../../lib/survey/survey-plan.js";
import { type MakeTarget, must, sumOf } from "./target.js";

const lines = <T>(n: number, make: (i: number) => T) => Array.from({ length: n }, (_, i) => make(i));
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** What the project itself writes and reads again: a person, a full disk or another program may have changed it. */
export const textTargets: Record<string, MakeTarget> = {
  async labels(folder) {
    const path = join(folder, "labels.jsonl");
    const label = (i: number) =>
      JSON.stringify({ id: `g${i}`, score: i % 6, time: "2024-01-01T00:00:00.000Z" });
    return {
      seeds: [Buffer.from(`${lines(30, label).join("\n")}\n`)],
      isText: true,
      async run(bytes) {
        writeFileSync(path, bytes);
        const labels = [...(await readLabels(path))];
        for (const [id, score] of labels)
          must(
            typeof id === "string" &&
              (score === null || (Number.isInteger(score) && score >= 0 && score <= 5)),
            `a label of ${String(id)} that is ${String(score)}`,
          );
        return sumOf(labels);
      },
    };
  },
  async "search-log"(folder) {
    const path = join(folder, "log.json");
    const random = new Random(3);
    const data = Float64Array.from({ length: 180 }, () => random.uniform());
    const features = { data, shape: [60, 3] as [number, number] };
    const options = {
      oracle: async (rows: readonly number[]) => rows.map((k) => k % 6),
      batch: 4,
      budget: 16,
    };
    for await (const round of activeLearning(features, { ...options, log: path })) void round;
    return {
      seeds: [readFileSync(path)],
      isText: true,
      async run(bytes) {
        writeFileSync(path, bytes);
        const log = await readLog(path);
        let last = null;
        for await (const round of activeLearning(features, { ...options, from: { log } })) last = round;
        for (const [row, score] of last?.labels ?? [])
          must(
            Number.isInteger(row) && row >= 0 && row < 60 && Number.isFinite(score),
            `label ${row}: ${score}`,
          );
        return sumOf([...(last?.labels ?? [])].flat());
      },
    };
  },
  async notebook(folder) {
    const path = join(folder, "n.ipynb");
    const figure = { data: [{ type: "scatter", x: [1], y: [2] }], layout: { title: { text: "T" } } };
    const outputs = [
      { output_type: "stream", name: "stdout", text: ["a\n"] },
      {
        output_type: "display_data",
        data: { "text/html": ["<table><tr><td>1</td></tr></table>"] },
        metadata: {},
      },
      { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
      {
        output_type: "display_data",
        data: { "application/vnd.plotly.v1+json": figure, "image/png": "AAAA" },
        metadata: {},
      },
    ];
    const text = { cell_type: "markdown", id: "m", metadata: {}, source: ["# T\n", "text $x^2$"] };
    const code = { cell_type: "code", id: "c", metadata: {}, execution_count: 1, source: ["1"], outputs };
    return {
      seeds: [json({ cells: [text, code], metadata: {}, nbformat: 4, nbformat_minor: 5 })],
      isText: true,
      async run(bytes) {
        writeFileSync(path, bytes);
        const notebook = await readNotebook(path);
        await writeNotebook(join(folder, "again.ipynb"), notebook);
        const markdown = new SiteMarkdown(new Map());
        const place = { markdown, figures: [], keepPicture: () => "p.png" };
        for (const cell of notebook.cells) {
          markdown.render(cell.source, cell.attachments);
          for (const output of cell.outputs ?? []) siteOutput(output, place);
        }
        return sumOf(notebook.cells.length);
      },
    };
  },
  async "stack-index"(folder) {
    const path = join(folder, "stack");
    const plan = { key: "k", height: 4, width: 4, channels: 1, ids: ["a", "b", "c", "d"], chunkLength: 2 };
    const images = (from: number, to: number) => lines(to - from, (k) => new Uint8Array(16).fill(from + k));
    const stack = await writeStack(path, plan, async (from, to) => ({ images: images(from, to) }));
    await stack.close();
    return {
      seeds: [readFileSync(`${path}.json`)],
      isText: true,
      async run(bytes) {
        writeFileSync(`${path}.json`, bytes);
        const opened = await openStack(path);
        try {
          const pixels = await opened.read([...opened.ids.keys()]);
          const each = opened.height * opened.width * opened.channels;
          must(pixels.length === opened.length * each && each > 0, "length");
          must(
            opened.ids.every((id) => typeof id === "string"),
            "an id that is no text",
          );
          must(opened.indices.length === opened.ids.length, "indices and ids of different length");
          return sumOf(opened.ids, pixels);
        } finally {
          await opened.close();
        }
      },
    };
  },
  async receipt(folder) {
    const path = receiptPath(folder, "features", 0);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(join(folder, "x.npy"), "abc");
    const outputs = { "x.npy": { bytes: 3, digest: "0".repeat(16) } };
    return {
      seeds: [
        json({ stage: "features", shard: 0, madeFrom: "m", outputs, digest: "d", counts: { images: 4 } }),
      ],
      isText: true,
      async run(bytes) {
        writeFileSync(path, bytes);
        const receipt = await readReceipt(folder, "features", 0);
        return sumOf(await whyMissing(folder, receipt, "m", true));
      },
    };
  },
  async plan(folder) {
    const plan = { format: "latent-sky survey 1", key: "k", images: "x", catalogue: "c.csv", shards: [3, 4] };
    return {
      seeds: [json(plan)],
      isText: true,
      async run(bytes) {
        writeFileSync(join(folder, "plan.json"), bytes);
        return sumOf((await readPlan(folder)).format);
      },
    };
  },
  async ledger(folder) {
    process.env.LATENT_SKY_OUT = folder;
    const source = { dataset: "mock", profile: "quick", notebook: "05" };
    await record(source, { [paperValues[0].id]: 1, [paperValues[1].id]: { value: 2, note: "n" } });
    const path = join(folder, "ledger.json");
    return {
      seeds: [readFileSync(path)],
      isText: true,
      async run(bytes) {
        writeFileSync(path, bytes);
        const rows = await ledger();
        for (const { id, here } of rows)
          must(here === null || Number.isFinite(here), `${id} is ${String(here)}`);
        return sumOf(rows.map((r) => [r.id, r.here]));
      },
    };
  },
};
