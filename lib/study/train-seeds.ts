import type { StartRun } from "./compare-starts.js";
import { withSeed } from "./open-study.js";
import type { Study } from "./study.js";

/**
 * Trains a study's starts again with as many further seeds as its profile asks for, to the epoch it asks for: the same
 * images, other orders, views and splits, and other weights where they are drawn. None where the profile is content
 * with one seed, or nothing is trained. Each training is kept where a study of that seed keeps it, and goes on there.
 */
export async function trainSeeds(study: Study, names: readonly string[]): Promise<StartRun[]> {
  const { seeds, seedEpochs } = study.sizes;
  const runs: StartRun[] = [];
  if (study.given) return runs;
  for (let seed = study.seed + 1; seed < study.seed + seeds; seed++) {
    const other = withSeed(study, seed);
    try {
      for (const name of names) {
        const net = await other.representation(name);
        runs.push({ name, seed, epochs: await net.train(seedEpochs) });
      }
    } finally {
      await other.closeImages();
    }
  }
  return runs;
}
