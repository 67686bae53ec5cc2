import { bytesInMemory } from "../../files/byte-source.js";
import { chooseUnit } from "../images/fits/choose-unit.js";
import { fitsBlock, isFits } from "../images/fits/header.js";
import { fitsUnits } from "../images/fits/units.js";
import { readJpegHeader } from "../images/jpeg-header.js";

/** Why these bytes are not a whole image of their kind; an error page that came with status 200 is none. */
export function whyNoImage(bytes: Buffer, extension: "jpg" | "fits"): string | null {
  const start = bytes.toString("latin1", 0, 60).trim().split("\n")[0];
  if (extension === "fits") {
    if (!isFits(bytes.toString("latin1", 0, 9))) return `no FITS came but "${start}"`;
    return bytes.length % fitsBlock === 0 ? null : `a part of a FITS file came, ${bytes.length} bytes`;
  }
  if (!(bytes[0] === 0xff && bytes[1] === 0xd8)) return `no JPEG came but "${start}"`;
  return bytes.subarray(-64).includes(Buffer.from([0xff, 0xd9]))
    ? null
    : `a part of a JPEG came, ${bytes.length} bytes`;
}

/**
 * Why a whole image is not the one that was asked for: it has other than `pixels` on a side. A service that caps sizes
 * or answers with a placeholder would otherwise give a source another scale than the catalogue says. Null where it is
 * right, and for a JPEG whose header is left to sharp.
 */
export async function wrongSize(
  bytes: Buffer,
  extension: "jpg" | "fits",
  pixels: number,
): Promise<string | null> {
  const [width, height] = extension === "fits" ? await fitsSides(bytes) : jpegSides(bytes);
  if (width === null || (width === pixels && height === pixels)) return null;
  return `an image of ${width} x ${height} pixels came, not ${pixels} x ${pixels}`;
}

type Sides = readonly [width: number | null, height: number | null];

function jpegSides(bytes: Buffer): Sides {
  const header = readJpegHeader(bytes);
  return header ? [header.width, header.height] : [null, null];
}

async function fitsSides(bytes: Buffer): Promise<Sides> {
  const { axes } = chooseUnit(await fitsUnits(bytesInMemory(bytes)));
  return [axes[0], axes[1]];
}
