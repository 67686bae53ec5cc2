import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Sky } from "../data/dataset.js";
import type { ImageStack } from "../data/images/image.js";
import { startEngine } from "../engine/engine.js";
import { atomicWrite } from "../files/atomic-write.js";
import { checkSum, writeWithSum } from "../files/file-sum.js";
import { paths } from "../files/paths.js";
import type { Matrix } from "../matrix.js";
import { extractFeatures } from "../nn/extract-features.js";
import { inputInWords } from "../nn/imagenet-input.js";
import { type ResNet18, resnet18 } from "../nn/resnet18.js";
import { readSafetensors } from "../nn/safetensors.js";
import { saveOnnx } from "../nn/save-onnx.js";
import { loadWeights, saveWeights, type WeightReport } from "../nn/weights.js";
import type { Profile, Settings } from "./settings.js";

/** What a study trained, told beside its weights: another study starts from it (section 8.1). */
export interface TrainedEncoder {
  sky: Sky;
  /** Whether they were drawn. */
  drawn: boolean;
  /** The images it learned from, as a figure's second line puts it. */
  images: string;
  /** The settings of the run. */
  dataset: string;
  profile: Profile;
  seed: number;
  /** The start of its own weights, by name or file, and how long it was trained. */
  start: string;
  epochs: number;
  /** When it was done, ISO 8601. */
  trained: string;
  /** What its own start was, in words, and the engine and precision that trained it. */
  startNote?: string;
  engine?: string;
}

const WEIGHTS = "encoder.safetensors";
// Written after the weights: without it the training did not come to its end.
const DESCRIPTION = "encoder.json";

/** The same for whoever gets the weights' file alone: it stands in its metadata, and `loadWeights` shows it. */
function encoderCard(encoder: TrainedEncoder): Record<string, string> {
  const { images, sky, drawn, profile, seed, epochs, start, startNote, trained, engine = "" } = encoder;
  return {
    architecture: "ResNet-18 without its classifier",
    recipe: "BYOL (Mohale & Lochner 2023, section 4), by latent-sky",
    "trained on": `${images}${drawn ? " (drawn, no real sky)" : ""}, ${sky}`,
    profile,
    seed: String(seed),
    epochs: String(epochs),
    "source weights": startNote ? `${start}: ${startNote}` : start,
    engine,
    date: trained,
    input: inputInWords,
  };
}

/** Keeps the network in `folder`, its weights first. */
export async function keepEncoder(folder: string, net: ResNet18, encoder: TrainedEncoder): Promise<void> {
  const file = encoderIn(folder);
  await writeWithSum(file, () => saveWeights(net, file, encoderCard(encoder)));
  await atomicWrite(join(folder, DESCRIPTION), `${JSON.stringify(encoder, null, 1)}\n`);
}

/** Copies an encoder's weights with their card to `path`, as .safetensors or .onnx. */
export async function saveEncoder(file: string, path: string): Promise<void> {
  if (!/\.(safetensors|onnx)$/.test(path))
    throw new Error(`An encoder is saved as .safetensors or as .onnx, not as ${path}.`);
  await withEncoder(file, async (net, card) =>
    path.endsWith(".onnx") ? saveOnnx(net, path, card) : saveWeights(net, path, card),
  );
}

/** Features [n, 512] by an encoder's weights. */
export function encodeBy(file: string, stack: ImageStack, imageSize: number): Promise<Matrix> {
  return withEncoder(file, (net) => extractFeatures(net, stack, { imageSize }));
}

async function withEncoder<T>(file: string, use: (net: ResNet18, card: WeightReport["card"]) => Promise<T>) {
  await startEngine();
  const net = resnet18();
  try {
    const { card } = await loadWeights(net, file);
    return await use(net, card);
  } finally {
    net.dispose();
  }
}

/** Where `keepEncoder` leaves the weights in `folder`. */
export const encoderIn = (folder: string): string => join(folder, WEIGHTS);

/** Whether the weights at `file` are there as `keepEncoder` wrote them, and their training came to its end. */
export async function isWholeEncoder(file: string): Promise<boolean> {
  if (!existsSync(join(dirname(file), DESCRIPTION))) return false;
  try {
    await checkSum(file);
    await readSafetensors(file); // one of an earlier version has no sum, and can be cut short all the same
    return true;
  } catch {
    return false;
  }
}

/** The one that `encoderFor` takes of those that are whole; one that is not is named and passed over. */
export async function wholeEncoderFor<E extends TrainedEncoder & { file: string }>(
  settings: Settings,
  drawn: boolean,
  encoders: readonly E[],
): Promise<E | null> {
  const found = encoderFor(settings, drawn, encoders);
  if (!found || (await isWholeEncoder(found.file))) return found;
  console.warn(`${found.file} is damaged and not started from; the study that trained it makes it again.`);
  return wholeEncoderFor(
    settings,
    drawn,
    encoders.filter((e) => e !== found),
  );
}

/** Every encoder that a study on this machine trained to its end, the newest first. */
export async function trainedEncoders(sky: Sky): Promise<(TrainedEncoder & { file: string })[]> {
  const studies = paths.cache("studies");
  const found: (TrainedEncoder & { file: string })[] = [];
  for (const study of await readdir(studies).catch(() => []))
    for (const stage of await readdir(join(studies, study)).catch(() => [])) {
      if (!stage.startsWith("encoder-")) continue;
      const folder = join(studies, study, stage);
      const encoder = await describedIn(folder);
      if (encoder) found.push({ ...encoder, file: join(folder, WEIGHTS) });
    }
  return found.filter((e) => e.sky === sky).sort((a, b) => b.trained.localeCompare(a.trained));
}

/**
 * The one of `encoders` (newest first) that another study should start from, or null: one of real images for a study of
 * real ones and of drawn ones for a `drawn` one, then what the same settings trained, else the longer training, and
 * last ImageNet's start, with which the paper goes on. Beside a larger run a quick one is no start worth comparing.
 */
export function encoderFor<E extends TrainedEncoder>(
  settings: Settings,
  drawn: boolean,
  encoders: readonly E[],
): E | null {
  const { profile, seed, dataset } = settings;
  const size = { quick: 0, standard: 1, paper: 2 };
  const score = (e: E) => {
    const same = e.profile === profile && e.seed === seed && e.dataset === dataset;
    return (
      (e.drawn === drawn ? 16 : 0) + (same ? 8 : 0) + 2 * size[e.profile] + (e.start === "ImageNet" ? 1 : 0)
    );
  };
  const enough = encoders.filter((e) => size[e.profile] >= Math.min(size[profile], size.standard));
  return enough.sort((a, b) => score(b) - score(a))[0] ?? null;
}

/** What is told of the encoder in `folder`; null where it is not whole, or told by another version in other words. */
async function describedIn(folder: string): Promise<TrainedEncoder | null> {
  try {
    const told = JSON.parse(await readFile(join(folder, DESCRIPTION), "utf8")) as TrainedEncoder | null;
    const texts = [told?.sky, told?.images, told?.dataset, told?.profile, told?.start, told?.trained];
    return texts.every((text) => typeof text === "string") ? told : null;
  } catch {
    return null;
  }
}
