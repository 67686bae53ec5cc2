import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { legacySurvey } from "../../../lib/data/cutouts/cutout-services.js";
import { fetchCutouts } from "../../../lib/data/cutouts/fetch-cutouts.js";
import type { Dataset } from "../../../lib/data/dataset.js";
import { downloadDataset } from "../../../lib/data/download/download.js";
import { downloadFile } from "../../../lib/data/download/download-file.js";
import { decodeImage } from "../../../lib/data/images/decode-image.js";
import { writeFits } from "../../../lib/data/images/fits/write-fits.js";
import { openStack, stackFiles } from "../../../lib/data/images/image-stack.js";
import { saveImages } from "../../../lib/data/images/save-images.js";
import { writeStack } from "../../../lib/data/images/write-stack.js";
import { mockRadio } from "../../../lib/data/mock/mock-radio.js";
import { mockSurvey } from "../../../lib/data/mock/mock-survey.js";
import { mockTiles } from "../../../lib/data/mock/mock-tiles.js";
import { openDataset } from "../../../lib/data/open-dataset.js";
import { readNpy, writeNpy } from "../../../lib/data/tables/npy.js";
import { readTable } from "../../../lib/data/tables/read-table.js";
import { saveTable } from "../../../lib/data/tables/save-table.js";
import { atomicWrite } from "../../../lib/files/atomic-write.js";
import { latest, matrix, N, values, type Writer, whole, wholeText } from "./writer.js";

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

/** What `lib/data` and `lib/files` write. */
export const dataWriters: Readonly<Record<string, Writer>> = {
  "a text": {
    write: (folder, version) => atomicWrite(join(folder, "t"), String(version).repeat(5000)),
    read: async (folder) => wholeText(readFileSync(join(folder, "t"), "utf8")),
  },
  "an npy": {
    write: (folder, version) => writeNpy(join(folder, "a.npy"), matrix(version)),
    read: async (folder) => whole((await readNpy(join(folder, "a.npy"))).data),
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
  "the mock radio set": {
    slow: true,
    async write(folder, version) {
      process.env.LATENT_SKY_CACHE = folder;
      await mockRadio({ size: 8, seed: version });
    },
    read: (folder) =>
      latest(async (seed) => {
        const made = join(folder, `mock-radio-8-seed${seed}-r3`, "MiraBest_F_batches.tar.gz");
        if (!existsSync(made)) return false;
        const set = await openDataset(made);
        assert.equal(set.length, 8);
        await set.close();
        return true;
      }),
  },
  "a release gathered from elsewhere": {
    async write(folder, version) {
      const elsewhere = join(folder, `elsewhere${version}`);
      await atomicWrite(join(elsewhere, "a"), String(version).repeat(5000));
      const sha256 = createHash("sha256").update(String(version).repeat(5000)).digest("hex");
      const files = [
        { name: "a", urls: [], bytes: 5000, sha256 },
        { name: `b${version}`, urls: [`${host}/v${version}`] },
      ];
      const release = { name: "r", source: "", page: "", licence: "", files };
      const before = process.env.LATENT_SKY_DATA;
      process.env.LATENT_SKY_DATA = elsewhere;
      try {
        await downloadDataset(release, { folder: join(folder, "release"), attempts: 1 });
      } finally {
        process.env.LATENT_SKY_DATA = before ?? "";
      }
    },
    read: async (folder) => wholeText(readFileSync(join(folder, "release", "a"), "utf8")),
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
};
