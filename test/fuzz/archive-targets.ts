import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { openArchive } from "../../lib/data/archives/open-archive.js";
import { checkDataset } from "../../lib/data/check-dataset.js";
import { writeFits } from "../../lib/data/images/fits/write-fits.js";
import { tileHeader } from "../../lib/data/mock/mock-tiles.js";
import { pickle } from "../../lib/data/mock/pickle.js";
import { openDataset } from "../../lib/data/open-dataset.js";
import { picture, tarBytes } from "../data/archives/make-archives.js";
import { type MakeTarget, must, sumOf, type Target } from "./target.js";

const files = {
  "a/one.txt": Buffer.from("one one one".repeat(20)),
  "two.bin": Buffer.from(Array.from({ length: 700 }, (_, i) => (i * i) % 251)),
  "é.txt": Buffer.from("x"),
  [`${"b".repeat(120)}/long.txt`]: Buffer.from("long"),
};

/**
 * Every name that is listed stays inside, and what is read has the size it is listed with.
 */
function archives(path: string, seeds: readonly Buffer[], more: Partial<Target> = {}): Target {
  return {
    seeds,
    async run(bytes) {
      writeFileSync(path, bytes);
      const archive = await openArchive(path);
      try {
        const read: string[] = [];
        let refused = 0;
        for (const { name, size } of archive.entries) {
          must(!/^[/\\]|^\w:|(^|[/\\])\.\.([/\\]|$)|\0/.test(name), `unsafe name ${name}`);
          const content = await archive.read(name).catch((error: Error) => {
            refused++;
            must(error.message.includes(path), `"${error.message}" does not name the archive`);
            return null;
          });
          if (!content) continue;
          must(content.length === size, `${name}: ${content.length} bytes where ${size} are listed`);
          read.push(sumOf(content));
        }
        // Refused entries are said one by one; what is left is what the seeds have.
        return more.isSummed && (refused || archive.skipped.length) ? "said" : sumOf(read.sort());
      } finally {
        await archive.close();
      }
    },
    ...more,
  };
}

const tar = () => tarBytes(Object.entries(files).map(([name, body]) => ({ name, body })));

/** Archives, and whole folders of which one file is damaged. */
export const archiveTargets: Record<string, MakeTarget> = {
  zip: async (folder) =>
    archives(
      join(folder, "a.zip"),
      [zipSync(files), zipSync(files, { level: 0 })].map((z) => Buffer.from(z)),
      { isSummed: true },
    ),
  tar: async (folder) => archives(join(folder, "a.tar"), [await tar()]),
  "tar.gz": async (folder) => archives(join(folder, "a.tar.gz"), [gzipSync(await tar())], { isSummed: true }),
  /** The table beside four images: whatever it says, each image is there once, with one label or none. */
  async "labels-in-a-folder"(folder) {
    const set = join(folder, "set");
    mkdirSync(join(set, "x"), { recursive: true });
    for (const name of ["g0.png", "g1.png", "x/12.10.png", "x/é.png"])
      writeFileSync(join(set, name), await picture("png"));
    const rows = "g0,spiral,1.5,10\nx/g1.png,round,NA,20\n12.10,spiral,2.5,30\né,edge,3.5,\nlost,edge,1,1";
    return {
      seeds: [
        Buffer.from(`id,label,mag,ra\n${rows}\n`),
        Buffer.from(`# id T\n${rows.replaceAll(",", " ")}\n`),
      ],
      isText: true,
      async run(bytes) {
        writeFileSync(join(set, "labels.csv"), bytes);
        const data = await openDataset(set);
        try {
          must(data.length === 4 && new Set(data.ids).size === 4, "an image is missing or there twice");
          must(!data.labels || data.labels.length === 4, "labels of another length");
          must(!data.labels?.some((l) => l === "" || l === undefined), "an empty label");
          for (const name of data.catalogue?.names ?? [])
            must(data.catalogue!.column(name).length === 4, `column ${name} of another length`);
          const joined = data.labels ?? data.catalogue;
          must(
            Boolean(joined) || (data.skipped?.length ?? 0) > 0 || bytes.length < 40,
            "no table and no word",
          );
          return sumOf(data.ids, data.labels ?? [], data.catalogue?.names ?? []);
        } finally {
          await data.close();
        }
      },
    };
  },
  /** Batches in CIFAR's layout: each image is read or has its reason. */
  async batches(folder) {
    const set = join(folder, "batches");
    mkdirSync(set, { recursive: true }); // there already where the process was started anew
    const at = (name: string) => join(set, name);
    const batch = (first: number) => {
      const data = [0, 1, 2].map((i) => ({ data: new Uint8Array(64).fill(first + i), shape: [8, 8] }));
      const filenames = [0, 1, 2].map((i) => `source_${first + i}.png`);
      return Buffer.from(pickle({ batch_label: "b", labels: [0, 1, 0], data, filenames }));
    };
    const meta = Buffer.from(pickle({ num_cases_per_batch: 3, label_names: ["FRI", "FRII"], num_vis: 64 }));
    const whole = { data_batch_1: batch(0), test_batch: batch(3), "batches.meta": meta };
    return {
      seeds: Object.values(whole),
      async run(bytes) {
        for (const [name, content] of Object.entries(whole)) writeFileSync(at(name), content);
        writeFileSync(at(bytes.includes("label_names") ? "batches.meta" : "data_batch_1"), bytes);
        const data = await openDataset(set);
        const { decoded, skipped } = await checkDataset(data);
        const images = data.length + (data.skipped?.length ?? 0);
        must(decoded + skipped.length === images, "an image without a word");
        must(!data.labels || data.labels.length === data.length, "labels of another length");
        const values = [];
        for (let i = 0; i < data.length; i++) values.push((await data.image(i)).data);
        await data.close();
        return sumOf(data.ids, data.labels ?? [], values);
      },
    };
  },
  /** A tile of a survey, whose header says where on the sky it lies. */
  async tile(folder) {
    const set = join(folder, "tiles");
    mkdirSync(set, { recursive: true }); // there already where the process was started anew
    const path = join(set, "t.fits");
    const data = Float32Array.from({ length: 64 * 64 }, (_, i) => i % 97);
    await writeFits(
      path,
      { data, width: 64, height: 64 },
      tileHeader(0, 0, { columns: 2, rows: 2, tileSize: 64 }),
    );
    const seeds = [readFileSync(path)];
    const catalogue = join(folder, "sources.csv");
    const text = seeds[0].toString("latin1");
    const at = (key: string) => /=\s*([-\d.eE+]+)/.exec(text.slice(text.indexOf(key.padEnd(8))))![1];
    writeFileSync(catalogue, `id,ra,dec\na,${at("CRVAL1")},${at("CRVAL2")}\n`);
    return {
      seeds,
      isText: true,
      async run(bytes) {
        rmSync(path, { force: true });
        writeFileSync(path, bytes);
        const data = await openDataset({ images: set, catalogue, size: 16 });
        try {
          if (!data.length) must((data.skipped?.length ?? 0) > 0, "no source and no word");
          const cut: Float32Array[] = [];
          for (let i = 0; i < data.length; i++) {
            const image = await data.image(i);
            must(image.data.length === image.width * image.height * image.channels, "length");
            cut.push(image.data as Float32Array);
          }
          return sumOf(data.ids, cut);
        } finally {
          await data.close();
        }
      },
    };
  },
};
