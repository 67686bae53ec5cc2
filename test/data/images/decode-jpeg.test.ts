import assert from "node:assert/strict";
import { test } from "node:test";
import sharp, { type JpegOptions } from "sharp";
import { decodeImage } from "../../../lib/data/images/decode-image.js";
import { readJpegHeader } from "../../../lib/data/images/jpeg-header.js";
import { decodeJpeg } from "../../../lib/data/turbo-jpeg/turbo-jpeg.js";
import { Random } from "../../../lib/random.js";

const random = new Random(20);

/** A picture of blobs and noise, so that neither edges nor flat parts are left out. */
async function jpeg(width: number, height: number, channels: 1 | 3, options: JpegOptions): Promise<Buffer> {
  const data = Buffer.alloc(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const x = Math.floor(i / channels) % width;
    const y = Math.floor(i / channels / width);
    data[i] = Math.min(255, 200 * Math.exp(-((x - width / 2) ** 2 + (y - height / 3) ** 2) / 400)) | 0;
    data[i] = Math.min(255, data[i] + random.integer(40) + 10 * (i % channels));
  }
  const picture = sharp(data, { raw: { width, height, channels } });
  return (channels === 1 ? picture.toColourspace("b-w") : picture).jpeg(options).toBuffer();
}

/** What sharp makes of it with the settings of `decodeImage`, or its refusal. */
async function bySharp(bytes: Buffer): Promise<Buffer | null> {
  const input = sharp(bytes, { failOn: "truncated" }).removeAlpha();
  if (readJpegHeader(bytes)?.space === "b-w") input.toColourspace("b-w");
  return input
    .raw({ depth: "uchar" })
    .toBuffer()
    .catch(() => null);
}

const whole = await jpeg(40, 30, 3, {});
const skip = (await decodeJpeg(whole, readJpegHeader(whole)!)) ? false : "the addon turbo-jpeg is not built";

test("libjpeg-turbo gives sharp's pixels, byte for byte", { skip }, async () => {
  const kinds: JpegOptions[] = [
    { quality: 92, chromaSubsampling: "4:2:0" },
    { quality: 100, chromaSubsampling: "4:4:4" },
    { quality: 60, progressive: true },
    { quality: 30, optimiseCoding: false },
  ];
  for (const [width, height] of [
    [424, 424],
    [1, 1],
    [7, 13],
    [33, 16],
  ])
    for (const channels of [1, 3] as const)
      for (const kind of kinds) {
        const bytes = await jpeg(width, height, channels, kind);
        const image = await decodeJpeg(bytes, readJpegHeader(bytes)!);
        const said = `${width} x ${height} x ${channels}, ${JSON.stringify(kind)}`;
        assert.ok(image, said);
        assert.deepEqual([image.width, image.height, image.channels], [width, height, channels], said);
        assert.ok((await bySharp(bytes))!.equals(image.data as Buffer), said);
      }
});

test("a file with a colour profile is left to sharp, which applies it", { skip }, async () => {
  const bytes = await sharp(whole).withIccProfile("p3").jpeg().toBuffer();
  assert.equal(await decodeJpeg(bytes, readJpegHeader(bytes)!), null);
  assert.ok((await bySharp(bytes))!.equals((await decodeImage(bytes)).data as Buffer));
});

test("a header that promises another size than the file has writes nothing", { skip }, async () => {
  const header = readJpegHeader(whole)!;
  for (const other of [{ width: 39 }, { height: 31 }, { space: "b-w" as const }])
    assert.equal(await decodeJpeg(whole, { ...header, ...other }), null);
});

test("cut and damaged files: sharp's verdict, whatever it is", async () => {
  const good = await jpeg(64, 48, 3, {});
  let refused = 0;
  for (let k = 0; k < 300; k++) {
    const bytes = Buffer.from(k % 3 ? good : good.subarray(0, 4 + random.integer(good.length - 4)));
    if (k % 3)
      for (let hits = k % 5; hits >= 0; hits--)
        bytes[2 + random.integer(bytes.length - 2)] = random.integer(256);
    const reference = readJpegHeader(bytes) ? await bySharp(bytes) : null;
    if (!readJpegHeader(bytes)) continue;
    const image = await decodeImage(bytes).catch(() => null);
    if (!reference) refused++;
    assert.equal(image === null, reference === null, `file ${k}`);
    if (image) assert.ok(reference!.equals(image.data as Buffer), `file ${k}`);
  }
  assert.ok(refused > 50, `${refused} were refused`);
});
