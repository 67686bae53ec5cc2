import type { MockTruth } from "./mock-truth.js";

/**
 * How clearly each image of a mock survey shows a ring, in the dataset's order; 0 where there is none. The ring's width
 * on the sky in units of the seeing (beyond five it is clear enough), times its brightness over the noise, less where the
 * disc is inclined, or so faint that a crop about the core leaves the ring outside: a number to sort by.
 */
export function ringClarity(truth: MockTruth): Float64Array {
  const column = (name: string) => {
    const values = truth.table.numeric.get(name);
    if (!values)
      throw new Error(`The mock survey's truth has no column ${name}; delete the survey's folder.`);
    return values;
  };
  const names = ["radius", "ringRadius", "brightness", "inclination", "psf", "noise", "bulgeFraction"];
  const [radius, ring, brightness, inclination, psf, noise, bulge] = names.map(column);
  return Float64Array.from(truth.rows, (row, i) => {
    if (truth.classes[i] !== "ring") return 0;
    const width = (radius[row] * ring[row] * Math.cos((inclination[row] * Math.PI) / 180)) / psf[row];
    return (Math.min(5, width) * brightness[row] * (1 - bulge[row])) / noise[row];
  });
}
