import { loadAddon } from "../../engine/native/load-addon.js";
import type { PixelImage } from "../images/image.js";
import type { JpegHeader } from "../images/jpeg-header.js";

/** The native function: `out` gets the pixels, and the promise says whether the file was whole and without oddity. */
interface TurboJpeg {
  decode(
    bytes: Uint8Array,
    out: Uint8Array,
    width: number,
    height: number,
    channels: number,
  ): Promise<boolean>;
}

let addon: TurboJpeg | null | undefined;

/**
 * A survey's JPEG by libjpeg-turbo itself: the same pixels as sharp, which has it inside, at 40 % of the time, because
 * a pipeline made for large pictures is left out. Null where this is not the decoder to judge: the addon was not
 * built, the file has a colour profile, or anything about it is out of order (cut, corrupt, more scans than a
 * picture needs); sharp then says what is wrong, or shows what can be shown.
 */
export async function decodeJpeg(bytes: Uint8Array, header: JpegHeader): Promise<PixelImage | null> {
  if (header.profile) return null;
  if (addon === undefined) addon = loadAddon<TurboJpeg>("lib/data/turbo-jpeg", "turbo_jpeg");
  if (!addon) return null;
  const { width, height } = header;
  const channels = header.space === "b-w" ? 1 : 3;
  // Not filled with zeros first, and not a slice of a pool that others write to.
  const data = Buffer.allocUnsafeSlow(width * height * channels);
  return (await addon.decode(bytes, data, width, height, channels))
    ? { data, width, height, channels }
    : null;
}
