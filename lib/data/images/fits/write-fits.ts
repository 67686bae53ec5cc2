import { atomicWrite } from "../../../files/atomic-write.js";
import { type FitsValue, fitsBlock } from "./header.js";
import { fitsCard, headerBytes } from "./write-header.js";

/**
 * Writes one image of 32-bit floats as a FITS file (FITS standard 4.0), `data` row after row from the bottom as FITS
 * has it, with further header cards such as its coordinates.
 */
export async function writeFits(
  path: string,
  image: { data: Float32Array; width: number; height: number },
  cards: readonly (readonly [string, FitsValue])[] = [],
): Promise<void> {
  const { data, width, height } = image;
  if (data.length !== width * height)
    throw new Error(`${data.length} values do not fill an image of ${width} x ${height}.`);
  const all: [string, FitsValue][] = [
    ["SIMPLE", true],
    ["BITPIX", -32],
    ["NAXIS", 2],
    ["NAXIS1", width],
    ["NAXIS2", height],
    ...cards.map(([k, v]): [string, FitsValue] => [k, v]),
  ];
  const head = headerBytes(all.map(([key, value]) => fitsCard(key, value)));
  // The file's byte order is not this machine's.
  const body = Buffer.alloc(Math.ceil(data.byteLength / fitsBlock) * fitsBlock);
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).copy(body);
  body.subarray(0, data.byteLength).swap32();
  await atomicWrite(path, async (file) => {
    await file.writeFile(head);
    await file.writeFile(body);
  });
}
