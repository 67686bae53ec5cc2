import { fileDigest } from "../files/file-digest.js";
import { type ResNet18, resnet18 } from "../nn/resnet18.js";
import { loadWeights } from "../nn/weights.js";
import type { SurveyPlan } from "./survey-plan.js";

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
