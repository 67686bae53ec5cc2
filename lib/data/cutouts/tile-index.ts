import { SkyIndex } from "../sky-index.js";
import { separation } from "../sky-position.js";
import type { Wcs } from "./wcs.js";

/** What placing needs of a tile. */
export interface TileGrid {
  wcs: Wcs;
  width: number;
  height: number;
}

/** A source on a tile: its pixel there, counted from 0, rows from the bottom. */
export interface PlacedSource {
  tile: number;
  x: number;
  y: number;
}

/**
 * Finds the tile of a position. Where tiles overlap it is the one in which the position is farthest from the edge, the
 * first of equals: there a cutout is least likely to be cut off.
 */
export class TileIndex {
  private readonly centres: SkyIndex;
  /** From the centre of any tile to its farthest corner, arcseconds. */
  private readonly reach: number;

  constructor(private readonly tiles: readonly TileGrid[]) {
    const centres = tiles.map(({ wcs, width, height }) => wcs.toSky((width - 1) / 2, (height - 1) / 2));
    this.reach =
      Math.max(
        ...tiles.map(({ wcs, width, height }, t) =>
          Math.max(
            ...[0, width - 1].flatMap((x) =>
              [0, height - 1].map((y) => separation(centres[t], wcs.toSky(x, y))),
            ),
          ),
        ),
      ) * 1.01;
    this.centres = new SkyIndex(
      centres.map((c) => c.ra),
      centres.map((c) => c.dec),
      this.reach,
    );
  }

  /** Null where no tile holds the position. */
  find(ra: number, dec: number): PlacedSource | null {
    let best: PlacedSource | null = null;
    let margin = Number.NEGATIVE_INFINITY;
    if (!Number.isFinite(ra) || !(Math.abs(dec) <= 90)) return null;
    for (const { row } of this.centres.within({ ra, dec }, this.reach)) {
      const { wcs, width, height } = this.tiles[row];
      // No distortion moves a pixel by a tenth of its tile; undoing one takes far longer than this.
      const rough = wcs.toPixelRoughly(ra, dec);
      const slack = 0.1 * Math.max(width, height) + 64;
      if (
        !rough ||
        rough[0] < -slack ||
        rough[1] < -slack ||
        rough[0] > width + slack ||
        rough[1] > height + slack
      )
        continue;
      const pixel = wcs.toPixel(ra, dec);
      if (!pixel) continue;
      const [x, y] = pixel;
      const edge = Math.min(x + 0.5, y + 0.5, width - 0.5 - x, height - 0.5 - y);
      if (edge < 0) continue;
      if (edge > margin || (edge === margin && row < best!.tile)) {
        best = { tile: row, x, y };
        margin = edge;
      }
    }
    return best;
  }
}
