import { writeFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { type Zippable, zipSync } from "fflate";
import sharp from "sharp";
import { type Header, pack } from "tar-stream";

/** A small image whose every pixel differs, so that a mixed-up decode shows. */
export async function picture(
  format: "png" | "jpeg" | "tiff",
  { width = 8, height = 6, channels = 3, first = 0 } = {},
): Promise<Uint8Array> {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (first + i) % 256);
  return sharp(data, { raw: { width, height, channels: channels as 1 | 3 } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .toFormat(format)
    .toBuffer();
}

export function writeZip(path: string, entries: Zippable): string {
  writeFileSync(path, zipSync(entries));
  return path;
}

/** A tar from headers and bodies, as given: tar-stream writes unsafe names and links without asking. */
export async function tarBytes(
  entries: readonly (Partial<Header> & { name: string; body?: Uint8Array })[],
): Promise<Buffer> {
  const tar = pack();
  for (const { body, ...header } of entries) tar.entry(header, Buffer.from(body ?? []));
  tar.finalize();
  return buffer(tar);
}

/** `bytes` with every occurrence of `from` replaced by as many bytes of `to`. */
export function patch(bytes: Uint8Array, from: Uint8Array | string, to: Uint8Array | string): Buffer {
  const out = Buffer.from(bytes);
  const [a, b] = [Buffer.from(from), Buffer.from(to)];
  if (a.length !== b.length || out.indexOf(a) < 0) throw new Error("nothing to patch, or lengths differ");
  for (let at = out.indexOf(a); at >= 0; at = out.indexOf(a, at + b.length)) b.copy(out, at);
  return out;
}
