import { join } from "node:path";
import sharp from "sharp";
import { atomicWrite } from "../../files/atomic-write.js";
import type { Dataset } from "../dataset.js";
import { stretchToBytes } from "./stretch.js";

/** Writes the images at `rows` as PNG files named by id into `folder`, and returns their paths. */
export async function saveImages(
  dataset: Dataset,
  rows: ArrayLike<number>,
  folder: string,
): Promise<string[]> {
  return Promise.all(
    Array.from(rows, async (row) => {
      const { data, width, height, channels } = stretchToBytes(await dataset.image(row));
      const raw = { width, height, channels: channels as 1 | 3 };
      const png = await sharp(data as Uint8Array, { raw })
        .png()
        .toBuffer();
      // Ids come from archives: nothing in them may lead out of the folder.
      const path = join(folder, `${dataset.ids[row].replace(/[^\w.+-]/g, "_")}.png`);
      await atomicWrite(path, png);
      return path;
    }),
  );
}
