import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { paths } from "../../files/paths.js";
import { withLock } from "../../files/with-lock.js";
import { writeError } from "../../files/write-error.js";
import type { OnProgress } from "../../progress-event.js";
import { Random } from "../../random.js";
import { Wcs } from "../cutouts/wcs.js";
import type { FitsValue } from "../images/fits/header.js";
import { writeFits } from "../images/fits/write-fits.js";
import { bandNoise, cameraPixel } from "./camera.js";
import { FluxCanvas } from "./flux-canvas.js";
import type { Galaxy } from "./galaxy.js";
import { drawGalaxy } from "./galaxy-population.js";
import { iauName } from "./iau-name.js";
import { writeMockTable } from "./mock-tables.js";
import { PETROSIAN_SHORTFALL, paintGalaxy } from "./render-galaxy.js";
import { blurBySeeing } from "./seeing.js";

const RECIPE = 2;
/** Pixels by which neighbouring tiles overlap: about a cutout, where tiles are large enough. */
const overlap = (tileSize: number) => Math.min(160, tileSize / 4);
/** The bands as files name them, red, green and blue as they are shown. */
const mockBands = ["z", "r", "g"] as const;
/** The middle of the field, degrees. */
const FIELD = { ra: 150.1, dec: 2.2 };

export interface MockTilesOptions {
  /** Tiles along right ascension and declination. */
  columns?: number;
  rows?: number;
  /** Pixels on a side of a tile. */
  tileSize?: number;
  /** Galaxies in the catalogue, spread over the field. */
  sources: number;
  seed?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** What `mockTiles` wrote. */
export interface MockTiles {
  /** The folder of the FITS files, one for each tile and band: "tile-1-0-r.fits". */
  images: string;
  /** Parquet with id, ra, dec (degrees) and radius (half-light, arcsec). */
  catalogue: string;
  /** Parquet with id and class, which no survey would know. */
  truth: string;
}

/**
 * A mock survey as astronomers have theirs: overlapping FITS tiles in three bands with their coordinates (TAN with SIP
 * distortion, each tile turned a little), and a catalogue of positions. Galaxies are those of the mock survey; fluxes
 * are in units of the sky noise. It lies in the cache, is drawn tile after tile, and is made once.
 */
export async function mockTiles(options: MockTilesOptions): Promise<MockTiles> {
  const field = settled(options);
  const { columns, rows, tileSize, sources, seed, signal } = field;
  if (!(Number.isInteger(sources) && sources >= 1))
    throw new Error(`sources: ${sources} is not a number of galaxies.`);
  const folder = paths.cache(`mock-tiles-${columns}x${rows}-${tileSize}px-${sources}-seed${seed}-r${RECIPE}`);
  const made: MockTiles = {
    images: join(folder, "tiles"),
    catalogue: join(folder, "catalogue.parquet"),
    truth: join(folder, "truth.parquet"),
  };
  if (!existsSync(folder))
    await withLock(
      folder,
      async () => {
        if (!existsSync(folder)) await writeTiles(folder, field);
      },
      { signal },
    );
  return made;
}

type Field = ReturnType<typeof settled>;

/** The options with what they leave out. */
const settled = ({ columns = 2, rows = 2, tileSize = 1024, seed = 1, ...others }: MockTilesOptions) => ({
  ...{ columns, rows, tileSize, seed },
  ...others,
});

async function writeTiles(folder: string, field: Field): Promise<void> {
  const { columns, rows, tileSize, sources, seed, onProgress, signal } = field;
  const partial = `${folder}.partial`;
  const galaxies = Array.from({ length: sources }, (_, i) => placedGalaxy(i, field));
  const tiles = Array.from({ length: columns * rows }, (_, t) => ({
    column: t % columns,
    row: Math.floor(t / columns),
  }));
  for (const [t, { column, row }] of tiles.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ done: t, total: tiles.length, note: `tile ${column}-${row}` });
    const cards = tileHeader(column, row, field);
    const bands = drawTile(
      new Wcs(new Map(cards)),
      tileSize,
      galaxies,
      new Random(seed).fork(`tile ${column} ${row}`),
    );
    for (const [b, name] of mockBands.entries())
      await writeFits(
        join(partial, "tiles", `tile-${column}-${row}-${name}.fits`),
        { data: bands[b], width: tileSize, height: tileSize },
        [...cards, ["FILTER", name], ["BUNIT", "sky sigma"]],
      );
    await new Promise((resume) => setImmediate(resume));
  }
  const column = (name: string, of: (g: PlacedGalaxy) => number) => ({
    name,
    data: Float64Array.from(galaxies, of),
    type: "DOUBLE" as const,
  });
  const id = { name: "id", data: galaxies.map((g) => g.id), type: "STRING" as const };
  await writeMockTable(join(partial, "catalogue.parquet"), [
    id,
    column("ra", (g) => g.ra),
    column("dec", (g) => g.dec),
    column("radius", (g) => PETROSIAN_SHORTFALL * g.galaxy.radius * g.galaxy.catalogueSize),
  ]);
  const kinds = { name: "class", data: galaxies.map((g) => g.galaxy.kind), type: "STRING" as const };
  await writeMockTable(join(partial, "truth.parquet"), [id, kinds]);
  await rename(partial, folder).catch((error) => {
    throw writeError(folder, error);
  });
  onProgress?.({ done: tiles.length, total: tiles.length });
}

interface PlacedGalaxy {
  id: string;
  ra: number;
  dec: number;
  galaxy: Galaxy;
}

function placedGalaxy(i: number, { columns, rows, tileSize, seed }: Field): PlacedGalaxy {
  const random = new Random(seed).fork(`place ${i}`);
  const step = ((tileSize - overlap(tileSize)) * cameraPixel) / 3600;
  // A margin of a few arcseconds, so that some lie at the very edge.
  const half = (count: number) => ((count * step) / 2) * 0.99;
  const dec = FIELD.dec + random.uniform(-half(rows), half(rows));
  const ra = FIELD.ra + random.uniform(-half(columns), half(columns)) / Math.cos((FIELD.dec * Math.PI) / 180);
  const galaxy = { ...drawGalaxy(seed, i), artefact: null };
  return { id: iauName({ ra, dec }), ra, dec, galaxy };
}

/** TAN-SIP coordinates; every tile is turned by its own few degrees. */
export function tileHeader(
  column: number,
  row: number,
  { columns, rows, tileSize }: Pick<Field, "columns" | "rows" | "tileSize">,
): [string, FitsValue][] {
  const step = ((tileSize - overlap(tileSize)) * cameraPixel) / 3600;
  const angle = (((7 * column + 11 * row) % 9) - 4) * 0.25 * (Math.PI / 180);
  const scale = cameraPixel / 3600;
  const bend = 0.8 / (tileSize / 2) ** 2;
  return [
    ["CTYPE1", "RA---TAN-SIP"],
    ["CTYPE2", "DEC--TAN-SIP"],
    ["CUNIT1", "deg"],
    ["CUNIT2", "deg"],
    // East is to the left: the first column of tiles has the largest right ascension.
    ["CRVAL1", FIELD.ra + (((columns - 1) / 2 - column) * step) / Math.cos((FIELD.dec * Math.PI) / 180)],
    ["CRVAL2", FIELD.dec + (row - (rows - 1) / 2) * step],
    ["CRPIX1", (tileSize + 1) / 2],
    ["CRPIX2", (tileSize + 1) / 2],
    ["CD1_1", -scale * Math.cos(angle)],
    ["CD1_2", scale * Math.sin(angle)],
    ["CD2_1", scale * Math.sin(angle)],
    ["CD2_2", scale * Math.cos(angle)],
    ["A_ORDER", 2],
    ["B_ORDER", 2],
    ["A_2_0", bend],
    ["A_1_1", -0.5 * bend],
    ["B_0_2", bend],
    ["B_1_1", 0.3 * bend],
    ["RADESYS", "ICRS"],
  ];
}

function drawTile(wcs: Wcs, size: number, galaxies: readonly PlacedGalaxy[], random: Random): Float32Array[] {
  const bands = mockBands.map((_, b) =>
    Float32Array.from({ length: size * size }, () => random.normal(0, bandNoise[b])),
  );
  for (const { ra, dec, galaxy } of galaxies) {
    const pixel = wcs.toPixel(ra, dec);
    if (!pixel) continue;
    const extent =
      galaxy.kind === "merger" ? 1 + 0.5 * galaxy.separation : galaxy.kind === "ring" ? galaxy.ringRadius : 1;
    const side = Math.min(320, 2 * Math.ceil((5 * galaxy.radius * extent) / cameraPixel) + 16);
    // The canvas has its centre between two pixels; half a pixel of rounding is less than a catalogue's own.
    const [left, bottom] = [Math.round(pixel[0] + 0.5) - side / 2, Math.round(pixel[1] + 0.5) - side / 2];
    if (left + side <= 0 || bottom + side <= 0 || left >= size || bottom >= size) continue;
    const canvas = new FluxCanvas(side, cameraPixel);
    paintGalaxy(canvas, galaxy, new Random(galaxy.seed).fork("galaxy"));
    blurBySeeing(canvas, galaxy.psf);
    for (let j = 0; j < side; j++) {
      const y = bottom + side - 1 - j;
      if (y < 0 || y >= size) continue;
      const [from, to] = [Math.max(0, -left), Math.min(side, size - left)];
      for (let b = 0; b < 3; b++)
        for (let i = from; i < to; i++) bands[b][y * size + left + i] += canvas.bands[b][j * side + i];
    }
  }
  return bands;
}
