import { availableParallelism } from "node:os";
import { shortList } from "../../short-list.js";
import { fingerprintOf, type Skipped } from "../archives/archive.js";
import { sampledOf } from "../archives/content-sample.js";
import type { Dataset } from "../dataset.js";
import type { DatasetOptions } from "../dataset-options.js";
import type { PixelImage } from "../images/image.js";
import { type LuptonOptions, luptonRgb } from "../images/lupton.js";
import { stretchToBytes } from "../images/stretch.js";
import type { Catalogue } from "../tables/catalogue.js";
import { galaxyZoo2Evaluation } from "../votes/galaxy-zoo-2-columns.js";
import { bandPixel } from "./band-pixel.js";
import { type CatalogueColumns, readCatalogue } from "./catalogue.js";
import type { CutoutSize } from "./cutout-size.js";
import { cutoutWindow, isWhole } from "./cutout-window.js";
import { CutoutsAhead } from "./cutouts-ahead.js";
import { type CutoutPlace, placeSources } from "./place-sources.js";
import {
  type Bands,
  findTiles,
  openBand,
  type TilePlace,
  tilesFingerprint,
  tilesSample,
} from "./survey-tile.js";
import type { TileGrid } from "./tile-index.js";
import { TileReader } from "./tile-reader.js";

/** A survey: its tiles on disk, and a catalogue of what to cut out of them. */
export interface CutoutSurvey extends Omit<CatalogueColumns, "sizeColumn"> {
  /** The folder of the FITS tiles, or their paths. */
  images: string | readonly string[];
  /** A table with positions in degrees: CSV, parquet, FITS, VOTable. */
  catalogue: string;
  size: CutoutSize;
  /** Red, green and blue bands for a colour image, or the one band; left out, each file is one image. */
  bands?: Bands;
  /** How three bands become a colour image. */
  lupton?: LuptonOptions;
}

/** Cutouts as a dataset, in the order in which tiles are read. */
export interface CutoutDataset extends Dataset {
  /** Where each image was cut. */
  readonly places: readonly CutoutPlace[];
  /** Bytes of pixels that were read from the tiles so far. */
  readonly bytesRead: number;
}

/**
 * The sources of a catalogue as images cut out of the tiles of a survey, read by position: only the rows of a tile
 * that are needed, each once. Images come in the order of the tiles (`places[i].row` is the row of the catalogue).
 * Sources on no tile are left out, sources at an edge are padded with NaN; both are listed in `skipped`.
 *
 * One band gives floats as they are in the file, three bands a colour image by Lupton's stretch.
 */
export async function openCutouts(
  survey: CutoutSurvey,
  options: DatasetOptions = {},
): Promise<CutoutDataset> {
  const { images, size, bands } = survey;
  const { tiles, skipped } = await findTiles(images, { bands, unit: options.fitsUnit });
  const sizeColumn = typeof size === "object" ? size.column : undefined;
  const catalogue = await readCatalogue(survey.catalogue, { ...survey, sizeColumn });
  const grids = await tileGrids(tiles);
  const { places, outside } = placeSources(catalogue, grids, size);
  if (!places.length)
    throw new Error(
      `None of the ${catalogue.ids.length} sources of ${survey.catalogue} lies on one of the ${tiles.length} tiles; the first is at ra ${catalogue.ra[0]}, dec ${catalogue.dec[0]}, in degrees.`,
    );
  if (outside.length)
    skipped.push({
      name: shortList(outside.slice(0, 9).map((row) => catalogue.ids[row])),
      reason: `${outside.length} sources lie on no tile`,
    });
  const content = await tilesSample(tiles);
  const wanted = places.slice(0, options.limit);
  const chosen = catalogue.select(Int32Array.from(wanted, (p) => p.row));
  for (const reason of chosen.notes) skipped.push({ name: survey.catalogue, reason });
  return cutoutDataset(survey, tiles, wanted, {
    ...options,
    catalogue: chosen.catalogue,
    skipped,
    grids,
    content,
  });
}

/** The dataset of sources whose tiles and pixels are known already; `content` stands for what is in the tiles. */
export function cutoutDataset(
  survey: Pick<CutoutSurvey, "images" | "lupton">,
  tiles: readonly TilePlace[],
  places: readonly CutoutPlace[],
  {
    stretch,
    skipped = [],
    grids,
    content = "",
    catalogue = null,
    threads = availableParallelism(),
  }: Pick<DatasetOptions, "stretch"> & {
    skipped?: Skipped[];
    grids?: readonly TileGrid[];
    content?: string;
    catalogue?: Catalogue | null;
    threads?: number;
  } = {},
): CutoutDataset {
  const wanted = new Map<number, number>();
  for (const { tile, side } of places) wanted.set(tile, (wanted.get(tile) ?? 0) + side * side);
  const reader = new TileReader(tiles, (tile) => wanted.get(tile) ?? 0);
  const ahead = new CutoutsAhead(tiles, places, { lupton: survey.lupton, wanted, threads });
  const cut = grids ? places.filter((p) => overEdge(p, grids[p.tile])) : [];
  if (cut.length)
    skipped.push({
      name: shortList(cut.map((p) => p.id)),
      reason: `${cut.length} cutouts reach beyond their tile: they are kept, padded with no value`,
    });
  const path = typeof survey.images === "string" ? survey.images : survey.images[0];
  return {
    name: `cutouts of ${path.split(/[\\/]/).filter(Boolean).at(-1)}`,
    length: places.length,
    ids: places.map((p) => p.id),
    labels: null,
    catalogue,
    sky: "optical",
    drawn: false,
    evaluation: galaxyZoo2Evaluation(catalogue) ?? { by: "votes" },
    provenance: {
      source: `${places.length} cutouts of ${tiles.length} tiles`,
      path,
      fingerprint: fingerprintOf([
        tilesFingerprint(tiles),
        content,
        JSON.stringify([survey.lupton ?? null, stretch ?? null]),
        ...places.map((p) => `${p.id}\0${p.tile}\0${p.x}\0${p.y}\0${p.side}`),
      ]),
      sampled: sampledOf(tiles.reduce((files, { bands }) => files + bands.length, 0)),
    },
    skipped,
    places,
    get bytesRead() {
      return reader.bytesRead + ahead.bytesRead;
    },
    async image(i) {
      const place = places[i];
      if (!place) throw new Error(`There are cutouts 0 to ${places.length - 1}; there is no ${i}.`);
      const image = (await ahead.image(i)) ?? (await cutoutImage(reader, place, survey.lupton));
      return stretch === undefined ? image : stretchToBytes(image, stretch);
    },
    close() {
      ahead.close();
      return reader.close();
    },
  };
}

/** Width, height and coordinates of every tile, in its first band. */
export async function tileGrids(tiles: readonly TilePlace[]): Promise<TileGrid[]> {
  const grids: TileGrid[] = [];
  for (const { bands } of tiles) {
    const { wcs, width, height, close } = await openBand(bands[0]);
    await close();
    grids.push({ wcs, width, height });
  }
  return grids;
}

/** One cutout by itself. */
async function cutoutImage(
  reader: TileReader,
  place: CutoutPlace,
  lupton: LuptonOptions | undefined,
): Promise<PixelImage> {
  const { tile, side } = place;
  const bands = await reader.bands(tile);
  const parts = await Promise.all(
    bands.map((_, b) => reader.cut(tile, b, ...bandPixel(bands, b, place), side)),
  );
  if (parts.length === 3) {
    const [r, g, b] = parts;
    return luptonRgb([r, g, b], side, side, lupton);
  }
  return { data: parts[0], width: side, height: side, channels: 1 };
}

function overEdge(place: CutoutPlace, grid: TileGrid): boolean {
  return !isWhole(cutoutWindow(place.x, place.y, place.side, grid));
}
