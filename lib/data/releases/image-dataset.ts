import { shortList } from "../../short-list.js";
import { type Archive, fingerprintOf, type Skipped } from "../archives/archive.js";
import { sampledIn } from "../archives/content-sample.js";
import type { Dataset, Provenance, Sky } from "../dataset.js";
import { type DecodeOptions, decodeImage, imageNamePattern } from "../images/decode-image.js";
import type { Catalogue } from "../tables/catalogue.js";
import type { NamedImage } from "../tables/image-names.js";
import type { EvaluationRule } from "../votes/evaluation.js";

/** One image of a dataset: which entry of which archive it is. */
export interface ImageEntry {
  id: string;
  archive: Archive;
  entry: string;
}

/** The images of some archives, in the archives' order; `keep` chooses among them by their entry name. */
export function listImages(
  archives: readonly Archive[],
  keep: (entry: string) => boolean = () => true,
): ImageEntry[] {
  const found = archives.flatMap((archive) =>
    archive.entries
      .filter((e) => imageNamePattern.test(e.name) && keep(e.name))
      .map((e) => ({ archive, entry: e.name })),
  );
  // The bare file name is the id, unless two folders share one: then the path is.
  const bare = found.map((f) => baseId(f.entry));
  const count = new Map<string, number>();
  for (const id of bare) count.set(id, (count.get(id) ?? 0) + 1);
  const taken = new Map<string, number>();
  return found.map((f, i) => {
    const id = count.get(bare[i])! > 1 ? f.entry.replace(imageNamePattern, "").normalize("NFC") : bare[i];
    const times = (taken.get(id) ?? 0) + 1;
    taken.set(id, times);
    return { ...f, id: times > 1 ? `${id}#${times}` : id };
  });
}

/** The first so many of the images, and an entry for `skipped` that counts the others. */
export function firstImages(
  sources: readonly ImageEntry[],
  limit: number | undefined,
): { sources: readonly ImageEntry[]; beyond: Skipped[] } {
  if (limit === undefined || sources.length <= limit) return { sources, beyond: [] };
  const others = sources.slice(limit).map((s) => s.id);
  return { sources: sources.slice(0, limit), beyond: beyondLimit(others, limit) };
}

/** The entry for `skipped` that counts the images beyond a limit; none where there are none. */
export function beyondLimit(others: readonly string[], limit: number): Skipped[] {
  const reason = `beyond the limit of ${limit} images`;
  return others.length ? [{ name: shortList(others), reason, count: others.length }] : [];
}

/** The images as a table may name them. */
export function namedImages(sources: readonly ImageEntry[]): NamedImage[] {
  return sources.map(({ id, archive, entry }) => ({ id, entry, archive: archive.path }));
}

/**
 * The file name without folder and image extension: "J000/J000.79-12.2.png" -> "J000.79-12.2". Letters are composed
 * (NFC), as keyboards write them; a Mac takes them apart in file names.
 */
function baseId(entry: string): string {
  return entry
    .slice(entry.lastIndexOf("/") + 1)
    .replace(imageNamePattern, "")
    .normalize("NFC");
}

/** Equal files decoded in another way are other images: caches must not take one for the other. */
function asDecoded(provenance: Provenance, decode: DecodeOptions = {}): Provenance {
  const chosen = JSON.stringify(decode);
  if (chosen === "{}") return provenance;
  return { ...provenance, fingerprint: fingerprintOf([provenance.fingerprint, chosen]) };
}

/** A dataset whose images are decoded from archive entries one by one; closing it closes the archives. */
export function imageDataset(parts: {
  name: string;
  sources: readonly ImageEntry[];
  archives: readonly Archive[];
  labels?: readonly (string | null)[] | null;
  catalogue?: Catalogue | null;
  /** Default optical. */
  sky?: Sky;
  /** Default false. */
  drawn?: boolean;
  /** Default section 5.1's cuts on the votes. */
  evaluation?: EvaluationRule;
  provenance: Provenance;
  skipped?: readonly Skipped[];
  decode?: DecodeOptions;
}): Dataset {
  const { sources, archives } = parts;
  return {
    name: parts.name,
    length: sources.length,
    ids: sources.map((s) => s.id),
    labels: parts.labels ?? null,
    catalogue: parts.catalogue ?? null,
    sky: parts.sky ?? "optical",
    drawn: parts.drawn ?? false,
    evaluation: parts.evaluation ?? { by: "votes" },
    provenance: { ...asDecoded(parts.provenance, parts.decode), sampled: sampledIn(archives) },
    skipped: [...archives.flatMap((a) => a.skipped), ...(parts.skipped ?? [])],
    async image(i) {
      const source = sources[i];
      if (!source) throw new Error(`${parts.name} has images 0 to ${sources.length - 1}; there is no ${i}.`);
      const bytes = await source.archive.read(source.entry);
      return decodeImage(bytes, parts.decode).catch((cause) => {
        throw new Error(`Image ${source.entry} of ${source.archive.path}: ${cause.message}.`, { cause });
      });
    },
    async close() {
      await Promise.all(archives.map((a) => a.close()));
    },
  };
}
