import { basename } from "node:path";
import type { Archive } from "../archives/archive.js";
import { fingerprintOf } from "../archives/archive.js";
import { openArchive } from "../archives/open-archive.js";
import type { Dataset, Provenance } from "../dataset.js";
import type { DatasetOptions } from "../dataset-options.js";
import { NumpyArray } from "../pickle/numpy-pickle.js";
import { Catalogue } from "../tables/catalogue.js";
import type { EvaluationRule } from "../votes/evaluation.js";
import { batchClasses, unpickleEntry } from "./batch-classes.js";
import { beyondLimit } from "./image-dataset.js";
import { findFile, type NamedDataset } from "./named-dataset.js";

/** A class of MiraBest (Porter & Scaife 2023, table 2): label index, three-digit code and what its digits say. */
export interface MiraBestClass {
  code: string;
  morphology: "FRI" | "FRII" | "hybrid";
  confident: boolean;
  subclass: "standard" | "double-double" | "wide-angle tail" | "head-tail";
}

/** Label index i of the batches is `mirabestClasses[i]`. */
export const mirabestClasses: readonly MiraBestClass[] = [
  "100",
  "102",
  "104",
  "110",
  "112",
  "200",
  "201",
  "210",
  "300",
  "310",
].map((code) => ({
  code,
  morphology: code[0] === "1" ? "FRI" : code[0] === "2" ? "FRII" : "hybrid",
  confident: code[1] === "0",
  subclass:
    code[2] === "0"
      ? "standard"
      : code[2] === "1"
        ? "double-double"
        : code[2] === "2"
          ? "wide-angle tail"
          : "head-tail",
}));

const codes = mirabestClasses.map((c) => c.code);

/**
 * The confident sources with a binary class (paper 8.2): FRI (codes 100, 102, 104) against FRII (200, 201).
 * Hybrids are left out; in the release these are 397 + 436 = 833.
 */
const confidentBinary: EvaluationRule = {
  by: "labels",
  classes: { FRI: confidentCodes("FRI"), FRII: confidentCodes("FRII") },
};

function confidentCodes(morphology: MiraBestClass["morphology"]): string[] {
  return mirabestClasses.filter((c) => c.confident && c.morphology === morphology).map((c) => c.code);
}

/** In another set every class stands for itself. */
function eachClass(labels: readonly string[]): EvaluationRule {
  return { by: "labels", classes: Object.fromEntries([...new Set(labels)].sort().map((l) => [l, [l]])) };
}

interface Batch {
  labels: number[];
  images: Uint8Array[];
  names: string[];
}

/**
 * MiraBest (paper 8.1) from its pickled batches, in an archive or a folder: `data_batch_1` to `_7`, then
 * `test_batch`. Images are 150 x 150 grey bytes and are held in memory (28 MB). `labels` are the three-digit
 * codes; the catalogue has the columns label, code, confident, ra, dec, redshift, size (arcsec), test, where the last
 * five come from the file name (`code_RA+DEC_z_size.png`) and the batch. The pickles are read without executing
 * anything. Batches of another set in this layout have the classes of their own `batches.meta`, images of any one side,
 * and no columns code, confident, ra, dec, redshift and size.
 */
export async function openMiraBest(
  archive: Archive,
  name: string,
  provenance: Provenance,
  options: Pick<DatasetOptions, "limit"> = {},
  { drawn }: { drawn: boolean } = { drawn: false },
): Promise<Dataset> {
  const entries = archive.entries
    .map((e) => ({ name: e.name, base: e.name.slice(e.name.lastIndexOf("/") + 1) }))
    .filter((e) => /^(data_batch_\d+|test_batch)$/.test(e.base))
    .sort((a, b) => order(a.base) - order(b.base));
  if (entries.length === 0)
    throw new Error(`${archive.path} has no data_batch_1 or test_batch: it is not a MiraBest release.`);
  const images: Uint8Array[] = [];
  const names: string[] = [];
  const labels: number[] = [];
  const test: number[] = [];
  for (const entry of entries) {
    const batch = readBatch(await archive.read(entry.name), `${archive.path}: ${entry.name}`);
    images.push(...batch.images);
    names.push(...batch.names);
    labels.push(...batch.labels);
    for (const _ of batch.labels) test.push(entry.base === "test_batch" ? 1 : 0);
  }
  const side = Math.sqrt(images[0]?.length ?? 0);
  const odd = images.findIndex((pixels) => pixels.length !== side * side);
  if (!Number.isInteger(side) || odd >= 0)
    throw new Error(
      `${archive.path}: image ${Math.max(0, odd)} is not square, or not as large as the first.`,
    );
  const classes = await batchClasses(archive, entries[0].name, codes, { labels, names: names.map(baseName) });
  const labelOf = (l: number) => classes.names?.[l] ?? String(l);
  await archive.close();
  const n = Math.min(images.length, options.limit ?? images.length);
  const all = names.map((f) => baseName(f).replace(/\.png$/i, ""));
  const ids = all.slice(0, n);
  const beyond = beyondLimit(all.slice(n), n);
  for (const list of [images, labels, test]) list.length = n;
  const fields = ids.map(fileNameFields);
  const column = (value: (i: number) => number) => Float64Array.from({ length: n }, (_, i) => value(i));
  const catalogue = new Catalogue(
    n,
    new Map([
      ["label", column((i) => labels[i])],
      ...(classes.isOwn
        ? ([
            ["code", column((i) => Number(codes[labels[i]]))],
            ["confident", column((i) => Number(mirabestClasses[labels[i]].confident))],
            ["ra", column((i) => fields[i].ra)],
            ["dec", column((i) => fields[i].dec)],
            ["redshift", column((i) => fields[i].redshift)],
            ["size", column((i) => fields[i].size)],
          ] as const)
        : []),
      ["test", column((i) => test[i])],
    ]),
  );
  return {
    name: classes.isOwn ? name : basename(archive.path),
    length: n,
    ids,
    labels: labels.map(labelOf),
    catalogue,
    sky: "radio",
    drawn,
    evaluation: classes.isOwn ? confidentBinary : eachClass(labels.map(labelOf)),
    provenance: { ...provenance, fingerprint: fingerprintOf([...ids, ...images]) },
    skipped: [...archive.skipped, ...beyond],
    async image(i) {
      if (!images[i]) throw new Error(`${name} has images 0 to ${n - 1}; there is no ${i}.`);
      return { data: images[i].slice(), width: side, height: side, channels: 1 };
    },
    close: async () => {},
  };
}

const baseName = (path: string) => path.slice(path.lastIndexOf("/") + 1);

const order = (base: string) => (base === "test_batch" ? Number.POSITIVE_INFINITY : Number(base.slice(11)));

function readBatch(bytes: Uint8Array, where: string): Batch {
  const content = unpickleEntry(bytes, where);
  const get = (key: string) => (content instanceof Map ? content.get(key) : undefined);
  const labels = get("labels");
  const names = get("filenames");
  const data = get("data");
  if (!Array.isArray(labels) || !Array.isArray(names) || !Array.isArray(data))
    throw new Error(`${where} is not a MiraBest batch: it needs labels, filenames and data.`);
  if (labels.length !== data.length || names.length !== data.length)
    throw new Error(
      `${where} has ${data.length} images, ${labels.length} labels and ${names.length} file names; they must agree.`,
    );
  const images = data.map((image, i) => {
    const pixels = image instanceof NumpyArray ? image.data : image;
    if (!(pixels instanceof Uint8Array)) throw new Error(`${where}: image ${i} is not made of bytes.`);
    return pixels;
  });
  const bad = labels.findIndex((l) => !(Number.isInteger(l) && (l as number) >= 0));
  if (bad >= 0) throw new Error(`${where}: label ${String(labels[bad])} of image ${bad} is no class number.`);
  return { labels, names: names.map(String), images };
}

/** "100_123.251+043.797_0.1281_0034.09" -> position in degrees, redshift, angular size in arcsec; NaN where absent. */
function fileNameFields(id: string): { ra: number; dec: number; redshift: number; size: number } {
  const m = /^\d{3}_([\d.]+)([+-][\d.]+)_(-?[\d.]+)_(-?[\d.]+)$/.exec(id);
  const [ra, dec, redshift, size] = m
    ? m.slice(1).map(Number)
    : [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
  return { ra, dec, redshift, size };
}

/** MiraBest by its name. */
export const mirabest: NamedDataset = {
  name: "mirabest",
  sky: "radio",
  files: "MiraBest_F_batches.tar.gz",
  source: "MiraBest (Porter & Scaife 2023), FIRST survey images",
  manifest: true,
  find: async () => findFile("MiraBest_F_batches.tar.gz"),
  async open(path, options) {
    const about = {
      source: this.source,
      url: "https://zenodo.org/records/5588282",
      licence: "CC-BY-4.0",
      path,
      fingerprint: "",
    };
    return openMiraBest(await openArchive(path), this.name, about, options);
  },
};
