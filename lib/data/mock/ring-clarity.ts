import type { MockTruth } from "./mock-truth.js";

/**
 * How clearly each image of a mock survey shows a ring, in the dataset's order; 0 where there is none. The ring's width
 * on the sky in units of the seeing, times its brightness over the noise, less where the disc is inclined: a number to
 * sort by, without a scale of its own.
 */
export function ringClarity(truth: MockTruth): Float64Array {
  const column = (name: string) => {
    const values = truth.table.numeric.get(name);
    if (!values)
      throw new Error(`The mock survey's truth has no column ${name}; delete the survey's folder.`);
    return values;
  };
  const names = ["radius", "ringRadius", "brightness", "inclination", "psf", "noise"];
  const [radius, ring, brightness, inclination, psf, noise] = names.map(column);
  return Float64Array.from(truth.rows, (row, i) => {
    if (truth.classes[i] !== "ring") return 0;
    const width = (radius[row] * ring[row] * Math.cos((inclination[row] * Math.PI) / 180)) / psf[row];
    return (width * brightness[row]) / noise[row];
  });
}
