import { existsSync } from "node:fs";
import { join } from "node:path";
import { paths } from "../../files/paths.js";
import { openArchive } from "../archives/open-archive.js";
import type { Dataset, Sky } from "../dataset.js";
import type { DatasetOptions } from "../dataset-options.js";
import { type FolderRelease, openImageFolder } from "./image-folder.js";

/** A dataset that can be opened by its name. */
export interface NamedDataset {
  name: string;
  sky: Sky;
  /** Drawn by this project. */
  drawn?: boolean;
  /** The file or layout looked for, in words. */
  files: string;
  /** What to cite. */
  source: string;
  /** True when it can be fetched (`howToFetch`). */
  manifest: boolean;
  /** Where it lies, or null. */
  find(): Promise<string | null>;
  open(path: string, options: DatasetOptions): Promise<Dataset>;
}

/** The first of the archive folders that has `file`. */
export function findFile(file: string): string | null {
  return (
    paths
      .archives()
      .map((folder) => join(folder, file))
      .find((path) => existsSync(path)) ?? null
  );
}

/** A release that is one zip of images. */
export function oneZip(
  about: { name: string; file: string; source: string; url?: string; licence?: string },
  special: FolderRelease = {},
): NamedDataset {
  const { name, file, ...provenance } = about;
  return {
    name,
    sky: special.sky ?? "optical",
    files: file,
    source: about.source,
    manifest: false,
    find: async () => findFile(file),
    async open(path, options) {
      const archive = await openArchive(path);
      const { fingerprint } = archive;
      return openImageFolder(archive, name, { ...provenance, path, fingerprint }, options, special);
    },
  };
}
