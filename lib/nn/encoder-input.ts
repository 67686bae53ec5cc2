import type { ImageStack } from "../data/images/image.js";
import { resizeImage } from "../data/images/resize-image.js";
import { IMAGENET_MEAN, IMAGENET_STD } from "./imagenet-input.js";

/** How images become what a foreign network was trained on; what is left out is ImageNet's. */
export interface InputOptions {
  /** Side of the network's input in pixels; default the model's own, else 224. */
  size?: number;
  /** Side to which the image is resized before its centre, `size` wide, is cut out; default `size`: no cut. */
  resize?: number;
  /** Subtracted from values in [0, 1], per channel in the order of `channels`; default ImageNet's. */
  mean?: readonly number[];
  /** Divides them; default ImageNet's. */
  std?: readonly number[];
  /** Order of the channels; grey is one channel, by luma. Default RGB, or grey for a model of one channel. */
  channels?: "RGB" | "BGR" | "grey";
  /** Where the channels stand; default as the model's input shape tells. */
  layout?: "NCHW" | "NHWC";
}

/** Everything settled: one way from an image to numbers. */
export interface InputRecipe extends Required<InputOptions> {
  size: number;
}

/** The model's input as it declares it: -1 where a dimension is free. */
export interface DeclaredInput {
  name: string;
  shape: readonly number[];
}

/** The recipe that the options and the model's own input agree on; a sentence where they do not. */
export function inputRecipe({ name, shape }: DeclaredInput, options: InputOptions): InputRecipe {
  if (shape.length !== 4)
    throw new Error(`its input "${name}" has ${shape.length} dimensions, where images have 4`);
  const isColours = (n: number) => n === 1 || n === 3;
  const told = isColours(shape[1]) ? "NCHW" : isColours(shape[3]) ? "NHWC" : null;
  const layout = options.layout ?? told ?? (shape[1] < 0 && shape[3] < 0 ? "NCHW" : null);
  const shown = `[${shape.map((n) => (n < 0 ? "any" : n)).join(", ")}]`;
  if (!layout)
    throw new Error(`its input "${name}" is ${shown}: images of 1 or 3 channels can be given, and no others`);
  const [c, h, w] = layout === "NCHW" ? shape.slice(1) : [shape[3], shape[1], shape[2]];
  const channels = options.channels ?? (c === 1 ? "grey" : "RGB");
  const count = channels === "grey" ? 1 : 3;
  if (c >= 0 && c !== count)
    throw new Error(
      `its input "${name}" is ${shown}, ${layout}: ${c} channels, where ${channels} has ${count}`,
    );
  if (h >= 0 && w >= 0 && h !== w)
    throw new Error(`its input "${name}" is ${shown}: only squares are made here`);
  const own = Math.max(h, w);
  const size = options.size ?? (own > 0 ? own : 224);
  if (own > 0 && size !== own) throw new Error(`it takes ${own} x ${own} pixels; size says ${size}`);
  const resize = options.resize ?? size;
  if (!(Number.isInteger(size) && size > 0 && Number.isInteger(resize) && resize >= size))
    throw new Error(
      `size ${size} and resize ${resize} must be whole numbers of pixels, resize the larger one`,
    );
  const grey = (of: readonly number[]) => [of.reduce((a, b) => a + b) / of.length];
  const inOrder = (of: readonly number[]) =>
    channels === "grey" ? grey(of) : channels === "BGR" ? [...of].reverse() : [...of];
  const mean = options.mean ?? inOrder(IMAGENET_MEAN);
  const std = options.std ?? inOrder(IMAGENET_STD);
  if (
    mean.length !== count ||
    std.length !== count ||
    !std.every((s) => s > 0) ||
    !mean.every(Number.isFinite)
  )
    throw new Error(
      `mean [${mean}] and std [${std}] must be ${count} numbers each, for the channels ${channels}`,
    );
  return { size, resize, mean, std, channels, layout };
}

/** The recipe in words, for whoever has to judge whether the network was trained so. */
export function recipeInWords({ size, resize, mean, std, channels, layout }: InputRecipe): string {
  const cut = resize > size ? `, of which the central ${size} x ${size}` : "";
  const numbers = (of: readonly number[]) => of.map((v) => Number(v.toPrecision(4))).join(" ");
  return (
    `images resized to ${resize} x ${resize} (Lanczos)${cut}, channels ${channels}, values / 255, ` +
    `minus mean ${numbers(mean)}, by std ${numbers(std)}, ${layout}`
  );
}

/** The images at `rows` as the network's input, [n, c, size, size] or [n, size, size, c]. */
export async function encoderInput(
  stack: ImageStack,
  rows: readonly number[],
  recipe: InputRecipe,
): Promise<Float32Array> {
  const { size, resize, mean, std, channels, layout } = recipe;
  const bytes = await stack.read(rows);
  const { width, height, channels: have } = stack;
  const c = channels === "grey" ? 1 : 3;
  const each = width * height * have;
  const out = new Float32Array(rows.length * c * size * size);
  const from = Math.floor((resize - size) / 2);
  for (let k = 0; k < rows.length; k++) {
    const image = { data: bytes.subarray(k * each, (k + 1) * each), width, height, channels: have };
    const pixels = resizeImage(image, resize, resize, { channels: c });
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let j = 0; j < c; j++) {
          const value = pixels[((y + from) * resize + x + from) * c + (channels === "BGR" ? 2 - j : j)];
          const at =
            layout === "NCHW" ? ((k * c + j) * size + y) * size + x : ((k * size + y) * size + x) * c + j;
          out[at] = (value / 255 - mean[j]) / std[j];
        }
  }
  return out;
}
