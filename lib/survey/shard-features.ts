import { join } from "node:path";
import { cutoutDataset } from "../data/cutouts/cutout-dataset.js";
import { TileError, type TilePlace } from "../data/cutouts/survey-tile.js";
import type { Dataset } from "../data/dataset.js";
import { memoryStack } from "../data/images/image-stack.js";
import { stretchToBytes } from "../data/images/stretch.js";
import { writeNpyRows } from "../data/tables/npy.js";
import { atomicWrite } from "../files/atomic-write.js";
import { inParallel } from "../files/in-parallel.js";
import { throwIfPassing } from "../files/passing-error.js";
import { type Moments, mergeMoments, momentsOf } from "../models/covariance.js";
import { extractFeatures } from "../nn/extract-features.js";
import type { ResNet18 } from "../nn/resnet18.js";
import { sourceBoxDefaults } from "../preprocess/central-source-box.js";
import { cropAndResize } from "../preprocess/crop.js";
import { type PreprocessContext, work } from "../preprocess/preprocess-worker.js";
import type { OnProgress } from "../progress-event.js";
import type { StageOutput } from "./receipts.js";
import { momentsToBytes, readSources, type ShardNotes, shardPaths } from "./shard-files.js";
import { surveyNetwork } from "./survey-network.js";
import type { SurveyPlan } from "./survey-plan.js";

/** Images whose pixels are in memory at once: 77 MB at 224 pixels. */
const BLOCK = 512;
/** Cutouts in hand at once. */
const LANES = 8;

/**
 * The first stage of a shard: cutouts from the tiles, section 2.1, features of section 3; pixels are never kept. Its
 * moments are summed on the way, so that nobody reads the features again for them.
 */
export async function shardFeatures(
  folder: string,
  plan: SurveyPlan,
  tiles: readonly TilePlace[],
  shard: number,
  { onProgress, signal }: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<StageOutput> {
  const places = await readSources(folder, shard);
  const { lupton, stretch } = plan;
  const dataset = cutoutDataset({ images: plan.images, lupton: lupton ?? undefined }, tiles, places, {
    stretch: stretch ?? undefined,
    // Threads of its own would be one a core of the node for each of the tasks that share it.
    threads: 1,
  });
  const net = await surveyNetwork(plan);
  const paths = shardPaths(shard);
  const notes: ShardNotes = { skipped: [], whole: 0 };
  const d = net.featureSize;
  let moments: Moments = { n: 0, mean: new Float64Array(d), scatter: new Float64Array(d * d) };
  const blocks: Float32Array[] = [];
  try {
    // The next block is cut while this one is in the network.
    let next = cutBlock(dataset, plan, 0, signal);
    for (let from = 0; from < places.length; from += BLOCK) {
      signal?.throwIfAborted();
      const { pixels, kept, skipped, whole } = await next;
      next = cutBlock(dataset, plan, from + BLOCK, signal);
      next.catch(() => {});
      for (const { row, reason } of skipped) notes.skipped.push({ row, id: places[row].id, reason });
      notes.whole += whole;
      if (kept.length) {
        const x = await features(net, plan, pixels, kept);
        blocks.push(x);
        moments = mergeMoments(moments, momentsOf({ data: x, shape: [kept.length, d] }));
      }
      onProgress?.({
        done: Math.min(places.length, from + BLOCK),
        total: places.length,
        note: `shard ${shard}`,
      });
    }
    await next.catch(() => {});
  } finally {
    await dataset.close();
    net.dispose();
  }
  if (notes.skipped.length === places.length)
    throw new Error(
      `None of the ${places.length} cutouts of shard ${shard} can be read; the first: ${notes.skipped[0].reason}`,
    );
  await writeNpyRows(join(folder, paths.features), [places.length - notes.skipped.length, d], blocks);
  await atomicWrite(join(folder, paths.moments), momentsToBytes(moments));
  await atomicWrite(join(folder, paths.notes), `${JSON.stringify(notes)}\n`);
  return {
    paths: [paths.features, paths.moments, paths.notes],
    counts: {
      images: places.length,
      skipped: notes.skipped.length,
      whole: notes.whole,
      tileBytes: dataset.bytesRead,
    },
  };
}

interface Block {
  pixels: Uint8Array;
  /** Rows of the shard whose pixels these are. */
  kept: number[];
  skipped: { row: number; reason: string }[];
  whole: number;
}

/** Cutouts `from` on, cropped and resized; those that cannot be read are left out. */
async function cutBlock(
  dataset: Dataset,
  plan: SurveyPlan,
  from: number,
  signal?: AbortSignal,
): Promise<Block> {
  const count = Math.max(0, Math.min(BLOCK, dataset.length - from));
  const each = plan.size * plan.size * 3;
  const pixels = new Uint8Array(count * each);
  const context: PreprocessContext = {
    ...sourceBoxDefaults,
    size: plan.size,
    channels: 3,
    stretch: plan.stretch ?? undefined,
  };
  const reasons = new Array<string | null>(count).fill(null);
  let whole = 0;
  await inParallel(
    count,
    LANES,
    async (k) => {
      try {
        const image = await dataset.image(from + k);
        const into = pixels.subarray(k * each, (k + 1) * each);
        if (plan.crop === "none")
          cropAndResize(stretchToBytes(image, context.stretch), null, plan.size, { channels: 3, into });
        else if (work(image, context, into).box === null) whole++;
      } catch (error) {
        if (error instanceof TileError) throw error;
        throwIfPassing(error);
        reasons[k] = (error as Error).message;
      }
    },
    signal,
  );
  const kept: number[] = [];
  const skipped: Block["skipped"] = [];
  for (let k = 0; k < count; k++) {
    const reason = reasons[k];
    if (reason !== null) skipped.push({ row: from + k, reason });
    else {
      if (kept.length !== k) pixels.copyWithin(kept.length * each, k * each, (k + 1) * each);
      kept.push(from + k);
    }
  }
  return { pixels: pixels.subarray(0, kept.length * each), kept, skipped, whole };
}

async function features(
  net: ResNet18,
  plan: SurveyPlan,
  data: Uint8Array,
  kept: readonly number[],
): Promise<Float32Array> {
  const side = { height: plan.size, width: plan.size, channels: 3 };
  const { data: x } = await extractFeatures(net, memoryStack({ data, ...side, ids: kept.map(String) }));
  return x as Float32Array;
}
