import sharp from "sharp";
import type { ImageStack, PixelImage } from "../data/images/image.js";
import { stretchToBytes } from "../data/images/stretch.js";

/** Anything images can be read from one at a time: a `Dataset`, or a few images in memory. */
export interface ImageSource {
  readonly ids: readonly string[];
  image(i: number): Promise<PixelImage>;
}

/** A small JPEG ready for a figure. */
export interface Thumbnail {
  /** `data:image/jpeg;base64,...` */
  src: string;
  width: number;
  height: number;
}

/** Of the JPEGs. */
const usualQuality = 82;

/** A thumbnail with the name of its image, as the montages take it. */
export interface NamedThumbnail extends Thumbnail {
  id: string;
}

/**
 * A JPEG of at most `size` x `size` pixels. Smaller images are enlarged to it, so that a montage's
 * cells are equal. Float images are stretched as they are for the network (`stretchToBytes`).
 */
export async function thumbnail(image: PixelImage, size = 96): Promise<Thumbnail> {
  const { data, info } = await encode(image, size, usualQuality);
  return { src: `data:image/jpeg;base64,${data.toString("base64")}`, width: info.width, height: info.height };
}

/** The JPEG bytes themselves. */
export async function thumbnailBytes(
  image: PixelImage,
  size: number,
  quality = usualQuality,
): Promise<Buffer> {
  return (await encode(image, size, quality)).data;
}

/** Thumbnails of `indices` of a dataset or a stack, with their ids; one that does not decode is a grey square and says so. */
export async function thumbnails(
  source: ImageSource | ImageStack,
  indices: ArrayLike<number>,
  size = 96,
): Promise<NamedThumbnail[]> {
  const images = imageSource(source);
  return Promise.all(
    Array.from(indices, async (i) => {
      const image = await images.image(i).catch(() => null);
      const id = image ? images.ids[i] : `${images.ids[i]} (skipped)`;
      return { ...(await thumbnail(image ?? grey, size)), id };
    }),
  );
}

const grey: PixelImage = { data: Uint8Array.of(128), width: 1, height: 1, channels: 1 };

/** A stack as a source of single images; a source as itself. */
export function imageSource(source: ImageSource | ImageStack): ImageSource {
  if ("image" in source) return source;
  const { width, height, channels, ids } = source;
  return { ids, image: async (i) => ({ data: await source.read([i]), width, height, channels }) };
}

function encode(image: PixelImage, size: number, quality: number) {
  const { width, height, channels } = image;
  if (width < 1 || height < 1 || image.data.length !== width * height * channels)
    throw new Error(
      `thumbnail: ${image.data.length} values do not fill an image of ${width}x${height}x${channels}.`,
    );
  if (channels < 1 || channels > 4)
    throw new Error(
      `thumbnail: an image of ${channels} channels cannot be shown; pick one or three of them.`,
    );
  const bytes = stretchToBytes(image).data as Uint8Array;
  return sharp(bytes, { raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } })
    .flatten()
    .resize(size, size, { fit: "inside" })
    .jpeg({ quality, chromaSubsampling: "4:4:4" })
    .toBuffer({ resolveWithObject: true });
}
