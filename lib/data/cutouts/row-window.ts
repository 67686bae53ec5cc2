import type { FitsImage } from "../images/fits/fits-image.js";
import { readFitsRegion } from "../images/fits/read-region.js";
import { physicalArray } from "../images/fits/stored-values.js";
import type { TileBand } from "./survey-tile.js";

/** Bytes that are read at once: a large read for any disk, and small enough to stay in a processor's cache. */
const READ_BYTES = 1 << 20;

/**
 * Rows of one band of a tile, moved over it from the bottom to the top: rows behind are dropped, rows ahead are read in
 * large pieces into the same memory, so that one pass reads each row once and none twice.
 */
export class RowWindow {
  /** Physical values of rows `from` to `to` - 1, `width` to a row. */
  data: Float32Array | Float64Array;
  from = 0;
  to = 0;
  /** Bytes of pixels that were read. */
  bytesRead = 0;
  /** Rows of a read; of a compressed image whole tiles. */
  private readonly step: number;
  /** Whether the pixels lie there as they are used, but for the order of their bytes. */
  private readonly plain: boolean;

  constructor(private readonly band: TileBand) {
    const { image, width } = band;
    const height = image.tiles?.tile[1] ?? 1;
    this.step = Math.max(height, Math.floor(READ_BYTES / (4 * width) / height) * height);
    this.plain = isPlain(image);
    this.data = physicalArray(image, 0);
  }

  /** Reads what is missing of rows `y0` to `y1` - 1 of the tile; rows below `y0` are never asked for again. */
  async moveTo(y0: number, y1: number): Promise<void> {
    if (y1 <= this.to && y0 >= this.from) return;
    const { width, height } = this.band;
    // Whole steps from the bottom of the tile on, so that compressed tiles are not decoded twice.
    const first = y0 < this.to ? this.to : Math.floor(y0 / this.step) * this.step;
    const to = Math.min(height, Math.ceil(y1 / this.step) * this.step);
    const from = Math.min(y0, first);
    const kept = Math.max(0, this.to - from);
    const before = this.data;
    const at = (from - this.from) * width;
    if (before.length < (to - from) * width) {
      this.data = physicalArray(this.band.image, (to - from + this.step) * width);
      if (kept) this.data.set(before.subarray(at, at + kept * width));
    } else if (kept) before.copyWithin(0, at, at + kept * width);
    await this.read(first, to, (first - from) * width);
    this.from = from;
    this.to = to;
  }

  /** Rows `from` to `to` - 1 into `data` from `at` on. */
  private async read(from: number, to: number, at: number): Promise<void> {
    const { file, source, image, width } = this.band;
    const length = (to - from) * width;
    this.bytesRead += (length * Math.abs(image.bitpix)) / 8;
    if (!this.plain) {
      this.data.set(await readFitsRegion(source, image, { x: 0, y: from, width, height: to - from }), at);
      return;
    }
    const bytes = Buffer.from(this.data.buffer, 4 * at, 4 * length);
    if (!(await file.read(bytes, image.unit.offset + 4 * from * width)))
      throw new Error(`it is truncated: rows ${from} to ${to - 1} are promised and not there`);
    bytes.swap32();
  }
}

const isPlain = ({ tiles, bitpix, scale, zero }: FitsImage) =>
  tiles === null && bitpix === -32 && scale === 1 && zero === 0;
