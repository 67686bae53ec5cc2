import { readFileSync } from "node:fs";
import { crc32, gunzipSync, gzipSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { decodeImage } from "../../lib/data/images/decode-image.js";
import { type MakeTarget, must, sumOf, type Target } from "./target.js";

/** Any image that is accepted has as many values as it says, and one of them at least is a number. */
export async function decodeSummed(bytes: Uint8Array): Promise<string> {
  const image = await decodeImage(bytes);
  const { width, height, channels, data } = image;
  must(width > 0 && height > 0 && [1, 3].includes(channels), `${width} x ${height} x ${channels}`);
  must(data.length === width * height * channels, "length");
  must(data.some(Number.isFinite), "no number");
  const shown = await decodeImage(bytes, { stretch: "asinh" });
  must(shown.data instanceof Uint8Array && shown.data.length === data.length, "stretched length");
  return sumOf(width, height, channels, data);
}

const images = (seeds: readonly Buffer[], more: Partial<Target> = {}): Target => ({
  seeds,
  run: decodeSummed,
  ...more,
});

/** The files that astropy and libtiff made for the tests of the readers. */
export function goldenFiles(name: string): { name: string; bytes: Buffer }[] {
  const { cases } = JSON.parse(readFileSync(`test/reference/${name}.json`, "utf8"));
  return cases.map((c: { name: string; file: string; bytes?: string }) => {
    return { name: c.name, bytes: gunzipSync(Buffer.from(c.bytes ?? c.file, "base64")) };
  });
}

/** A picture of 40 x 30 whose every row differs, as `make` has sharp write it. */
function drawn(make: (image: Sharp) => Sharp): Promise<Buffer> {
  const data = Buffer.from(Array.from({ length: 3600 }, (_, i) => 128 + 100 * Math.sin(i / 7)));
  return make(sharp(data, { raw: { width: 40, height: 30, channels: 3 } })).toBuffer();
}
const all = (...makes: ((image: Sharp) => Sharp)[]) => Promise.all(makes.map(drawn));

const pngs = () =>
  all(
    (i) => i.png(),
    (i) => i.png({ palette: true }),
    (i) => i.toColourspace("rgb16").png({ progressive: true }),
    (i) => i.ensureAlpha().png(),
    (i) => i.toColourspace("b-w").png(),
  );

/** The chunks' checksums made right, so that what lies behind them is reached. */
function resummed(png: Buffer): Buffer {
  const b = Buffer.from(png);
  for (let at = 8; at + 12 <= b.length; ) {
    const end = at + 8 + b.readUInt32BE(at);
    if (end + 4 > b.length) break;
    b.writeUInt32BE(crc32(b.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return b;
}

const small = (files: { name: string; bytes: Buffer }[]) =>
  files.filter((f) => f.bytes.length < 100_000).map((f) => f.bytes);

/** What `decodeImage` reads. */
export const imageTargets: Record<string, MakeTarget> = {
  fits: async () =>
    images(small(goldenFiles("data-fits").filter((f) => !f.name.startsWith("tiles"))), { isText: true }),
  "tiled-fits": async () => images(small(goldenFiles("data-fits").filter((f) => f.name.startsWith("tiles")))),
  "gzipped-fits": async () =>
    images(
      small(goldenFiles("data-fits"))
        .slice(0, 12)
        .map((f) => gzipSync(f)),
      { isSummed: true },
    ),
  tiff: async () => images(small(goldenFiles("data-tiff"))),
  "tiff-of-libvips": async () =>
    images(
      await all(
        (i) => i.tiff({ compression: "jpeg" }),
        (i) => i.tiff({ compression: "webp" }),
        (i) => i.tiff({ compression: "lzw", tile: true }),
        (i) => i.tiff({ compression: "deflate", pyramid: true, tile: true }),
      ),
    ),
  jpeg: async () =>
    images(
      await all(
        (i) => i.jpeg(),
        (i) => i.jpeg({ progressive: true }),
        (i) => i.toColourspace("b-w").jpeg({ quality: 40 }),
        (i) => i.jpeg({ chromaSubsampling: "4:4:4", optimiseCoding: true }).withMetadata({ orientation: 6 }),
      ),
    ),
  webp: async () =>
    images(
      await all(
        (i) => i.webp(),
        (i) => i.webp({ lossless: true }),
        (i) => i.ensureAlpha(0.5).webp(),
      ),
    ),
  png: async () => images(await pngs(), { isSummed: true }),
  "png-behind-its-sums": async () =>
    images(await pngs(), { run: async (bytes) => decodeSummed(resummed(bytes)) }),
};
