import { readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import sharp from "sharp";
import { atomicWrite } from "../../files/atomic-write.js";
import { inParallel } from "../../files/in-parallel.js";
import { plainName } from "../../files/plain-name.js";
import { fingerprintOf } from "../archives/archive.js";
import type { Dataset } from "../dataset.js";
import { stretchToBytes } from "./stretch.js";

/**
 * Writes the images at `rows` as PNG files named by id into `folder`, and returns their paths. Two images never get one
 * file: where ids differ only by what a file name cannot have or does not tell apart (capitals, on Macs and Windows),
 * or a file of that name holds another picture, a digest of the id is added. A second call writes the same files.
 *
 * With `fresh`, what an earlier fresh call wrote there and this one does not goes, so that the folder holds these images
 * and whatever somebody else put there: that is never touched.
 */
export async function saveImages(
  dataset: Dataset,
  rows: ArrayLike<number>,
  folder: string,
  { fresh = false }: { fresh?: boolean } = {},
): Promise<string[]> {
  const list = join(dirname(folder), `.${basename(folder)}-saved.json`);
  const earlier = fresh ? await readList(list) : [];
  const times = new Map<string, number>();
  for (const id of dataset.ids) {
    const name = plainName(id).toLowerCase();
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  const chosen = Array.from(rows);
  const paths = new Array<string>(chosen.length);
  await inParallel(chosen.length, 8, async (k) => {
    const row = chosen[k];
    const { data, width, height, channels } = stretchToBytes(await dataset.image(row));
    const raw = { width, height, channels: channels as 1 | 3 };
    const png = await sharp(data as Uint8Array, { raw })
      .png()
      .toBuffer();
    const id = dataset.ids[row];
    const name = plainName(id);
    const own = `${name}-${fingerprintOf([dataset.provenance.fingerprint, id, String(row)]).slice(0, 8)}`;
    const isTaken = async (path: string) => {
      if (earlier.includes(basename(path))) return false;
      const there = await readFile(path).catch(() => null);
      return there !== null && !there.equals(png);
    };
    const alone = times.get(name.toLowerCase()) === 1 && !(await isTaken(join(folder, `${name}.png`)));
    paths[k] = join(folder, `${alone ? name : own}.png`);
    await atomicWrite(paths[k], png);
  });
  if (fresh) {
    const written = paths.map((path) => basename(path));
    for (const name of earlier) if (!written.includes(name)) await rm(join(folder, name), { force: true });
    await atomicWrite(list, `${JSON.stringify(written)}\n`);
  }
  return paths;
}

/** The names that an earlier call wrote; none where there is no list of it, or none that can be trusted. */
async function readList(path: string): Promise<string[]> {
  try {
    const names: unknown = JSON.parse(await readFile(path, "utf8"));
    return Array.isArray(names)
      ? names.filter((n): n is string => typeof n === "string" && n === basename(n) && n.endsWith(".png"))
      : [];
  } catch {
    return [];
  }
}
