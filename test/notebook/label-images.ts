import type { PixelImage } from "../../lib/data/images/image.js";

/** Sixty plain images, each of its own colour, so that a screenshot or a pixel tells which is shown. */
export const coloured = {
  ids: Array.from({ length: 60 }, (_, i) => `J${1000 + i}`),
  async image(i: number): Promise<PixelImage> {
    const size = 32;
    const data = new Uint8Array(size * size * 3);
    for (let p = 0; p < size * size; p++) data.set([(i * 37) % 256, (i * 91) % 256, (i * 53) % 256], 3 * p);
    return { data, width: size, height: size, channels: 3 };
  },
};
