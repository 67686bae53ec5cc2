import { rename, rm, writeFile } from "node:fs/promises";
import sharp from "sharp";
import { temporaryName } from "../../files/temporary-name.js";
import { writeError } from "../../files/write-error.js";
import { drawGalaxy } from "./galaxy-population.js";
import { renderGalaxy } from "./render-galaxy.js";

export type MockSurveyJob = { index: number; path: string }[];
export interface MockSurveyContext {
  seed: number;
  imageSize: number;
}

sharp.concurrency(1);

/** Renders and writes some galaxies; runs in a worker thread. An image appears under its name only when whole. */
export async function work(job: MockSurveyJob, { seed, imageSize }: MockSurveyContext): Promise<number> {
  const writing: Promise<void>[] = [];
  for (const { index, path } of job) {
    const image = renderGalaxy({ ...drawGalaxy(seed, index), imageSize });
    const raw = { width: image.width, height: image.height, channels: 3 } as const;
    // Noise does not compress: more effort than this only costs time.
    const png = sharp(image.data, { raw }).png({ compressionLevel: 2, adaptiveFiltering: false }).toBuffer();
    writing.push(
      png.then(async (bytes) => {
        const temporary = temporaryName(path);
        try {
          await writeFile(temporary, bytes);
          await rename(temporary, path);
        } catch (error) {
          await rm(temporary, { force: true }).catch(() => {});
          throw writeError(path, error);
        }
      }),
    );
    // The encoder works in another thread while the next galaxy is painted; never more than two wait for it.
    if (writing.length > 1) await writing[writing.length - 2];
  }
  await Promise.all(writing);
  return job.length;
}
