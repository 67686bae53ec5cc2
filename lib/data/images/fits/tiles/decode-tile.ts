import { gunzipSync } from "node:zlib";
import type { FitsImage } from "../fits-image.js";
import { type StoredValues, storedValues } from "../stored-values.js";
import { dequantise } from "./dequantise.js";
import { riceDecode } from "./rice.js";
import { cellNumber, cellPointer, type TableColumn } from "./table-columns.js";
import type { TilePlace } from "./tiled-image.js";

/** BITPIX of what a column's letter stands for. */
const bitpixOfElement: Readonly<Record<string, number>> = { B: 8, I: 16, J: 32, K: 64, E: -32, D: -64 };

/**
 * The numbers of one tile, before BSCALE and BZERO: `place.values` of them. `row` is its row of the table and
 * `read` fetches bytes of the file: only the tile's own are asked for.
 */
export async function decodeTile(
  image: FitsImage,
  place: TilePlace,
  row: Uint8Array,
  read: (at: number, length: number) => Promise<Uint8Array>,
): Promise<StoredValues> {
  const tiles = image.tiles!;
  const bytesOf = async (column: TableColumn | null) => {
    const { count, at } = column ? cellPointer(row, column) : { count: 0, at: 0 };
    const length = count * (Math.abs(bitpixOfElement[column?.element ?? "B"] ?? 8) / 8);
    return count > 0 ? read(tiles.heap + at, length) : null;
  };
  const exactly = <T extends StoredValues>(values: T): T => {
    if (values.length === place.values) return values;
    throw new Error(`its tile ${place.index + 1} holds ${values.length} values instead of ${place.values}`);
  };

  const compressed = await bytesOf(tiles.compressed);
  if (compressed) {
    const { quantised } = tiles;
    const stored = exactly(unpacked(image, place, compressed));
    if (!quantised) return stored;
    if (stored instanceof BigInt64Array)
      throw new Error("its floats are quantised to 64 bits, which is impossible");
    const number = (source: TableColumn | number) =>
      typeof source === "number" ? source : cellNumber(row, source);
    return dequantise(stored, image.bitpix, place.index, {
      scale: number(quantised.scale),
      zero: number(quantised.zero),
      blank: quantised.blank === null ? null : number(quantised.blank),
      dither: quantised.dither,
      seed: quantised.seed,
    });
  }
  // What does not compress well is kept as it is: floats gzipped, or nothing done to them.
  const gzipped = await bytesOf(tiles.gzipped);
  if (gzipped) return exactly(numbers(inflate(gzipped, place), place, image.bitpix < 0));
  const plain = await bytesOf(tiles.uncompressed);
  if (plain)
    return exactly(storedValues(plain, bitpixOfElement[tiles.uncompressed!.element] ?? image.bitpix));
  throw new Error(`its tile ${place.index + 1} is empty`);
}

function unpacked(image: FitsImage, place: TilePlace, bytes: Uint8Array): StoredValues {
  const { method, blockSize, bytePix, quantised } = image.tiles!;
  const floats = image.bitpix < 0 && quantised === null;
  if (method === "RICE_1") return riceDecode(bytes, place.values, bytePix as 1 | 2 | 4, blockSize);
  if (method === "NOCOMPRESS") return numbers(bytes, place, floats);
  const inflated = inflate(bytes, place);
  return numbers(method === "GZIP_2" ? unshuffled(inflated, place.values) : inflated, place, floats);
}

function inflate(bytes: Uint8Array, place: TilePlace): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: 8 * place.values });
  } catch (cause) {
    // Too long, zlib speaks of its buffer.
    const tooLong = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    const reason = tooLong ? "it is longer than its values" : (cause as Error).message;
    throw new Error(`its tile ${place.index + 1} does not decompress (${reason})`, {
      cause,
    });
  }
}

/** GZIP_2 puts the first bytes of all numbers first, then the second ones, and so on. */
function unshuffled(bytes: Uint8Array, count: number): Uint8Array {
  const size = bytes.length / count;
  const out = new Uint8Array(bytes.length);
  for (let b = 0, from = 0; b < size; b++) for (let i = b; i < out.length; i += size) out[i] = bytes[from++];
  return out;
}

/** Bytes as numbers: how many there are says how wide each is, as small integers may be narrower than BITPIX. */
function numbers(bytes: Uint8Array, { values, index }: TilePlace, floats: boolean): StoredValues {
  const bits = (8 * bytes.length) / values;
  if (![8, 16, 32, 64].includes(bits) || (floats && bits < 32))
    throw new Error(`its tile ${index + 1} has ${bytes.length} bytes for ${values} values`);
  return storedValues(bytes, floats ? -bits : bits);
}
