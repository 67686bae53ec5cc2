import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileDigest } from "../files/file-digest.js";
import { type ResNet18, resnet18 } from "../nn/resnet18.js";
import { findImagenet, loadWeights } from "../nn/weights.js";
import type { SurveyPlan } from "./survey-plan.js";

/** The weights by their start and the digest of their file; random ones are made from the seed. */
export async function weightsDigest(start: string): Promise<SurveyPlan["weights"]> {
  if (start === "random") return { start, digest: "random" };
  if (start === "imagenet") {
    const path = findImagenet();
    return { start: path, digest: await fileDigest(path) };
  }
  const path = resolve(start);
  if (!existsSync(path))
    throw new Error(`There is no weight file ${path}; give "random", "imagenet" or a checkpoint.`);
  return { start: path, digest: await fileDigest(path) };
}

/** The network of a survey. Fails if the file of its weights is another than it was when the survey was planned. */
export async function surveyNetwork({ weights, seed }: SurveyPlan): Promise<ResNet18> {
  const net = resnet18({ seed });
  if (weights.start === "random") return net;
  if ((await fileDigest(weights.start)) !== weights.digest)
    throw new Error(
      `${weights.start} has changed since the survey was planned; bring the old file back, or plan again.`,
    );
  await loadWeights(net, weights.start);
  return net;
}
