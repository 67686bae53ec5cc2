import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { ImageStack } from "../data/images/image.js";
import { digest } from "../digest.js";
import { fileDigest } from "../files/file-digest.js";
import type { Matrix } from "../matrix.js";
import type { OnProgress } from "../progress-event.js";
import {
  encoderInput,
  type InputOptions,
  type InputRecipe,
  inputRecipe,
  recipeInWords,
} from "./encoder-input.js";
import {
  type OutputOptions,
  type OutputRecipe,
  outputInWords,
  outputRecipe,
  vectorsOf,
} from "./encoder-output.js";
import { type OnnxRuntime, type OnnxSession, onnxRuntime } from "./onnx-runtime.js";

/** What the model was trained on, and what of it is taken: its file does not tell. */
export interface EncoderOptions extends InputOptions, OutputOptions {
  /** Images at a time, default 32; a model of a fixed batch has its own. */
  batch?: number;
}

/** Which images, and who hears of it. */
export interface EncodeOptions {
  /** Rows of the stack; default all. */
  indices?: ArrayLike<number>;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * A network that somebody else trained (DINOv2, Zoobot, AION's image tower ...) from its ONNX file, run by
 * onnxruntime-node on the CPU. Its input's name, size, layout and batch are read from the file; what no file tells,
 * how the images it was trained on were scaled, is ImageNet's unless it is given, and `note` says all of it. Features
 * are f32.
 *
 * @example
 * const net = await encoder("dinov2-small.onnx", { size: 224, output: "last_hidden_state", token: 0 });
 * console.log(net.note);
 * const features = await net.features(stack);
 */
export async function encoder(path: string, options: EncoderOptions = {}): Promise<Encoder> {
  const { batch = 32, output, token, ...input } = options;
  if (!existsSync(path)) throw new Error(`There is no model ${path}.`);
  if (!(Number.isInteger(batch) && batch >= 1))
    throw new Error(`batch is ${batch}; give 1 or more images at a time.`);
  const runtime = onnxRuntime();
  let session: OnnxSession | undefined;
  try {
    session = await runtime.InferenceSession.create(path, {
      executionProviders: ["cpu"],
      logSeverityLevel: 3,
    });
    const [first, ...others] = session.inputMetadata;
    if (others.length || !first?.isTensor)
      throw new Error(
        `it has the inputs ${session.inputMetadata.map((i) => i.name).join(", ")}: one is expected`,
      );
    if (first.type !== "float32")
      throw new Error(`its input "${first.name}" is of type ${first.type}; export the model in float32`);
    const shape = (first.shape ?? []).map((n) => (typeof n === "number" && n > 0 ? n : -1));
    const recipe = inputRecipe({ name: first.name, shape }, input);
    const taken = outputRecipe(session.outputMetadata, { output, token });
    const external = [`${path}_data`, `${path}.data`].filter((file) => existsSync(file));
    const files = await Promise.all([path, ...external].map((file) => fileDigest(file)));
    return new Encoder(runtime, session, {
      path,
      input: first.name,
      fixed: shape[0] > 0 ? shape[0] : null,
      batch,
      recipe,
      taken,
      digest: digest([...files, JSON.stringify([recipe, taken])], 64),
    });
  } catch (cause) {
    await session?.release();
    throw new Error(`The model ${path} cannot be used: ${clause(cause)}.`, { cause });
  }
}

interface Model {
  path: string;
  input: string;
  /** Images that the model takes at a time, no more and no fewer; null where any number will do. */
  fixed: number | null;
  batch: number;
  recipe: InputRecipe;
  taken: OutputRecipe;
  digest: string;
}

/** What `encoder` opens. */
export class Encoder {
  /** The file's name. */
  readonly name: string;
  /** File, preprocessing and output in words. */
  readonly note: string;
  /** SHA-256 of the model and of how it is used. */
  readonly digest: string;

  constructor(
    private readonly runtime: OnnxRuntime,
    private readonly session: OnnxSession,
    private readonly model: Model,
  ) {
    const { path, recipe, taken } = model;
    this.name = basename(path);
    this.digest = model.digest;
    this.note = `${this.name}: ${recipeInWords(recipe)}; ${outputInWords(taken)}`;
  }

  /** A vector an image, [n, d]. */
  async features(stack: ImageStack, options: EncodeOptions = {}): Promise<Matrix> {
    const { onProgress, signal } = options;
    const { batch, fixed, recipe } = this.model;
    const indices = options.indices ?? Uint32Array.from({ length: stack.length }, (_, i) => i);
    const n = indices.length;
    let features: Matrix | null = null;
    for (let from = 0; from < n; from += fixed ?? batch) {
      signal?.throwIfAborted();
      const rows = Array.prototype.slice.call(indices, from, from + (fixed ?? batch)) as number[];
      const vectors = await this.run(await encoderInput(stack, rows, recipe), rows.length);
      const d = vectors[0].length;
      features ??= { data: new Float32Array(n * d), shape: [n, d] };
      for (const [k, vector] of vectors.entries()) {
        if (!vector.every(Number.isFinite))
          throw new Error(
            `${this.name} gives a feature of ${stack.ids[rows[k]]} that is no number (NaN or infinite).`,
          );
        features.data.set(vector, (from + k) * d);
      }
      onProgress?.({ done: from + rows.length, total: n });
    }
    if (!features) throw new Error(`${this.name} was given no image.`);
    return features;
  }

  /** Frees the model. */
  dispose(): Promise<void> {
    return this.session.release();
  }

  private async run(pixels: Float32Array, count: number): Promise<Float32Array[]> {
    const { input, fixed, recipe, taken } = this.model;
    const { size, channels, layout } = recipe;
    const c = channels === "grey" ? 1 : 3;
    const n = fixed ?? count;
    // A model of a fixed batch sees black images behind the last ones; what it makes of them is left out.
    const data = n === count ? pixels : new Float32Array(n * c * size * size);
    if (data !== pixels) data.set(pixels);
    const shape = layout === "NCHW" ? [n, c, size, size] : [n, size, size, c];
    const feeds = { [input]: new this.runtime.Tensor("float32", data, shape) };
    try {
      return vectorsOf((await this.session.run(feeds, [taken.name]))[taken.name], taken, count);
    } catch (cause) {
      throw new Error(`${this.name} cannot look at ${shape.join(" x ")}: ${clause(cause)}.`, { cause });
    }
  }
}

/** What onnxruntime says, in a line, without the place in its own C++ sources. */
function clause(cause: unknown): string {
  const [line] = (cause as Error).message.split("\n");
  return line.replace(/\s*\/onnxruntime_src\/\S+ .*\) (?=[A-Z])/, " ").replace(/\.$/, "");
}
