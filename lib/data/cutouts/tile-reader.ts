import { readFitsRegion } from "../images/fits/read-region.js";
import { physicalArray } from "../images/fits/stored-values.js";
import { cutRegion, isSparse } from "./cut-region.js";
import { copyRows, cutoutWindow, isWhole } from "./cutout-window.js";
import { openBand, type TileBand, type TilePlace } from "./survey-tile.js";

/** Rows of a tile that are read at once. */
const BAND_ROWS = 128;
/** Pixels kept for the cutouts to come, in bytes; a cutout that needs more of them at once gets more. */
const KEPT_BYTES = 192 * 1024 ** 2;
/** Tiles whose files stay open. */
const OPEN_TILES = 8;

interface Strip {
  data: Promise<Float32Array | Float64Array>;
  bytes: number;
}

/**
 * Square cutouts of tiles that are larger than they need be in memory. A tile is read in strips of rows that are kept
 * for a while, so that sources taken in the order of their rows read each strip once, however many they are; where a
 * tile has few sources, only their own pixels are read.
 */
export class TileReader {
  private readonly open = new Map<number, Promise<TileBand[]>>();
  private readonly strips = new Map<string, Strip>();
  private keptBytes = 0;
  /** Bytes of pixels that were read from files. */
  bytesRead = 0;

  constructor(
    private readonly tiles: readonly TilePlace[],
    /** How many pixels of each tile the cutouts to come cover, counted as often as they are covered. */
    private readonly wanted: (tile: number) => number = () => Number.POSITIVE_INFINITY,
  ) {}

  /** The bands of a tile, opened when first needed. */
  bands(tile: number): Promise<TileBand[]> {
    const there = this.open.get(tile);
    if (there) {
      this.open.delete(tile);
      this.open.set(tile, there);
      return there;
    }
    const opened = Promise.all(this.tiles[tile].bands.map(openBand));
    opened.catch(() => this.open.delete(tile));
    this.open.set(tile, opened);
    if (this.open.size > OPEN_TILES) {
      const [oldest, files] = this.open.entries().next().value as [number, Promise<TileBand[]>];
      this.open.delete(oldest);
      // A read that is still going on ends first.
      setTimeout(
        () => void files.then((all) => Promise.all(all.map((b) => b.close()))).catch(() => {}),
        10_000,
      ).unref();
    }
    return opened;
  }

  /**
   * `side` x `side` pixels of one band about (x, y), rows from the top, NaN beyond the tile; the pixels are those of
   * `astropy.nddata.Cutout2D(data, (x, y), side, mode="partial")`.
   */
  async cut(
    tile: number,
    band: number,
    x: number,
    y: number,
    side: number,
  ): Promise<Float32Array | Float64Array> {
    const from = (await this.bands(tile))[band];
    const place = cutoutWindow(x, y, side, from);
    const { x0, x1, y0, y1 } = place;
    const data = physicalArray(from.image, side * side);
    if (!isWhole(place)) data.fill(Number.NaN);
    if (x0 === x1) return data;
    if (isSparse(this.wanted(tile), from)) {
      this.bytesRead += await cutRegion(from, place, data, 0);
    } else {
      const rows = stripRows(from);
      for (let s = Math.floor(y0 / rows); s * rows < y1; s++) {
        const strip = await this.strip(tile, band, s, from, rows);
        const within = { firstRow: s * rows, firstColumn: 0, stride: from.width };
        copyRows(strip, within, place, Math.max(y0, s * rows), Math.min(y1, (s + 1) * rows), data, 0);
      }
    }
    return data;
  }

  async close(): Promise<void> {
    const files = [...this.open.values()];
    this.open.clear();
    this.strips.clear();
    for (const opened of files) for (const band of await opened.catch(() => [])) await band.close();
  }

  private strip(
    tile: number,
    band: number,
    s: number,
    from: TileBand,
    rows: number,
  ): Promise<Float32Array | Float64Array> {
    const key = `${tile} ${band} ${s}`;
    const there = this.strips.get(key);
    if (there) {
      this.strips.delete(key);
      this.strips.set(key, there);
      return there.data;
    }
    const height = Math.min(rows, from.height - s * rows);
    const data = readFitsRegion(from.source, from.image, { x: 0, y: s * rows, width: from.width, height });
    data.catch(() => this.strips.delete(key));
    const bytes = 4 * from.width * height;
    this.bytesRead += (from.width * height * Math.abs(from.image.bitpix)) / 8;
    this.strips.set(key, { data, bytes });
    this.keptBytes += bytes;
    // The strips of this very cutout are the youngest: what goes is what lies behind it.
    for (const [old, { bytes: size }] of this.strips) {
      if (this.keptBytes <= KEPT_BYTES || this.strips.size <= 12) break;
      this.strips.delete(old);
      this.keptBytes -= size;
    }
    return data;
  }
}

/** Whole tiles of a compressed image, whatever their height. */
function stripRows({ image }: TileBand): number {
  const height = image.tiles?.tile[1] ?? 1;
  return Math.max(height, Math.floor(BAND_ROWS / height) * height);
}
