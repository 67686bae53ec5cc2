import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { readNotebook, writeNotebook } from "../../environment/runner/notebook-file.js";
import { legacySurvey } from "../../lib/data/cutouts/cutout-services.js";
import { fetchCutouts } from "../../lib/data/cutouts/fetch-cutouts.js";
import type { Dataset } from "../../lib/data/dataset.js";
import { downloadFile } from "../../lib/data/download/download-file.js";
import { decodeImage } from "../../lib/data/images/decode-image.js";
import { writeFits } from "../../lib/data/images/fits/write-fits.js";
import { openStack, stackFiles } from "../../lib/data/images/image-stack.js";
import { saveImages } from "../../lib/data/images/save-images.js";
import { writeStack } from "../../lib/data/images/write-stack.js";
import { mockSurvey } from "../../lib/data/mock/mock-survey.js";
import { mockTiles } from "../../lib/data/mock/mock-tiles.js";
import { readNpy, writeNpy } from "../../lib/data/tables/npy.js";
import { readTable } from "../../lib/data/tables/read-table.js";
import { saveTable } from "../../lib/data/tables/save-table.js";
import { activeLearning } from "../../lib/discovery/active-learning.js";
import { readLog } from "../../lib/discovery/active-learning-log.js";
import { LabelFile, readLabels } from "../../lib/discovery/label-file.js";
import { voteOracle } from "../../lib/discovery/oracle.js";
import { atomicWrite } from "../../lib/files/atomic-write.js";
import { NeighbourIndex } from "../../lib/models/neighbour-index.js";
import { Checkpoints } from "../../lib/nn/checkpoint.js";
import { loadFeatures, saveFeatures } from "../../lib/nn/features-file.js";
import { readSafetensors, writeSafetensors } from "../../lib/nn/safetensors.js";
import { writeExplorer } from "../../lib/notebook/explorer.js";
import { record } from "../../lib/study/ledger.js";
import { writeLeftOut } from "../../lib/study/left-out.js";
import { keepLastRun, lastRun } from "../../lib/study/settings.js";
import { StudyCache } from "../../lib/study/study-cache.js";
import { planSurvey } from "../../lib/survey/plan-survey.js";
import { readReceipt, writeReceipt } from "../../lib/survey/receipts.js";
import { readPlan } from "../../lib/survey/survey-plan.js";
import { tinyOptions, tinyTiles } from "../survey/tiny-survey.js";

/**
 * Writes version 1, then 2, of something into `folder`; `read` says which version is there whole, 0 where none is (what
 * is made anew at the next call), and rejects for half a one.
 */
export interface Writer {
  write(folder: string, version: number): Promise<unknown>;
  read(folder: string): Promise<number>;
  /** A call takes a second: a worker of its own is started. */
  slow?: boolean;
}

/** Large enough for several writes, small enough for hundreds of runs. */
const N = 600;
const values = (version: number) => new Float32Array(N).fill(version);
const weights = (version: number) => new Map([["w", { shape: [N], data: values(version) }]]);
const checkpoints = (folder: string) => new Checkpoints(join(folder, "run"));
const matrix = (version: number) => ({ data: values(version), shape: [60, 10] as [number, number] });
const features = (version: number) => ({
  ids: ["a", "b"],
  features: { data: values(version), shape: [2, 300] as [number, number] },
  provenance: {},
});
const notebook = (version: number) => ({
  cells: [{ cell_type: "markdown" as const, id: "m", metadata: {}, source: String(version).repeat(5000) }],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
});
const columns = (version: number) => [
  { name: "n", values: new Float64Array(N).fill(version) },
  { name: "t", values: Array.from({ length: N }, () => `v${version}`) },
];
const image = (version: number): Dataset => ({
  name: "one",
  length: 1,
  ids: ["one"],
  labels: null,
  catalogue: null,
  sky: "optical",
  drawn: true,
  evaluation: { by: "votes" },
  provenance: { source: "", path: "", fingerprint: "f" },
  skipped: [],
  image: async () => ({ data: new Uint8Array(48 * 48).fill(version), width: 48, height: 48, channels: 1 }),
  close: async () => {},
});
/** Points on two lines, which a graph of neighbours knows apart by where they lie. */
const points = (version: number) => ({
  data: Float64Array.from({ length: 2 * N }, (_, i) => (i % 2 ? version : i)),
  shape: [N, 2] as [number, number],
});

/** All numbers are the same, and which it is. */
function whole(data: ArrayLike<number>): number {
  assert.ok(data.length > 0 && Array.from(data).every((v) => v === data[0]), "half a file");
  return data[0];
}

function wholeText(text: string): number {
  assert.equal(text, text[0].repeat(5000));
  return Number(text[0]);
}

const table = (ending: string): Writer => ({
  write: (folder, version) => saveTable(join(folder, `t.${ending}`), columns(version)),
  async read(folder) {
    const { numeric, text, length } = await readTable(join(folder, `t.${ending}`));
    const version = whole(numeric.get("n")!);
    assert.ok(length === N && text.get("t")!.every((t) => t === `v${version}`));
    return version;
  },
});

/** Serves bytes that say which version was asked for. */
const server = createServer(({ url }, response) => {
  const version = Number(/v=?(\d)|ra=(\d)/.exec(url!)!.slice(1).find(Boolean));
  const jpeg = url!.includes("ra=");
  const body = Buffer.alloc(200_000, version);
  if (jpeg) Buffer.from([0xff, 0xd8]).copy(body);
  if (jpeg) Buffer.from([0xff, 0xd9]).copy(body, body.length - 2);
  response.writeHead(200, { "content-length": body.length, etag: `"${version}"` }).end(body);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
server.unref();
const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function latest(reads: (version: number) => Promise<boolean>): Promise<number> {
  for (const version of [2, 1]) if (await reads(version)) return version;
  return 0;
}

/** Everything in this project that writes a file, but what takes a browser (figures) or a network to be drawn. */
export const writers: Readonly<Record<string, Writer>> = {
  "a text": {
    write: (folder, version) => atomicWrite(join(folder, "t"), String(version).repeat(5000)),
    read: async (folder) => wholeText(readFileSync(join(folder, "t"), "utf8")),
  },
  "an npy": {
    write: (folder, version) => writeNpy(join(folder, "a.npy"), matrix(version)),
    read: async (folder) => whole((await readNpy(join(folder, "a.npy"))).data),
  },
  weights: {
    write: (folder, version) => writeSafetensors(join(folder, "w.safetensors"), weights(version)),
    read: async (folder) =>
      whole((await readSafetensors(join(folder, "w.safetensors"))).tensors.get("w")!.data),
  },
  "features in parquet": {
    write: (folder, version) => saveFeatures(join(folder, "f.parquet"), features(version)),
    read: async (folder) => whole((await loadFeatures(join(folder, "f.parquet"))).features.data),
  },
  "features in npy": {
    write: (folder, version) => saveFeatures(join(folder, "f.npy"), features(version)),
    read: async (folder) => whole((await loadFeatures(join(folder, "f.npy"))).features.data),
  },
  "a checkpoint": {
    write: (folder, version) =>
      checkpoints(folder).save({ epoch: version, step: version, settings: {}, log: [] }, weights(version)),
    async read(folder) {
      const found = await checkpoints(folder).latest();
      assert.equal(whole(found!.tensors.get("w")!.data), found!.state.epoch);
      return found!.state.epoch;
    },
  },
  "a stack": {
    async write(folder, version) {
      const ids = Array.from({ length: 12 }, (_, i) => `g${i}`);
      const plan = { key: `k${version}`, height: 16, width: 16, channels: 1 as const, ids, chunkLength: 4 };
      const make = async (start: number, end: number) => ({
        images: Array.from({ length: end - start }, () => new Uint8Array(256).fill(version)),
      });
      await (await writeStack(join(folder, "s"), plan, make)).close();
    },
    async read(folder) {
      const index = existsSync(stackFiles(join(folder, "s")).index);
      const stack = await openStack(join(folder, "s")).catch((error) => {
        // The old index goes before the new pixels come: no stack for a moment, and never a mixed one.
        if (!index) return null;
        throw error;
      });
      if (!stack) return 0;
      const pixels = await stack.read(stack.ids.map((_, i) => i));
      await stack.close();
      return whole(pixels);
    },
  },
  "a stage, a matrix": {
    write: (folder, version) => new StudyCache(folder).matrix("m", version, () => matrix(version)),
    read: (folder) => stage(folder, "m", ".npy", async (c, v) => (await c.storedMatrix("m", v))?.data),
  },
  "a stage, JSON": {
    write: (folder, version) => new StudyCache(folder).json("j", version, () => Array.from(values(version))),
    read: (folder) => stage(folder, "j", ".json", (c, v) => c.stored<number[]>("j", v)),
  },
  "the ledger": {
    async write(folder, version) {
      process.env.LATENT_SKY_OUT = folder;
      await record({ dataset: "mock", profile: "quick", notebook: "t" }, { "clip-sigma": version });
    },
    async read(folder) {
      const entries = JSON.parse(readFileSync(join(folder, "ledger.json"), "utf8")) as { value: number }[];
      return whole(entries.map((e) => e.value));
    },
  },
  "a label": {
    async write(folder, version) {
      const file = await LabelFile.open(join(folder, "labels.jsonl"));
      try {
        await file.append({ id: "a", score: version });
      } finally {
        await file.close();
      }
    },
    read: async (folder) => (await readLabels(join(folder, "labels.jsonl"))).get("a") ?? 0,
  },
  "the log of a search": {
    async write(folder, version) {
      const data = Float64Array.from({ length: 120 }, (_, k) => (k % 2 ? Math.sin(k) : (k >> 1) % 7));
      const oracle = voteOracle(new Array(60).fill(version));
      const options = { oracle, batch: 5, budget: 10, log: join(folder, "log.json") };
      for await (const _ of activeLearning({ data, shape: [60, 2] }, options));
    },
    read: async (folder) =>
      whole((await readLog(join(folder, "log.json"))).rounds.flatMap((r) => r.scores as number[])),
  },
  "a table in parquet": table("parquet"),
  "a table in FITS": table("fits"),
  "a table in ECSV": table("ecsv"),
  "a table in CSV": table("csv"),
  "saved images": {
    write: (folder, version) => saveImages(image(version), [0], join(folder, "images"), { fresh: true }),
    async read(folder) {
      return whole((await decodeImage(readFileSync(join(folder, "images", "one.png")))).data);
    },
  },
  "a FITS image": {
    write: (folder, version) =>
      writeFits(join(folder, "i.fits"), { data: values(version), width: 30, height: 20 }, []),
    async read(folder) {
      return whole((await decodeImage(readFileSync(join(folder, "i.fits")))).data);
    },
  },
  "an index of neighbours": {
    write: (folder, version) =>
      NeighbourIndex.build(points(version)).then((index) => index.save(join(folder, "n.hnsw"))),
    async read(folder) {
      const index = await NeighbourIndex.load(join(folder, "n.hnsw"));
      return 1 + index.search([0, 1], 1)[0].square;
    },
  },
  "the explorer": {
    write: (folder, version) =>
      writeExplorer(join(folder, "e.html"), {
        embedding: { data: new Float64Array(40).fill(version), shape: [20, 2] },
        ids: Array.from({ length: 20 }, (_, i) => `v${version}-${i}`),
      }),
    async read(folder) {
      const page = readFileSync(join(folder, "e.html"), "utf8");
      assert.ok(page.trimEnd().endsWith("</html>"), "half a page");
      return page.includes('"v2-19"') ? 2 : page.includes('"v1-19"') ? 1 : assert.fail("no ids");
    },
  },
  "what was left out": {
    write: (folder, version) =>
      writeLeftOut(join(folder, "l.csv"), {
        skipped: Array.from({ length: 50 }, (_, i) => ({ name: `n${i}`, reason: "r", count: version })),
        wholeFrame: [],
        cut: [],
      }),
    read: async (folder) => whole((await readTable(join(folder, "l.csv"))).numeric.get("count")!),
  },
  "the last run's settings": {
    async write(folder, version) {
      process.env.LATENT_SKY_CACHE = folder;
      await keepLastRun({ LATENT_SKY_SEED: String(version), LATENT_SKY_PROFILE: "quick" });
    },
    async read(folder) {
      process.env.LATENT_SKY_CACHE = folder;
      return Number((await lastRun()).LATENT_SKY_SEED);
    },
  },
  "a notebook": {
    write: (folder, version) => writeNotebook(join(folder, "n.ipynb"), notebook(version) as never),
    async read(folder) {
      const { source } = (await readNotebook(join(folder, "n.ipynb"))).cells[0];
      return wholeText([source].flat().join(""));
    },
  },
  "a download": {
    write: (folder, version) =>
      downloadFile({ name: "f", urls: [`${host}/v${version}`] }, join(folder, "f"), { attempts: 1 }),
    async read(folder) {
      const bytes = readFileSync(join(folder, "f"));
      assert.equal(bytes.length, 200_000);
      return whole(bytes);
    },
  },
  cutouts: {
    write: (folder, version) =>
      fetchCutouts(
        { ids: ["a", "b"], ra: [version, version], dec: [0, 0] },
        {
          service: legacySurvey("ls-dr10", { host }),
          folder: join(folder, "cutouts"),
          arcsec: 30,
          perSecond: 1000,
          attempts: 1,
          concurrency: 1,
        },
      ),
    async read(folder) {
      const [a, b] = ["a", "b"].map((id) => {
        const bytes = readFileSync(join(folder, "cutouts", `${id}.jpg`));
        assert.equal(bytes.length, 200_000);
        return whole(bytes.subarray(2, -2));
      });
      return Math.min(a, b);
    },
  },
  "the mock survey": {
    slow: true,
    async write(folder, version) {
      process.env.LATENT_SKY_CACHE = folder;
      await mockSurvey({ size: 4, imageSize: 64, seed: version, threads: 1 });
    },
    read: (folder) =>
      latest(async (seed) => {
        const survey = join(folder, `mock-survey-4-64px-seed${seed}-r2`);
        if (!existsSync(survey)) return false;
        const files = readdirSync(survey, { recursive: true }).map(String);
        assert.equal(files.filter((f) => f.endsWith(".png")).length, 4);
        for (const file of files.filter((f) => f.endsWith(".parquet"))) await readTable(join(survey, file));
        return true;
      }),
  },
  "the mock tiles": {
    async write(folder, version) {
      process.env.LATENT_SKY_CACHE = folder;
      await mockTiles({ columns: 1, rows: 1, tileSize: 96, sources: 2, seed: version });
    },
    read: (folder) =>
      latest(async (seed) => {
        const made = join(folder, `mock-tiles-1x1-96px-2-seed${seed}-r2`);
        if (!existsSync(made)) return false;
        for (const band of ["z", "r", "g"]) {
          await decodeImage(readFileSync(join(made, "tiles", `tile-0-0-${band}.fits`)));
        }
        assert.equal((await readTable(join(made, "truth.parquet"))).length, 2);
        return (await readTable(join(made, "catalogue.parquet"))).length === 2;
      }),
  },
  "the plan of a survey": {
    async write(folder, version) {
      const tiles = join(folder, "sky");
      if (!existsSync(join(tiles, "catalogue.parquet"))) await tinyTiles(tiles, 6);
      const given = { images: join(tiles, "tiles"), catalogue: join(tiles, "catalogue.parquet") };
      await planSurvey(join(folder, `survey${version}`), {
        ...given,
        ...tinyOptions,
        shard: 3,
        seed: version,
      });
    },
    read: (folder) =>
      latest(async (version) => {
        const survey = join(folder, `survey${version}`);
        if (!existsSync(join(survey, "plan.json"))) return false;
        const plan = await readPlan(survey);
        assert.equal(plan.seed, version);
        assert.ok(plan.shards.length > 0);
        return true;
      }),
  },
  "a receipt of a survey": {
    async write(folder, version) {
      await atomicWrite(join(folder, "made"), String(version));
      const rest = { counts: {}, precision: "f32", engine: "none", seconds: 1 } as const;
      const made = { stage: "pca", shard: null, madeFrom: `v${version}`, paths: ["made"] } as const;
      await writeReceipt(folder, { ...made, ...rest });
    },
    read: async (folder) => Number((await readReceipt(folder, "pca", null))!.madeFrom.slice(1)),
  },
};

/** Which version of a stage is kept: each has a file of its own, whole where it is there. */
function stage(
  folder: string,
  name: string,
  ending: string,
  stored: (cache: StudyCache, version: number) => Promise<ArrayLike<number> | null | undefined>,
): Promise<number> {
  const cache = new StudyCache(folder);
  return latest(async (version) => {
    if (!existsSync(cache.folderOf(name, version) + ending)) return false;
    assert.equal(whole((await stored(cache, version))!), version);
    return true;
  });
}
