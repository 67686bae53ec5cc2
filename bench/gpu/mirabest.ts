import { appendFileSync } from "node:fs";
import { majorityAccuracy } from "../../lib/discovery/majority-accuracy.js";
import { startEngine } from "../../lib/engine/engine.js";
import { openStudy } from "../../lib/study/open-study.js";
import { parseProfile } from "../../lib/study/settings.js";
import { trainSeeds } from "../../lib/study/train-seeds.js";

/**
 * Section 8 at the paper's sizes on the card, from MiraBest in LATENT_SKY_DATA: `mirabest.js FILE [START...]` trains the
 * starts named (all, where none is) for 50 epochs, then with the profile's further seeds, as notebook 09 does, and
 * appends a line of JSON for each training to FILE as soon as it is done. What it computes is kept in LATENT_SKY_CACHE
 * as a study keeps it. Several at once, each with starts of its own, share a card.
 */
async function main(): Promise<void> {
  const [file = "mirabest.jsonl", ...wanted] = process.argv.slice(2);
  const began = performance.now();
  const write = (row: object) => {
    const line = JSON.stringify({ ...row, seconds: (performance.now() - began) / 1000 });
    appendFileSync(file, `${line}\n`);
    console.log(line.slice(0, 300));
  };
  const { note } = await startEngine();
  write({ engine: note });
  const profile = parseProfile(process.env.LATENT_SKY_MIRABEST ?? "paper", "LATENT_SKY_MIRABEST");
  const study = await openStudy({ profile, dataset: "mirabest", seed: 1 }, "radio");
  for (const start of await study.starts()) {
    if (wanted.length > 0 && !wanted.includes(start.name)) continue;
    if (!start.available) {
      write({ start: start.name, missing: start.note });
      continue;
    }
    const net = await study.representation(start.name);
    write({ start: start.name, keys: await net.keys() });
    const epochs = await net.train();
    const { X, pca } = await net.reduced();
    const { clusters } = await net.clusters();
    const { indices, labels } = (await study.evaluation())!;
    const among = Int32Array.from(indices, (i) => clusters[i]);
    const knn = epochs.map((e) => e.knn?.mean);
    const training = epochs.reduce((sum, e) => sum + e.seconds, 0);
    write({
      ...{ seed: 1, start: start.name, note: start.note, knn, loss: epochs.map((e) => e.loss), training },
      ...{ components: pca.nComponents, images: X.shape[0] },
      clusters: majorityAccuracy(labels, among).accuracy,
    });
    for (const { name, seed, epochs } of await trainSeeds(study, [start.name]))
      write({ seed, start: name, knn: epochs.map((e) => e.knn?.mean) });
  }
  await study.close();
}

await main();
