import { type LuptonOptions, luptonRgb } from "../images/lupton.js";
import { bandPixel } from "./band-pixel.js";
import { cutRegion, isSparse } from "./cut-region.js";
import { type CutoutWindow, copyRows, cutoutWindow, isWhole } from "./cutout-window.js";
import { RowWindow } from "./row-window.js";
import { openBand, type TileBand, type TilePlace } from "./survey-tile.js";

/** Cutouts of one tile, in the order of their rows. */
export interface TilePass {
  tile: TilePlace;
  /** Degrees, and the pixels of the first band. */
  ra: Float64Array;
  dec: Float64Array;
  x: Float64Array;
  y: Float64Array;
  /** Pixels on a side. */
  side: Int32Array;
  lupton?: LuptonOptions;
  /** Pixels that all cutouts of the tile cover, those of other passes too: few are read one by one. */
  wanted: number;
}

/** The pixels of a pass, one cutout after the other. */
export interface TilePassPixels {
  data: Uint8Array;
  /** What the bytes are: colour images, or floats of one band. */
  kind: "rgb" | "float32" | "float64";
  bytesRead: number;
}

/**
 * One pass over a tile, from its bottom to its top, that cuts out all its sources: rows are read in large pieces into
 * memory that serves again. The pixels of each are those of `TileReader.cut`, colours those of `luptonRgb`. Runs in a
 * worker thread, or where it is called.
 */
export async function work(pass: TilePass): Promise<TilePassPixels> {
  const bands: TileBand[] = [];
  try {
    for (const place of pass.tile.bands) bands.push(await openBand(place));
    return bands.length === 3 ? await colours(pass, bands) : await floats(pass, bands);
  } finally {
    for (const band of bands) await band.close();
  }
}

async function floats(pass: TilePass, bands: readonly TileBand[]): Promise<TilePassPixels> {
  const cutter = new BandCutter(pass, bands, 0);
  const out = cutter.array(pass.side.reduce((sum, s) => sum + s * s, 0));
  for (let i = 0, at = 0; i < pass.side.length; at += pass.side[i++] ** 2) await cutter.cut(i, out, at);
  return {
    data: new Uint8Array(out.buffer),
    kind: out instanceof Float64Array ? "float64" : "float32",
    bytesRead: cutter.bytesRead,
  };
}

async function colours(pass: TilePass, bands: readonly TileBand[]): Promise<TilePassPixels> {
  const { side, lupton } = pass;
  const cutters = bands.map((_, b) => new BandCutter(pass, bands, b));
  const data = new Uint8Array(3 * side.reduce((sum, s) => sum + s * s, 0));
  let parts: (Float32Array | Float64Array)[] = [];
  for (let i = 0, at = 0; i < side.length; at += 3 * side[i++] ** 2) {
    const s = side[i];
    if (parts[0]?.length !== s * s) parts = cutters.map((cutter) => cutter.array(s * s));
    for (const [b, cutter] of cutters.entries()) await cutter.cut(i, parts[b], 0);
    const [r, g, b] = parts;
    data.set(luptonRgb([r, g, b], s, s, lupton).data as Uint8Array, at);
  }
  return { data, kind: "rgb", bytesRead: cutters.reduce((sum, { bytesRead }) => sum + bytesRead, 0) };
}

/** Cuts the sources of a pass out of one band of its tile, in their order. */
class BandCutter {
  private readonly band: TileBand;
  private readonly sparse: boolean;
  private readonly window: RowWindow;
  private readonly places: CutoutWindow[] = [];
  /** The lowest row that source i and those after it need. */
  private readonly lowest: Int32Array;
  private regionBytes = 0;

  constructor({ ra, dec, x, y, side, wanted }: TilePass, bands: readonly TileBand[], band: number) {
    this.band = bands[band];
    this.sparse = isSparse(wanted, this.band);
    this.window = new RowWindow(this.band);
    for (let i = 0; i < side.length; i++) {
      const [bx, by] = bandPixel(bands, band, { ra: ra[i], dec: dec[i], x: x[i], y: y[i] });
      this.places.push(cutoutWindow(bx, by, side[i], this.band));
    }
    this.lowest = Int32Array.from(this.places, (p) => (p.y1 > 0 ? p.y0 : this.band.height));
    for (let i = side.length - 2; i >= 0; i--) this.lowest[i] = Math.min(this.lowest[i], this.lowest[i + 1]);
  }

  get bytesRead(): number {
    return this.window.bytesRead + this.regionBytes;
  }

  array(length: number): Float32Array | Float64Array {
    return this.window.data instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  }

  /** Source i, NaN beyond the tile. */
  async cut(i: number, out: Float32Array | Float64Array, at: number): Promise<void> {
    const place = this.places[i];
    const { side, x0, x1, y0, y1 } = place;
    if (!isWhole(place)) out.fill(Number.NaN, at, at + side * side);
    if (x0 === x1) return;
    const { band, window } = this;
    if (this.sparse) {
      this.regionBytes += await cutRegion(band, place, out, at);
      return;
    }
    if (y1 > window.to) await window.moveTo(this.lowest[i], y1);
    const rows = { firstRow: window.from, firstColumn: 0, stride: band.width };
    copyRows(window.data, rows, place, y0, y1, out, at);
  }
}
