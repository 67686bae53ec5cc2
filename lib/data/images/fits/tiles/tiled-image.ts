import { headerInteger, headerNumber } from "../header.js";
import type { FitsUnit } from "../units.js";
import { type TableColumn, tableColumns } from "./table-columns.js";

/** An image stored as compressed tiles, one a row of a binary table (FITS standard 4.0, section 10). */
export interface TiledImage {
  method: "RICE_1" | "GZIP_1" | "GZIP_2" | "NOCOMPRESS";
  /** Lengths of a whole tile, fastest first; those at the far ends of the image are cut. */
  tile: number[];
  rowBytes: number;
  /** Byte of the file at which what the table points to starts. */
  heap: number;
  /** Where a row points to its tile's bytes: as `method` says, gzipped, or as they are. */
  compressed: TableColumn | null;
  gzipped: TableColumn | null;
  uncompressed: TableColumn | null;
  /** Floats stored as integers; null where the tiles hold the image's own numbers. */
  quantised: Quantised | null;
  /** Rice's parameters: pixels a block, bytes a pixel. */
  blockSize: number;
  bytePix: number;
}

/** Value = zero + scale x stored, each the same for all tiles or a column of the table. */
export interface Quantised {
  scale: TableColumn | number;
  zero: TableColumn | number;
  /** The integer that stands for NaN. */
  blank: TableColumn | number | null;
  /** 0 none; 1 random numbers are subtracted; 2 the same, but a value of exactly 0 stays 0. */
  dither: 0 | 1 | 2;
  /** ZDITHER0: where in the table of random numbers the first tile starts, 1 to 10 000. */
  seed: number;
}

const methods = ["RICE_1", "GZIP_1", "GZIP_2", "NOCOMPRESS"] as const;

/** How the tiles of a unit with ZIMAGE are stored; compression that is not read here is refused by its name. */
export function tiledImage(unit: FitsUnit, axes: readonly number[], bitpix: number): TiledImage {
  const { header } = unit;
  const named = String(header.get("ZCMPTYPE") ?? "");
  const method = methods.find((m) => m === (named === "RICE_ONE" ? "RICE_1" : named));
  if (!method)
    throw new Error(
      `its image is compressed with ${named || "an unnamed method"}, which is not read here (${methods.slice(0, 3).join(", ")} are): decompress it with funpack`,
    );
  const columns = tableColumns(header);
  const tile = axes.map((length, i) => {
    const asked = headerInteger(header, `ZTILE${i + 1}`, i === 0 ? length : 1);
    if (asked < 1) throw new Error(`its ZTILE${i + 1} is ${asked}`);
    return Math.min(asked, length);
  });
  const tiles = axes.reduce((n, length, i) => n * Math.ceil(length / tile[i]), 1);
  const [rowBytes, rows] = unit.axes;
  if (rows < tiles) throw new Error(`its table has ${rows} rows for the ${tiles} tiles of its image`);
  // Other parameters (NOISEBIT, a step of quantisation) need not be whole and are not needed to read.
  const parameter = (name: string, otherwise: number) => {
    for (let i = 1; header.has(`ZNAME${i}`); i++)
      if (header.get(`ZNAME${i}`) === name) return headerInteger(header, `ZVAL${i}`, otherwise);
    return otherwise;
  };
  const bytePix = parameter("BYTEPIX", 4);
  if (method === "RICE_1" && ![1, 2, 4].includes(bytePix))
    throw new Error(`its BYTEPIX is ${bytePix}; Rice compression has 1, 2 or 4`);
  return {
    method,
    tile,
    rowBytes,
    heap: unit.offset + headerInteger(header, "THEAP", rowBytes * rows),
    compressed: columns.get("COMPRESSED_DATA") ?? null,
    gzipped: columns.get("GZIP_COMPRESSED_DATA") ?? null,
    uncompressed: columns.get("UNCOMPRESSED_DATA") ?? null,
    quantised: bitpix < 0 ? quantisedBy(unit, columns) : null,
    blockSize: parameter("BLOCKSIZE", 32),
    bytePix,
  };
}

function quantisedBy({ header }: FitsUnit, columns: ReadonlyMap<string, TableColumn>): Quantised | null {
  const columnOrNumber = (key: string) =>
    columns.get(key) ?? (header.has(key) ? headerNumber(header, key, 0) : null);
  const scale = columnOrNumber("ZSCALE");
  const zero = columnOrNumber("ZZERO");
  const how = String(header.get("ZQUANTIZ") ?? "NO_DITHER");
  if (scale === null || zero === null || how === "NONE") return null;
  const dither = ["NO_DITHER", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2"].indexOf(how);
  if (dither < 0) throw new Error(`its floats are quantised by ${how}, which is not read here`);
  const seed = headerInteger(header, "ZDITHER0", dither ? undefined : 1);
  if (seed < 1 || seed > 10_000) throw new Error(`its ZDITHER0 is ${seed}; it goes from 1 to 10000`);
  return { scale, zero, blank: columnOrNumber("ZBLANK"), dither: dither as 0 | 1 | 2, seed };
}

/** Where a tile lies in the image, and a plane in the tile. */
export interface TilePlace {
  /** Row of the table. */
  index: number;
  /** First pixel of the image and size, in the plane asked for. */
  x: number;
  y: number;
  width: number;
  height: number;
  /** Values of the tile, over all its axes, and those before the plane asked for. */
  values: number;
  offset: number;
}

/** The tile in column `tx` and row `ty` of the grid of tiles that holds `plane` of an image of these axes. */
export function tileAt(
  { tile }: TiledImage,
  axes: readonly number[],
  tx: number,
  ty: number,
  plane: number,
): TilePlace {
  let index = 0;
  let gridStride = 1;
  let offset = 0;
  let values = 1;
  let left = plane;
  const starts: number[] = [];
  const lengths: number[] = [];
  for (const [i, length] of axes.entries()) {
    const pixel = i < 2 ? 0 : left % length;
    if (i >= 2) left = Math.floor(left / length);
    const at = i === 0 ? tx : i === 1 ? ty : Math.floor(pixel / tile[i]);
    starts[i] = at * tile[i];
    lengths[i] = Math.min(tile[i], length - starts[i]);
    if (i >= 2) offset += (pixel - starts[i]) * values;
    index += at * gridStride;
    gridStride *= Math.ceil(length / tile[i]);
    values *= lengths[i];
  }
  return { index, x: starts[0], y: starts[1], width: lengths[0], height: lengths[1], values, offset };
}
