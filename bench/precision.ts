import { startEngine } from "../lib/engine/engine.js";
import { knnAccuracy } from "../lib/models/knn-accuracy.js";
import { extractFeatures } from "../lib/nn/extract-features.js";
import { resnet18 } from "../lib/nn/resnet18.js";
import { trainByol } from "../lib/nn/train-byol.js";
import { openStudy } from "../lib/study/open-study.js";
import { profileSizes } from "../lib/study/profile-sizes.js";
import type { BenchRow } from "./bench-row.js";

const EPOCHS = 5;

/**
 * What bf16 costs in what is learned: the KNN accuracy (section 5) after five epochs of BYOL on the quick mock survey,
 * from the same random start, batches and views in f32 and in bf16. One row; `ours` is bf16, the peer is f32.
 */
export async function run(): Promise<BenchRow[]> {
  const study = await openStudy({ profile: "quick", dataset: "mock", seed: 1 });
  const { stack } = await study.images();
  const { indices, labels } = (await study.evaluation())!;
  const { imageSize, batchSize, hiddenSize } = profileSizes("quick", "optical");
  const accuracy = async (precision: "f32" | "bf16") => {
    await startEngine({ precision });
    const options = { epochs: EPOCHS, batchSize, hiddenSize, imageSize, seed: 1 };
    const net = resnet18({ seed: 1 });
    for await (const _ of trainByol(net, stack, options));
    const features = await extractFeatures(net, stack, { indices, imageSize });
    net.dispose();
    return knnAccuracy(features, labels, { seed: 1 });
  };
  const [f32, bf16] = [await accuracy("f32"), await accuracy("bf16")];
  await study.close();
  const stage = `KNN accuracy after ${EPOCHS} epochs on the mock, bf16 against f32`;
  const note = `std over splits: bf16 ${bf16.std.toFixed(3)}, f32 ${f32.std.toFixed(3)}`;
  const row = { unit: "", ratio: bf16.mean / f32.mean, target: "within its std" };
  return [{ stage, ours: bf16.mean, peer: f32.mean, note, ...row }];
}
