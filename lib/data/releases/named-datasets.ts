import { existsSync } from "node:fs";
import { join } from "node:path";
import { paths } from "../../files/paths.js";
import { openArchive } from "../archives/open-archive.js";
import type { Dataset } from "../dataset.js";
import type { DatasetOptions } from "../dataset-options.js";
import { mockSizes } from "../mock/mock-sizes.js";
import { decalsExampleLabel } from "./decals-examples.js";
import { reshapeEfigi } from "./efigi.js";
import { findGalaxyZoo2, openGalaxyZoo2 } from "./galaxy-zoo-2.js";
import { isGalaxyZooDecals, openGalaxyZooDecals } from "./galaxy-zoo-decals.js";
import { openImageFolder } from "./image-folder.js";
import { openMiraBest } from "./mirabest.js";

export interface NamedDataset {
  /** The file or layout looked for, in words. */
  files: string;
  /** What to cite. */
  source: string;
  /** True when `npm run data -- NAME` can fetch it. */
  manifest: boolean;
  /** Where it lies, or null. */
  find(): Promise<string | null>;
  open(path: string, options: DatasetOptions): Promise<Dataset>;
}

/** The first of the archive folders that has `file`. */
function findFile(file: string): string | null {
  return (
    paths
      .archives()
      .map((folder) => join(folder, file))
      .find((path) => existsSync(path)) ?? null
  );
}

/** A release that is one zip of images. */
function oneZip(
  name: string,
  file: string,
  about: { source: string; url?: string; licence?: string },
  special: Parameters<typeof openImageFolder>[4] = {},
): [string, NamedDataset] {
  return [
    name,
    {
      files: file,
      source: about.source,
      manifest: false,
      find: async () => findFile(file),
      async open(path, options) {
        const archive = await openArchive(path);
        return openImageFolder(
          archive,
          name,
          { ...about, path, fingerprint: archive.fingerprint },
          options,
          special,
        );
      },
    },
  ];
}

const mirabestSource = "MiraBest (Porter & Scaife 2023), FIRST survey images";

/** Every dataset that can be opened by name. */
export const namedDatasets: ReadonlyMap<string, NamedDataset> = new Map<string, NamedDataset>([
  [
    "mock",
    {
      files: "made on first use",
      source: "the mock survey of this project",
      manifest: false,
      // Imported on use: the survey's makers are a large part of the library.
      find: async () => "mock",
      async open(_, options) {
        const { mockSurvey } = await import("../mock/mock-survey.js");
        return openGalaxyZooDecals(
          await mockSurvey({ size: mockSizes.optical.quick, ...options.mock }),
          "mock",
          options,
        );
      },
    },
  ],
  [
    "mock-radio",
    {
      files: "made on first use",
      source: "the mock radio set of this project",
      manifest: false,
      find: async () => "mock-radio",
      async open(_, options) {
        const { mockRadio } = await import("../mock/mock-radio.js");
        const archive = await openArchive(await mockRadio({ size: mockSizes.radio.quick, ...options.mock }));
        const about = { source: "the mock radio set of this project", path: archive.path, fingerprint: "" };
        return openMiraBest(archive, "mock-radio", about, options);
      },
    },
  ],
  [
    "mirabest",
    {
      files: "MiraBest_F_batches.tar.gz",
      source: mirabestSource,
      manifest: true,
      find: async () => findFile("MiraBest_F_batches.tar.gz"),
      async open(path, options) {
        const about = {
          source: mirabestSource,
          url: "https://zenodo.org/records/5588282",
          licence: "CC-BY-4.0",
          path,
          fingerprint: "",
        };
        return openMiraBest(await openArchive(path), "mirabest", about, options);
      },
    },
  ],
  [
    "galaxy-zoo-decals",
    {
      files: "gz_decals_volunteers_1_and_2.parquet and gz_decals_dr5_png_part1.zip to part4.zip",
      source: "Galaxy Zoo DECaLS (Walmsley et al. 2022)",
      manifest: true,
      find: async () =>
        paths
          .archives()
          .flatMap((folder) => [folder, join(folder, "galaxy-zoo-decals")])
          .find(isGalaxyZooDecals) ?? null,
      open: (path, options) => openGalaxyZooDecals(path, "galaxy-zoo-decals", options),
    },
  ],
  [
    "galaxy-zoo-2",
    {
      files: "images_gz2.zip, gz2_filename_mapping.csv and gz2_hart16.csv.gz, or galaxy-zoo-2-sample.zip",
      source: "Galaxy Zoo 2 (Willett et al. 2013; Hart et al. 2016), SDSS images",
      manifest: true,
      find: async () => findGalaxyZoo2(paths.archives()),
      open: openGalaxyZoo2,
    },
  ],
  oneZip(
    "efigi",
    "efigi.zip",
    { source: "EFIGI (Baillard et al. 2011, A&A 532, A74)", url: "http://efigi.org" },
    { reshape: reshapeEfigi },
  ),
  oneZip(
    "decals-examples",
    "decals-examples.zip",
    { source: "Galaxy Zoo DECaLS examples of the Zooniverse field guide", licence: "Apache-2.0" },
    { label: decalsExampleLabel },
  ),
  oneZip("sdss-cutouts", "sdss-cutouts.zip", { source: "SDSS cutouts" }),
  oneZip(
    "radio-galaxy-dataset",
    "radio-galaxy-dataset.zip",
    { source: "Radio Galaxy Dataset (Griese et al. 2023), FIRST survey images", licence: "MIT" },
    // Every image is there twice, under all/ and under its split.
    { keep: (entry) => entry.includes("/all/") },
  ),
]);
