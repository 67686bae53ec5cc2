import type { ImageStack } from "../data/images/image.js";
import { Random } from "../random.js";
import { type TrainedEpoch, trainByolEpoch } from "./byol-epoch.js";
import { ByolNetworks } from "./byol-networks.js";
import { ByolOptimiser } from "./byol-optimiser.js";
import {
  type ByolOptions,
  checkSettings,
  type Measurements,
  type SettledByolOptions,
  settingsOf,
  settleByolOptions,
} from "./byol-options.js";
import { Checkpoints } from "./checkpoint.js";
import { collapseWarning, embeddingSpread, MONITORED } from "./collapse.js";
import { extractFeatures } from "./extract-features.js";
import type { ResNet18 } from "./resnet18.js";

/** What is known after an epoch; epoch 0 is the network before training. */
export interface EpochReport {
  epoch: number;
  epochs: number;
  /** Mean over the epoch's images, in [0, 8]; null before training. */
  loss: number | null;
  /** See `embeddingSpread`: of the features of up to 256 images. */
  embeddingStd: number;
  effectiveRank: number;
  imagesPerSecond: number | null;
  /** Training only. */
  seconds: number;
  /** Share of those seconds in which the engine waited for images and their warps. */
  dataShare: number;
  evaluationSeconds: number;
  /** For the epochs still to come, at this one's pace; 0 before the first. */
  etaSeconds: number;
  evaluation: Measurements;
  warnings: string[];
}

/** What the generator hands out. */
export interface ByolEpoch extends EpochReport {
  /** True for epochs that an earlier run did: they are reported again, from the log. */
  replayed: boolean;
  /** Whether the network stands at this epoch; at those replayed before the last it is further on already. */
  current: boolean;
}

/**
 * Trains `net` in place, without labels, by BYOL (section 4), and reports after every epoch. The network is the
 * caller's: built and given its start before (`resnet18`, `loadWeights`), of use between epochs, disposed of after.
 * A run that resumes is given the network with the same start again, and brings it to where the checkpoint stands.
 *
 * Each epoch sees all images in a new order; each image gives two views, drawn by (seed, epoch, step), so a run that
 * resumes from a checkpoint has the same numbers as one that was never stopped.
 */
export async function* trainByol(
  net: ResNet18,
  stack: ImageStack,
  options: ByolOptions = {},
): AsyncGenerator<ByolEpoch, void, void> {
  const o = settleByolOptions(stack, options);
  const networks = new ByolNetworks(net, o, o.seed);
  let optimiser: ByolOptimiser | undefined;
  try {
    const checkpoints = o.checkpoint
      ? new Checkpoints<EpochReport>(o.checkpoint.folder, o.checkpoint.keep)
      : null;
    const settings = await settingsOf(o, stack, await net.parameters.export());
    const saved = await checkpoints?.latest(o.epochs);
    const log: EpochReport[] = [];
    if (saved) {
      checkSettings(saved.state.settings, settings, o.checkpoint!.folder);
      networks.assign(saved.tensors);
      optimiser = new ByolOptimiser(networks, o);
      optimiser.assign(saved.tensors, saved.state.step);
      for (const entry of saved.state.log) {
        log.push(entry);
        const last = log.length === saved.state.log.length;
        const warnings = last ? [...entry.warnings, ...saved.refused] : entry.warnings;
        yield { ...entry, epochs: o.epochs, warnings, replayed: true, current: last };
      }
    } else {
      await networks.copyToTarget();
      optimiser = new ByolOptimiser(networks, o);
      const report = await examine(net, stack, o, { epoch: 0, loss: null, seconds: 0, dataSeconds: 0 });
      log.push(report);
      yield { ...report, replayed: false, current: true };
    }
    for (let epoch = log[log.length - 1].epoch + 1; epoch <= o.epochs; epoch++) {
      const trained = await trainByolEpoch(optimiser, stack, o, epoch);
      const report = await examine(net, stack, o, trained);
      log.push(report);
      await checkpoints?.save(
        { epoch, step: optimiser.step, settings, log },
        await everything(networks, optimiser),
      );
      yield { ...report, replayed: false, current: true };
    }
  } finally {
    optimiser?.dispose();
    networks.dispose();
  }
}

async function everything(networks: ByolNetworks, optimiser: ByolOptimiser) {
  return new Map([...(await networks.export()), ...(await optimiser.export())]);
}

/** Looks at the network after an epoch: collapse monitor and the caller's evaluation. */
async function examine(
  net: ResNet18,
  stack: ImageStack,
  o: SettledByolOptions,
  trained: TrainedEpoch,
): Promise<EpochReport> {
  const began = performance.now();
  const indices = new Random(o.seed).fork("monitor").permutation(stack.length).subarray(0, MONITORED);
  const features = await extractFeatures(net, stack, { indices, imageSize: o.imageSize, signal: o.signal });
  const { embeddingStd, effectiveRank } = embeddingSpread(features);
  const evaluation = (await o.evaluate?.(net)) ?? {};
  const { epoch, loss, seconds, dataSeconds } = trained;
  const warning = loss === null ? null : collapseWarning(loss, { embeddingStd, effectiveRank });
  const evaluationSeconds = (performance.now() - began) / 1000;
  return {
    epoch,
    epochs: o.epochs,
    loss,
    embeddingStd,
    effectiveRank,
    imagesPerSecond: seconds > 0 ? stack.length / seconds : null,
    seconds,
    dataShare: seconds > 0 ? dataSeconds / seconds : 0,
    evaluationSeconds,
    etaSeconds: loss === null ? 0 : (seconds + evaluationSeconds) * (o.epochs - epoch),
    evaluation,
    warnings: warning ? [warning] : [],
  };
}
