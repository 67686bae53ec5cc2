import { atomicWrite } from "../../../files/atomic-write.js";
import { type FitsValue, fitsBlock } from "./header.js";

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
  const text = `${all.map(card).join("")}${"END".padEnd(80)}`;
  const head = Buffer.from(text.padEnd(Math.ceil(text.length / fitsBlock) * fitsBlock), "latin1");
  // The file's byte order is not this machine's.
  const body = Buffer.alloc(Math.ceil(data.byteLength / fitsBlock) * fitsBlock);
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).copy(body);
  body.subarray(0, data.byteLength).swap32();
  await atomicWrite(path, async (file) => {
    await file.writeFile(head);
    await file.writeFile(body);
  });
}

function card([key, value]: readonly [string, FitsValue]): string {
  if (!/^[A-Z0-9_-]{1,8}$/.test(key)) throw new Error(`"${key}" is no FITS keyword of up to 8 characters.`);
  const field =
    typeof value === "string"
      ? `'${value.replaceAll("'", "''").padEnd(8)}'`
      : typeof value === "boolean"
        ? (value ? "T" : "F").padStart(20)
        : (Number.isInteger(value) ? String(value) : value.toExponential(15).toUpperCase()).padStart(20);
  const line = `${key.padEnd(8)}= ${field}`.padEnd(80);
  if (line.length > 80) throw new Error(`The value of ${key} is too long for a FITS card.`);
  return line;
}
