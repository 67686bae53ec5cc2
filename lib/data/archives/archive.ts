import { digest } from "../../digest.js";

/** A regular file inside an archive, read by its name. */
export interface ArchiveEntry {
  readonly name: string;
  readonly size: number;
}

/** Something that is not used, and the reason why: a refused archive entry, an image that does not decode. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
  /** How many things it stands for; one when left out. */
  readonly count?: number;
}

/**
 * Files by name, straight from where they lie: a folder, a zip, a tar or a tar.gz, or one file. Nothing is ever unpacked beside
 * the archive; the one thing written is the decompressed tar of a large tar.gz, in the cache folder.
 */
export interface Archive {
  readonly path: string;
  readonly kind: "folder" | "zip" | "tar" | "file";
  readonly entries: readonly ArchiveEntry[];
  /** Entries refused with their reason: `../`, absolute names, links, bombs, unsupported compression. */
  readonly skipped: readonly Skipped[];
  /** Sixteen hex digits that change when the content does. */
  readonly fingerprint: string;
  /** How many entries' content it looked at, where not all: of the others it trusts names, sizes and times. */
  readonly sampled?: number;
  /** The bytes of one entry; rejects with a sentence that names the archive and the entry. */
  read(name: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Bounds that real astronomical archives never meet and hostile ones do. */
export interface ArchiveLimits {
  /** Most entries an archive may list. */
  maxEntries: number;
  /** Most bytes one entry may have once decompressed. */
  maxEntryBytes: number;
  /** Most bytes out per byte in, for anything that decompresses to more than `ratioFloor` bytes. */
  maxRatio: number;
  ratioFloor: number;
}

export const archiveLimits: ArchiveLimits = {
  maxEntries: 5_000_000,
  maxEntryBytes: 1024 ** 3,
  // Blank survey frames reach 200:1 (deflate itself ends near 1030:1).
  maxRatio: 250,
  ratioFloor: 64 * 1024 ** 2,
};

/** Sixteen hex digits of the SHA-256 of an archive's listing, or of anything else. */
export function fingerprintOf(parts: Iterable<string | Uint8Array>): string {
  const lines = function* () {
    for (const part of parts) yield* [part, "\n"];
  };
  return digest(lines());
}
