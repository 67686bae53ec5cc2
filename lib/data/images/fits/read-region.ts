import type { ByteSource } from "../../../files/byte-source.js";
import type { FitsImage } from "./fits-image.js";
import { physicalArray, storedValues, writePhysical } from "./stored-values.js";
import { decodeTile } from "./tiles/decode-tile.js";
import { tileAt } from "./tiles/tiled-image.js";

/** A rectangle of an image in the file's own order: pixel (0, 0) is the first of the file, the bottom left one. */
export interface FitsRegion {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Which plane of an image of more axes, counted through them, the third fastest; default the first. */
  plane?: number;
}

/**
 * The physical values of a rectangle of an image, row after row from the bottom. Of a plain image only the rows
 * touched are read, of a tile-compressed one only the tiles: this is how cutouts come out of a frame that fills no
 * memory. 32-bit floats where these hold the file's values, else doubles.
 */
export async function readFitsRegion(
  source: ByteSource,
  image: FitsImage,
  region: FitsRegion,
): Promise<Float32Array | Float64Array> {
  const { x, y, width, height, plane = 0 } = region;
  const [columns, rows, ...more] = image.axes;
  const inside = (from: number, length: number, of: number) =>
    from >= 0 && length >= 1 && from + length <= of;
  if (!inside(x, width, columns) || !inside(y, height, rows) || !inside(plane, 1, product(more)))
    throw new Error(
      `its image of ${image.axes.join(" x ")} has no part of ${width} x ${height} at (${x}, ${y}), plane ${plane}`,
    );
  return image.tiles ? tiledRegion(source, image, region) : plainRegion(source, image, region);
}

async function plainRegion(source: ByteSource, image: FitsImage, region: FitsRegion) {
  const { x, y, width, height, plane = 0 } = region;
  const [columns, rows] = image.axes;
  const size = Math.abs(image.bitpix) / 8;
  const first = image.unit.offset + size * columns * (plane * rows + y);
  const out = physicalArray(image, width * height);
  // A few wide rows are one read; a narrow strip of wide rows is not worth reading whole.
  const whole = 4 * width >= columns || height === 1;
  const strip = whole
    ? await readWhole(source, first + size * x, size * ((height - 1) * columns + width))
    : null;
  for (let row = 0; row < height; row++) {
    const at = size * row * columns;
    const bytes =
      strip?.subarray(at, at + size * width) ??
      (await readWhole(source, first + at + size * x, size * width));
    writePhysical(storedValues(bytes, image.bitpix), image, out, row * width);
  }
  return out;
}

async function tiledRegion(source: ByteSource, image: FitsImage, region: FitsRegion) {
  const { x, y, width, height, plane = 0 } = region;
  const tiles = image.tiles!;
  const out = physicalArray(image, width * height);
  const [tileWidth, tileHeight] = tiles.tile;
  for (let ty = Math.floor(y / tileHeight); ty * tileHeight < y + height; ty++) {
    const columns = { from: Math.floor(x / tileWidth), to: Math.ceil((x + width) / tileWidth) };
    const first = tileAt(tiles, image.axes, columns.from, ty, plane);
    const at = image.unit.offset + first.index * tiles.rowBytes;
    const records = await readWhole(source, at, (columns.to - columns.from) * tiles.rowBytes);
    for (let tx = columns.from; tx < columns.to; tx++) {
      const place = tileAt(tiles, image.axes, tx, ty, plane);
      const record = records.subarray((tx - columns.from) * tiles.rowBytes);
      const stored = await decodeTile(image, place, record, (from, length) =>
        readWhole(source, from, length),
      );
      const [left, right] = [Math.max(x, place.x), Math.min(x + width, place.x + place.width)];
      const [bottom, top] = [Math.max(y, place.y), Math.min(y + height, place.y + place.height)];
      for (let row = bottom; row < top; row++) {
        const from = place.offset + (row - place.y) * place.width + left - place.x;
        const part = stored.subarray(from, from + right - left);
        writePhysical(part, image, out, (row - y) * width + left - x);
      }
    }
  }
  return out;
}

/** Exactly these bytes, or an error about the file. */
async function readWhole(source: ByteSource, at: number, length: number): Promise<Uint8Array> {
  const there = Math.max(0, source.size - at);
  const bytes = length <= there ? await source.read(at, length) : null;
  if (bytes?.length === length) return bytes;
  throw new Error(`it is truncated: ${length} bytes are promised at byte ${at}, ${there} are there`);
}

const product = (numbers: readonly number[]) => numbers.reduce((a, b) => a * b, 1);
