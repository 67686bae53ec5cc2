import type { ImageStack } from "../data/images/image.js";
import { type ExampleKind, surestRows } from "../data/votes/surest-rows.js";
import type { VoteTable } from "../data/votes/vote-table.js";
import { median } from "../median.js";

/**
 * One galaxy for each of four kinds, to stand for a sample in a figure: of those that volunteers are surest of
 * (`surestRows`) the one whose image shows the kind best. Arms, two nuclei and a smooth profile are seen where the galaxy
 * is large and bright in its frame: the largest contrast, that is standard deviation of the pixels. An edge-on disc is
 * seen where it is thin: a box longer one way than the other is stretched to a square, which makes a lens of a needle.
 * Rows of `votes` are images of the stack; no image stands for two kinds.
 */
export async function clearestExamples(
  votes: VoteTable,
  stack: ImageStack,
): Promise<{ name: ExampleKind; row: number }[]> {
  const found: { name: ExampleKind; row: number }[] = [];
  for (const { name, rows } of surestRows(votes)) {
    const clarity = name === "edge-on" ? thinness : contrast;
    let best = { row: -1, clear: -1 };
    for (const row of rows) {
      if (found.some((f) => f.row === row)) continue;
      const clear = clarity(await stack.read([row]), stack);
      if (clear > best.clear) best = { row, clear };
    }
    if (best.row >= 0) found.push({ name, row: best.row });
  }
  return found;
}

function contrast(pixels: Uint8Array): number {
  let [sum, squares] = [0, 0];
  for (const v of pixels) {
    sum += v;
    squares += v * v;
  }
  return Math.sqrt(Math.max(0, squares / pixels.length - (sum / pixels.length) ** 2));
}

/**
 * 1 minus the axis ratio of the light above the median, by its second moments over the middle half of the frame, where
 * preprocessing puts the galaxy: 0 for a round source, towards 1 for a line. The light is squared: what is faint and
 * wide counts little.
 */
function thinness(pixels: Uint8Array, { width, height, channels }: ImageStack): number {
  const light: number[] = [];
  const [left, top] = [Math.floor(width / 4), Math.floor(height / 4)];
  const across = width - 2 * left;
  for (let y = top; y < height - top; y++)
    for (let x = left; x < width - left; x++) {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += pixels[(y * width + x) * channels + c];
      light.push(sum);
    }
  const sky = median(light);
  let [all, x1, y1, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  light.forEach((v, p) => {
    const w = Math.max(0, v - sky) ** 2;
    const [x, y] = [p % across, Math.floor(p / across)];
    all += w;
    x1 += w * x;
    y1 += w * y;
    xx += w * x * x;
    yy += w * y * y;
    xy += w * x * y;
  });
  if (all === 0) return 0;
  const [mx, my] = [x1 / all, y1 / all];
  const [sxx, syy, sxy] = [xx / all - mx * mx, yy / all - my * my, xy / all - mx * my];
  const [mean, half] = [(sxx + syy) / 2, Math.hypot((sxx - syy) / 2, sxy)];
  return mean + half > 0 ? 1 - Math.sqrt(Math.max(0, mean - half) / (mean + half)) : 0;
}
