import { fingerprintOf } from "../data/archives/archive.js";
import type { Dataset } from "../data/dataset.js";
import { cropImage } from "./crop.js";

/**
 * `dataset` with each image cut to its central `side` x `side` pixels and not resampled: two sets of one survey, framed
 * differently, then show a source at the same size. An image that is smaller is refused by name.
 */
export function centralFrame(dataset: Dataset, side: number): Dataset {
  if (!(Number.isInteger(side) && side > 0))
    throw new Error(`A central frame has a side of whole pixels, not ${side}.`);
  const { provenance, ids } = dataset;
  return {
    ...dataset,
    provenance: { ...provenance, fingerprint: fingerprintOf([provenance.fingerprint, `central ${side}`]) },
    async image(i) {
      const image = await dataset.image(i);
      const { width, height, doubt } = image;
      if (width < side || height < side)
        throw new Error(
          `${ids[i]} is ${width} x ${height} pixels and has no central frame of ${side} x ${side}.`,
        );
      const [x, y] = [width, height].map((length) => Math.floor((length - side) / 2));
      const frame = cropImage(image, { x, y, width: side, height: side });
      return doubt === undefined ? frame : { ...frame, doubt };
    },
  };
}
