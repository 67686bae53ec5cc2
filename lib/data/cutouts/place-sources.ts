import type { SourceCatalogue } from "./catalogue.js";
import { type CutoutSize, cutoutSides } from "./cutout-size.js";
import { type TileGrid, TileIndex } from "./tile-index.js";

/** A source to be cut out. */
export interface CutoutPlace {
  id: string;
  ra: number;
  dec: number;
  /** Index among the tiles. */
  tile: number;
  /** Its pixel in the tile's first band, counted from 0, rows from the bottom. */
  x: number;
  y: number;
  /** Pixels. */
  side: number;
  /** Row of the catalogue. */
  row: number;
}

/**
 * Finds the tile and pixel of every source. The order is that in which tiles are best read: tile after tile, each from
 * its bottom row to its top, whatever the order of the catalogue (`row` says which is which); so one pass over a tile
 * serves all its sources. `outside` are the rows that lie on no tile.
 */
export function placeSources(
  catalogue: SourceCatalogue,
  grids: readonly TileGrid[],
  size: CutoutSize,
): { places: CutoutPlace[]; outside: number[] } {
  const index = new TileIndex(grids);
  const sideOf = cutoutSides(size, catalogue);
  const places: CutoutPlace[] = [];
  const outside: number[] = [];
  const { ids, ra, dec } = catalogue;
  for (let row = 0; row < ids.length; row++) {
    const place = index.find(ra[row], dec[row]);
    if (!place) outside.push(row);
    else
      places.push({
        id: ids[row],
        ra: ra[row],
        dec: dec[row],
        ...place,
        side: sideOf(row, grids[place.tile].wcs.pixelScale),
        row,
      });
  }
  places.sort((a, b) => a.tile - b.tile || a.y - b.y || a.row - b.row);
  return { places, outside };
}
