import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { linkedAbort } from "../../files/linked-abort.js";
import { packageRoot } from "../../package-root.js";
import { fetchFollowing } from "./fetch-following.js";

/** A file of a release: where to get it and how to know it is whole. */
export interface ManifestFile {
  name: string;
  urls: string[];
  bytes?: number;
  /** Lower-case hex; a SHA-256 may be given by its first digits, as torchvision does in its file names. */
  md5?: string;
  sha256?: string;
}

/** One `data/NAME.json`. */
export interface Manifest {
  name: string;
  source: string;
  page: string;
  licence: string;
  /** Zenodo's description of the record, asked for sizes and MD5 sums that the manifest does not state. */
  record?: string;
  /** Subfolder of the downloads; none for a release of one file. */
  folder?: string;
  note?: string;
  files: ManifestFile[];
}

/** The manifests of the package's `data/`, by name. */
export async function readManifests(): Promise<Map<string, Manifest>> {
  const folder = packageRoot("data");
  const names = (await readdir(folder)).filter((f) => f.endsWith(".json")).sort();
  const manifests = new Map<string, Manifest>();
  for (const name of names) {
    const content = JSON.parse(await readFile(join(folder, name), "utf8"));
    if (Array.isArray(content.files)) manifests.set(content.name, content);
  }
  return manifests;
}

/** The manifest of `name`; fails with the names there are. */
export async function readManifest(name: string): Promise<Manifest> {
  const manifests = await readManifests();
  const manifest = manifests.get(name);
  if (manifest) return manifest;
  throw new Error(
    `There is nothing to download called "${name}"; there is ${[...manifests.keys()].join(", ")}.`,
  );
}

/** Sizes and MD5 sums from the record's own description, for the files that state none; best effort. */
export async function completeFromRecord(manifest: Manifest, signal?: AbortSignal): Promise<ManifestFile[]> {
  const incomplete = manifest.files.some((f) => f.bytes === undefined || !(f.md5 || f.sha256));
  if (!manifest.record || !incomplete) return manifest.files;
  const { controller, unlink } = linkedAbort(signal);
  const timer = setTimeout(() => controller.abort(), 20_000);
  try {
    const reply = await fetchFollowing(manifest.record, { signal: controller.signal });
    if (!reply.ok) return manifest.files;
    const record = (await reply.json()) as { files?: { key?: string; size?: number; checksum?: string }[] };
    return manifest.files.map((file) => {
      const known = record.files?.find((f) => f.key === file.name);
      const md5 = /^md5:([0-9a-f]{32})$/.exec(known?.checksum ?? "")?.[1];
      // What the manifest states was verified when it was written and wins.
      return { ...(known?.size && { bytes: known.size }), ...(md5 && { md5 }), ...file };
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    return manifest.files; // offline or changed: the download itself will say so
  } finally {
    clearTimeout(timer);
    unlink();
  }
}
