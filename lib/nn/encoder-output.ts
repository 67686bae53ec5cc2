import type { OnnxTensor, OnnxValue } from "./onnx-runtime.js";

/** Which of a model's outputs is the features, and how a vector an image comes of it. */
export interface OutputOptions {
  /** The output's name; needed where several could be meant. */
  output?: string;
  /** Of an output [n, tokens, d]: the number of one token (0, the class token of a ViT), or their mean. */
  token?: number | "mean";
}

/** The output that is taken, and how. */
export interface OutputRecipe {
  name: string;
  rank: number;
  token: number | "mean" | null;
}

/**
 * The model's output that holds a vector an image: the one that is asked for, else the only one, else the only one of
 * shape [n, d]. Of [n, tokens, d] it has to be said which token; of [n, d, height, width] the mean over places is taken,
 * as pooling does.
 */
export function outputRecipe(outputs: readonly OnnxValue[], { output, token }: OutputOptions): OutputRecipe {
  const tensors = outputs.filter((o) => o.isTensor);
  const shown = tensors.map((o) => `"${o.name}" [${(o.shape ?? []).map(String).join(", ")}]`).join(", ");
  const pooled = tensors.filter((o) => o.shape?.length === 2);
  const found =
    output !== undefined
      ? tensors.find((o) => o.name === output)
      : tensors.length === 1
        ? tensors[0]
        : pooled.length === 1
          ? pooled[0]
          : undefined;
  if (!found)
    throw new Error(
      output === undefined
        ? `it has the outputs ${shown}: say which are the features with output`
        : `it has no output "${output}", but ${shown}`,
    );
  const rank = found.shape?.length ?? 0;
  if (rank < 2 || rank > 4)
    throw new Error(
      `its output "${found.name}" has ${rank} dimensions, where features have 2 to 4: it has ${shown}`,
    );
  if (rank === 3 && token === undefined)
    throw new Error(
      `its output "${found.name}" has a vector for every token: say which with token (0, the class token of a ViT, or "mean")`,
    );
  if (rank !== 3 && token !== undefined)
    throw new Error(`its output "${found.name}" has no tokens: leave token out`);
  return { name: found.name, rank, token: rank === 3 ? token! : null };
}

/** The recipe in words. */
export function outputInWords({ name, rank, token }: OutputRecipe): string {
  if (rank === 4) return `output "${name}", its mean over all places`;
  if (rank === 3)
    return `output "${name}", ${token === "mean" ? "the mean of its tokens" : `token ${token}`}`;
  return `output "${name}"`;
}

/** A vector for each of the first `count` images. */
export function vectorsOf(
  { data, dims, type }: OnnxTensor,
  recipe: OutputRecipe,
  count: number,
): Float32Array[] {
  if (!(data instanceof Float32Array))
    throw new Error(`its output "${recipe.name}" is of type ${type}; export the model in float32`);
  if (dims.length !== recipe.rank || dims[0] < count)
    throw new Error(`its output "${recipe.name}" came as [${dims.join(", ")}] for ${count} images`);
  const each = data.length / dims[0];
  return Array.from({ length: count }, (_, i) => {
    const own = data.subarray(i * each, (i + 1) * each);
    if (recipe.rank === 2) return own.slice();
    if (recipe.rank === 4) return meanOver(own, dims[1], dims[2] * dims[3], 1, dims[2] * dims[3]);
    const [, tokens, d] = dims;
    if (recipe.token === "mean") return meanOver(own, d, tokens, d, 1);
    if (!(Number.isInteger(recipe.token) && recipe.token! >= 0 && recipe.token! < tokens))
      throw new Error(
        `its output "${recipe.name}" has tokens 0 to ${tokens - 1}; there is no ${recipe.token}`,
      );
    return own.slice(recipe.token! * d, (recipe.token! + 1) * d);
  });
}

/** The mean of `places` values of each of `d` features, `step` apart, the features `stride` apart. */
function meanOver(x: Float32Array, d: number, places: number, step: number, stride: number): Float32Array {
  return Float32Array.from({ length: d }, (_, j) => {
    let sum = 0;
    for (let p = 0; p < places; p++) sum += x[j * stride + p * step];
    return sum / places;
  });
}
