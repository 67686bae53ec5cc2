import type { Archive } from "../archives/archive.js";
import { numpyGlobals } from "../pickle/numpy-pickle.js";
import { unpickle } from "../pickle/pickle.js";

/** What the class numbers of pickled batches stand for. */
export interface BatchClasses {
  /** Whether they are those of the release that has `codes`. */
  isOwn: boolean;
  /** The name of each; null where nothing says it. */
  names: readonly string[] | null;
}

/**
 * The classes of batches in the layout of MiraBest (and of CIFAR before it), in which other sets come too: the
 * `label_names` of `batches.meta` beside the batch. Without that file they are the release's own `codes` if each
 * image's name begins with the code of its class, else numbers without a name.
 */
export async function batchClasses(
  archive: Archive,
  batch: string,
  codes: readonly string[],
  images: { labels: readonly number[]; names: readonly string[] },
): Promise<BatchClasses> {
  const names = await labelNames(archive, batch);
  const isCoded = images.names.every((name, i) => name.startsWith(`${codes[images.labels[i]]}_`));
  const isOwn = names ? names.join() === codes.join() : isCoded;
  const known = isOwn ? codes : names;
  const bad = known ? images.labels.findIndex((l) => l >= known.length) : -1;
  if (bad >= 0)
    throw new Error(
      `${archive.path}: label ${images.labels[bad]} of image ${bad} is not 0 to ${known!.length - 1}.`,
    );
  return { isOwn, names: known };
}

async function labelNames(archive: Archive, batch: string): Promise<string[] | null> {
  const name = `${batch.slice(0, batch.lastIndexOf("/") + 1)}batches.meta`;
  if (!archive.entries.some((e) => e.name === name)) return null;
  const meta = unpickleEntry(await archive.read(name), `${archive.path}: ${name}`);
  const names = meta instanceof Map ? meta.get("label_names") : undefined;
  if (!Array.isArray(names) || names.some((n) => typeof n !== "string"))
    throw new Error(`${archive.path}: ${name} names no classes: it needs label_names, a list of words.`);
  return names;
}

/** What a pickle holds, read without executing anything; `where` is named in errors. */
export function unpickleEntry(bytes: Uint8Array, where: string): unknown {
  try {
    return unpickle(bytes, { allow: numpyGlobals, name: where });
  } catch (cause) {
    throw new Error(`${where} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
