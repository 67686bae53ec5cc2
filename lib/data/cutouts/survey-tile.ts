import { existsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ByteSource } from "../../files/byte-source.js";
import { inParallel } from "../../files/in-parallel.js";
import { type KeptFile, openKeptFile } from "../../files/kept-file.js";
import { throwIfPassing } from "../../files/passing-error.js";
import type { Skipped } from "../archives/archive.js";
import { fingerprintOf } from "../archives/archive.js";
import { sampleOfFiles } from "../archives/content-sample.js";
import { chooseUnit } from "../images/fits/choose-unit.js";
import { companionFiles, whyCompanion } from "../images/fits/companions.js";
import { type FitsImage, fitsImage } from "../images/fits/fits-image.js";
import { type FitsUnit, fitsUnits } from "../images/fits/units.js";
import { Wcs } from "./wcs.js";

/** Red, green and blue, or one band; each a word of the file names ("i" in "tile7-i.fits") or an EXTNAME. */
export type Bands = readonly [string] | readonly [string, string, string];

/** Where one band of a tile lies. */
export interface BandPlace {
  path: string;
  /** Bytes of the file: another file under the same name is noticed. */
  bytes: number;
  /** Index of the unit in the file. */
  unit: number;
}

/** A part of the survey: one image, or three of the same place. */
export interface TilePlace {
  name: string;
  bands: BandPlace[];
}

/** One band of an opened tile. */
export interface TileBand {
  file: KeptFile;
  source: ByteSource;
  image: FitsImage;
  wcs: Wcs;
  width: number;
  height: number;
  close(): Promise<void>;
}

/** A tile that is gone, or not the one that was found: no fault of a single source, so no reason to leave one out. */
export class TileError extends Error {}

const fitsName = /\.(fits?|fts)(\.fz)?$/i;

/**
 * The tiles of a survey: the FITS files of a folder (and of those below), or those listed. With three bands, files
 * that differ in the word of the band alone belong together; where the bands are units of one file, each file is a
 * tile. A tile that lacks a band or cannot be read is listed with the reason, as are a folder's weight maps and masks
 * (`companionFiles`).
 */
export async function findTiles(
  images: string | readonly string[],
  options: { bands?: Bands; unit?: number | string } = {},
): Promise<{ tiles: TilePlace[]; skipped: Skipped[] }> {
  const all = typeof images === "string" ? await fitsFiles(images) : images;
  // Who lists files means them all.
  const companions = typeof images === "string" ? companionFiles(all) : new Map<string, string>();
  const paths = all.filter((path) => !companions.has(path));
  if (!paths.length)
    throw new Error(
      `There is no FITS file (.fits, .fit, .fts, .fits.fz) in ${images}; give the folder of the tiles.`,
    );
  const skipped: Skipped[] = [...companions].map(([name, picture]) => ({
    name,
    reason: whyCompanion(picture),
  }));
  const found = new Map<string, (BandPlace | undefined)[]>();
  const bands = options.bands ?? ["" as const];
  const perFile = new Array<{ name: string; band: number; place: BandPlace }[]>(paths.length);
  await inParallel(paths.length, 8, async (p) => {
    try {
      perFile[p] = await bandsOf(paths[p], bands, options.unit);
    } catch (error) {
      throwIfPassing(error);
      perFile[p] = [];
      skipped.push({ name: paths[p], reason: (error as Error).message });
    }
  });
  for (const { name, band, place } of perFile.flat()) {
    const tile = found.get(name) ?? new Array(bands.length).fill(undefined);
    if (tile[band])
      throw new Error(
        `${tile[band].path} and ${place.path} are both tile ${name}${bands[band] && ` in band ${bands[band]}`}; keep one of them.`,
      );
    tile[band] = place;
    found.set(name, tile);
  }
  const tiles: TilePlace[] = [];
  for (const [name, places] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const missing = bands.filter((_, b) => !places[b]);
    if (missing.length) skipped.push({ name, reason: `it has no band ${missing.join(", ")}` });
    else tiles.push({ name, bands: places as BandPlace[] });
  }
  skipped.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (!tiles.length)
    throw new Error(
      `None of the ${paths.length} FITS files can be used; the first is ${skipped[0]?.name ?? paths[0]}: ${skipped[0]?.reason ?? `it belongs to none of the bands ${bands.join(", ")}`}.`,
    );
  return { tiles, skipped };
}

/** Which tile and bands a file holds. */
async function bandsOf(path: string, bands: readonly string[], unit?: number | string) {
  const file = await openKeptFile(path);
  try {
    const units = await fitsUnits(fileSource(file));
    const place = (wanted?: number | string): BandPlace => ({
      path,
      bytes: file.size,
      unit: tileImage(units, wanted).unit.index,
    });
    const stem = basename(path).replace(fitsName, "");
    if (bands.length === 1 && bands[0] === "") return [{ name: stem, band: 0, place: place(unit) }];
    const inside = bands.map((band) =>
      units.find((u) => String(u.header.get("EXTNAME") ?? "").toLowerCase() === band.toLowerCase()),
    );
    if (inside.every(Boolean)) return inside.map((u, band) => ({ name: stem, band, place: place(u!.index) }));
    const words = stem.split(/[^A-Za-z0-9]+/);
    const band = bands.findIndex((b) => words.includes(b));
    if (band < 0) return [];
    const name = stem
      .split(/([^A-Za-z0-9]+)/)
      .filter((word) => word !== bands[band])
      .join("")
      .replace(/[^A-Za-z0-9]+$/, "");
    return [{ name, band, place: place(unit) }];
  } finally {
    await file.close();
  }
}

/** The one plane of a tile's unit: a cube is refused, since which of its planes is meant is nowhere said. */
function tileImage(units: readonly FitsUnit[], unit?: number | string): FitsImage {
  const image = fitsImage(chooseUnit(units, unit));
  if (image.axes.slice(2).some((n) => n !== 1))
    throw new Error(
      `its image has axes ${image.axes.join(" x ")} where a tile has two; save its planes as files of their own and name up to three with bands`,
    );
  return image;
}

/** Opens one band of a tile; fails with a sentence if the file is not the one that was found. */
export async function openBand({ path, bytes, unit }: BandPlace): Promise<TileBand> {
  const file = await openKeptFile(path).catch((cause) => {
    throw new TileError(`The tile ${path} cannot be opened: ${cause.message}.`, { cause });
  });
  try {
    if (file.size !== bytes)
      throw new Error(`it has ${file.size} bytes now and had ${bytes}: the survey changed; plan it again`);
    const source = fileSource(file);
    const units = await fitsUnits(source);
    const image = tileImage(units, unit);
    // What lies in an extension may leave its coordinates to the primary header.
    const header = units[unit].header.has("CTYPE1") ? units[unit].header : units[0].header;
    const [width, height] = image.axes;
    return { file, source, image, wcs: new Wcs(header), width, height, close: () => file.close() };
  } catch (cause) {
    await file.close();
    throw new TileError(`The tile ${path} cannot be used: ${(cause as Error).message}.`, { cause });
  }
}

/** Sixteen digits that stand for the tiles wherever they lie: their names, units and bytes. */
export function tilesNames(tiles: readonly TilePlace[]): string {
  return fingerprintOf(
    tiles.flatMap(({ name, bands }) => bands.map(({ bytes, unit }) => `${name}\0${unit}\0${bytes}`)),
  );
}

/** Sixteen digits that stand for the tiles: their names and places, and the bytes and times of their files. */
export function tilesFingerprint(tiles: readonly TilePlace[]): string {
  return fingerprintOf(
    tiles.flatMap(({ name, bands }) =>
      bands.map(({ path, bytes, unit }) => `${name}\0${path}\0${unit}\0${bytes}\0${statSync(path).mtimeMs}`),
    ),
  );
}

/** Sixteen digits that change when the tiles' pixels do, though their bytes and times stay (`contentSample`). */
export function tilesSample(tiles: readonly TilePlace[]): Promise<string> {
  return sampleOfFiles(tiles.flatMap(({ bands }) => bands.map(({ path, bytes }) => ({ path, size: bytes }))));
}

async function fitsFiles(folder: string): Promise<string[]> {
  if (!existsSync(folder))
    throw new Error(`There is no folder ${folder}; give the one that holds the tiles.`);
  if (statSync(folder).isFile()) return [folder];
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => fitsName.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function fileSource(file: KeptFile): ByteSource {
  return {
    size: file.size,
    async read(at, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, file.size - at)));
      return (await file.read(bytes, at)) ? bytes : new Uint8Array(0);
    },
  };
}
