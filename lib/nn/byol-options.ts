import type { ImageStack } from "../data/images/image.js";
import { digest } from "../digest.js";
import type { OnProgress } from "../progress-event.js";
import type { AugmentOptions } from "./byol-augment.js";
import { differingSettings, type Keep } from "./checkpoint.js";
import type { TensorMap } from "./host-tensor.js";
import type { ResNet18 } from "./resnet18.js";

/** What was measured of a network, by name: numbers, and lists of them. */
export type Measurements = Record<string, number | readonly number[]>;

/** The paper's Table 1 is the default of every choice: `byolDefaults`. */
export interface ByolOptions {
  /** Default 20 (50 for the radio images of section 8). */
  epochs?: number;
  /** Default 128 (32 in section 8). A last batch of fewer images is used too, unless it is of one. */
  batchSize?: number;
  /** Adam's learning rate, default 1e-4. */
  learningRate?: number;
  /** Decay of the target network's moving average, default 0.99. */
  tau?: number;
  /** Neurons of the MLPs' hidden layers, default 4096. */
  hiddenSize?: number;
  /**
   * Length of the compared projections, default 256. Table 1's "neurons in projection layer 100" may mean this, or a
   * classifier that is never used beside the BYOL library's own 256; 100 gives the first reading.
   */
  projectionSize?: number;
  /** Side of the network's input in pixels; default the images' own width. */
  imageSize?: number;
  augment?: AugmentOptions;
  /** Default 0. With the same seed, images and engine a run repeats exactly. */
  seed?: number;
  /** Where checkpoints go and how many stay (default 2). A run finds its own there and goes on. */
  checkpoint?: { folder: string; keep?: Keep };
  /** What to report with every epoch, such as a KNN accuracy. Called before the first one too. */
  evaluate?: (net: ResNet18) => Promise<Measurements>;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** What section 4 and Table 1 chose; the two sizes that they leave open are the BYOL library's. */
export const byolDefaults = {
  epochs: 20,
  batchSize: 128,
  learningRate: 1e-4,
  tau: 0.99,
  hiddenSize: 4096,
  projectionSize: 256,
  seed: 0,
};

/** Options with every default filled in. */
export type SettledByolOptions = ReturnType<typeof settleByolOptions>;

export function settleByolOptions(stack: ImageStack, options: ByolOptions) {
  const o = {
    ...byolDefaults,
    imageSize: stack.width,
    augment: {} as AugmentOptions,
    ...Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined)),
  } as Required<Omit<ByolOptions, "checkpoint" | "evaluate" | "onProgress" | "signal">> & ByolOptions;
  const whole = (
    name: "epochs" | "batchSize" | "hiddenSize" | "projectionSize" | "imageSize",
    least: number,
  ) => {
    if (!(Number.isInteger(o[name]) && o[name] >= least))
      throw new Error(`trainByol: ${name} is ${o[name]}; give a whole number of at least ${least}.`);
  };
  whole("epochs", 0);
  // Batch normalisation of one image would divide by a variance of zero.
  whole("batchSize", 2);
  whole("hiddenSize", 1);
  whole("projectionSize", 1);
  whole("imageSize", 8);
  if (!(o.learningRate > 0))
    throw new Error(`trainByol: learningRate is ${o.learningRate}; give a positive number.`);
  if (!(o.tau >= 0 && o.tau <= 1)) throw new Error(`trainByol: tau is ${o.tau}; give a number from 0 to 1.`);
  if (stack.length < 2) throw new Error(`trainByol: ${stack.length} images are too few to train on.`);
  return o;
}

/** Images whose bytes tell one stack from another of the same ids: enough for another preparation, read in no time. */
const IMAGES_TOLD = 32;

/**
 * What the numbers of a run depend on; of the starting weights their digest, and of the pixels that of up to 32 images,
 * evenly spaced. `epochs` may grow, so that a finished run can be continued.
 */
export async function settingsOf(
  o: SettledByolOptions,
  stack: ImageStack,
  start: TensorMap,
): Promise<Record<string, unknown>> {
  const { batchSize, learningRate, tau, hiddenSize, projectionSize, imageSize, augment, seed } = o;
  const ids = digest(stack.ids.join("\n"));
  const images = {
    length: stack.length,
    height: stack.height,
    width: stack.width,
    channels: stack.channels,
    ids,
  };
  const told = Math.min(IMAGES_TOLD, stack.length);
  const spaced = Array.from({ length: told }, (_, i) => Math.floor((i * stack.length) / told));
  return {
    weights: digest([...start].flatMap(([name, { data }]) => [name, data])),
    batchSize,
    learningRate,
    tau,
    hiddenSize,
    projectionSize,
    imageSize,
    augment,
    seed,
    images,
    pixels: digest(await stack.read(spaced)),
  };
}

/** Fails, naming what differs, where a checkpoint belongs to a run with other settings. */
export function checkSettings(
  saved: Record<string, unknown>,
  wanted: Record<string, unknown>,
  folder: string,
): void {
  const differing = differingSettings(saved, wanted);
  if (differing.length === 0) return;
  const list = differing.map((k) => `${k} ${JSON.stringify(saved[k])}, now ${JSON.stringify(wanted[k])}`);
  throw new Error(
    `The checkpoints in ${folder} belong to another run (${list.join("; ")}); use its settings or another folder.`,
  );
}
