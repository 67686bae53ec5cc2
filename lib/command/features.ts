import { rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { ImageStack } from "../data/images/image.js";
import { openDataset } from "../data/open-dataset.js";
import { readNpy, writeNpy } from "../data/tables/npy.js";
import { digest } from "../digest.js";
import { startEngine } from "../engine/engine.js";
import { paths } from "../files/paths.js";
import type { Matrix } from "../matrix.js";
import { type EncoderOptions, encoder } from "../nn/encoder.js";
import { extractFeatures } from "../nn/extract-features.js";
import { saveFeatures } from "../nn/features-file.js";
import { resnet18 } from "../nn/resnet18.js";
import { loadWeights } from "../nn/weights.js";
import { weightsDigest } from "../nn/weights-file.js";
import { progress } from "../notebook/progress.js";
import { cropDefaults } from "../preprocess/crop.js";
import { preprocess, preprocessVersion } from "../preprocess/preprocess.js";
import { numberList } from "./number-list.js";
import { wholeNumber } from "./whole-number.js";

const usage = `Turns images into numbers in which similar ones lie close together, and writes them with their ids.

  latent-sky features FOLDER --weights imagenet --out features.parquet

  --weights W       imagenet (default), random, a file of ResNet-18 weights, or a model.onnx of any network
  --out FILE        .parquet or .npy (default features.parquet)
  --size N          pixels of the crop of each central source, and of a ResNet's input (default ${cropDefaults.size})
  --limit N         only the first N images
 of a model.onnx, whose file does not tell:
  --output NAME     the output that holds the features
  --token T         which token of a ViT's output: 0, or mean
  --input N         pixels that it sees, where any number will do; --resize M before its centre is cut out
  --mean a,b,c --std a,b,c --channels RGB|BGR|grey
Stopped, the same command goes on where it was.`;

/** Images a block: what is computed before it is kept. */
const BLOCK = 512;

/** How one block of images becomes features, and what names all that they depend on. */
interface Network {
  digest: string;
  note: string;
  features(stack: ImageStack, indices: readonly number[]): Promise<Matrix>;
  close(): Promise<void>;
}

/** `latent-sky features`: `preprocess`, then `extractFeatures` or an `encoder`, then `saveFeatures`. */
export async function features(args: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      weights: { type: "string", default: "imagenet" },
      out: { type: "string", default: "features.parquet" },
      size: text,
      limit: text,
      output: text,
      token: text,
      input: text,
      resize: text,
      mean: text,
      std: text,
      channels: text,
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const [folder, more] = positionals;
  if (folder === undefined || more !== undefined)
    throw new Error("Give one folder of images: latent-sky features FOLDER; --help says more.");
  if (!/\.(parquet|npy)$/.test(values.out))
    throw new Error(`Features are saved as .parquet or .npy, not as ${values.out}.`);
  const size = wholeNumber("size", values.size) ?? cropDefaults.size;
  const dataset = await openDataset(folder, { limit: wholeNumber("limit", values.limit) });
  const net = /\.onnx$/i.test(values.weights)
    ? await foreign(values.weights, optionsOf(values))
    : await own(values.weights, size);
  try {
    console.error(net.note);
    const preparing = progress("Preprocessing");
    const { stack, wholeFrame, doubtful } = await preprocess(dataset, { size, onProgress: preparing });
    preparing.done();
    if (stack.skipped.length) console.error(`${stack.skipped.length} images do not decode and are left out.`);
    if (doubtful.length)
      console.error(`${doubtful.length} images may be damaged: ${doubtful[0].id}: ${doubtful[0].reason}.`);
    if (wholeFrame.length) console.error(`${wholeFrame.length} images keep their whole frame.`);
    const { fingerprint } = dataset.provenance;
    const key = digest([fingerprint, JSON.stringify([preprocessVersion, size, stack.ids]), net.digest]);
    const blocks = paths.cache("features", key);
    const found = await inBlocks(stack, net, blocks);
    const provenance = {
      dataset: dataset.name,
      fingerprint,
      size,
      weights: net.note,
      saved: new Date().toISOString(),
    };
    await saveFeatures(values.out, { ids: stack.ids, features: found, provenance });
    await rm(blocks, { recursive: true, force: true });
    await stack.close();
    await dataset.close();
    console.log(`${found.shape[0]} images, ${found.shape[1]} numbers each: ${values.out}`);
  } finally {
    await net.close();
  }
  return 0;
}

/** Block by block; what an earlier call left in `folder` is not computed again. */
async function inBlocks(stack: ImageStack, net: Network, folder: string): Promise<Matrix> {
  const bar = progress("Features");
  let all: Matrix | null = null;
  for (let from = 0; from < stack.length; from += BLOCK) {
    const count = Math.min(BLOCK, stack.length - from);
    const file = `${folder}/${from}.npy`;
    let block = await readNpy(file).catch(() => null);
    if (!block) {
      block = await net.features(
        stack,
        Array.from({ length: count }, (_, k) => from + k),
      );
      await writeNpy(file, block);
    }
    const [, d] = block.shape;
    all ??= { data: new Float32Array(stack.length * d), shape: [stack.length, d] };
    all.data.set(block.data, from * d);
    bar({ done: from + count, total: stack.length });
  }
  bar.done();
  if (!all) throw new Error("There is no image that could be read.");
  return all;
}

async function own(weights: string, imageSize: number): Promise<Network> {
  const { note, backend, precision } = await startEngine();
  const net = resnet18();
  const { source, card } = await loadWeights(net, weights);
  const said = Object.entries(card).map(([what, words]) => `\n  ${what}: ${words}`);
  return {
    digest: digest([await weightsDigest(weights), `${backend} ${precision} ${imageSize}`]),
    note: `ResNet-18, weights ${source}, ${imageSize} px; ${note}${said.join("")}`,
    features: (stack, indices) => extractFeatures(net, stack, { indices, imageSize }),
    close: async () => net.dispose(),
  };
}

async function foreign(path: string, options: EncoderOptions): Promise<Network> {
  const net = await encoder(path, options);
  return {
    digest: net.digest,
    note: net.note,
    features: (stack, indices) => net.features(stack, { indices }),
    close: () => net.dispose(),
  };
}

function optionsOf(values: Record<string, string | boolean | undefined>): EncoderOptions {
  const { output, token, input, resize, mean, std, channels } = values as Record<string, string | undefined>;
  if (channels !== undefined && channels !== "RGB" && channels !== "BGR" && channels !== "grey")
    throw new Error(`--channels ${channels}: it is RGB, BGR or grey.`);
  if (token !== undefined && !/^(\d+|mean)$/.test(token))
    throw new Error(`--token ${token}: a number, or mean.`);
  return {
    output,
    token: token === undefined || token === "mean" ? (token as "mean" | undefined) : Number(token),
    size: wholeNumber("input", input),
    resize: wholeNumber("resize", resize),
    mean: numberList("mean", mean),
    std: numberList("std", std),
    channels,
  };
}
