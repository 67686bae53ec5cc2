import { appendFileSync } from "node:fs";
import { majorityAccuracy } from "../../lib/discovery/majority-accuracy.js";
import { startEngine } from "../../lib/engine/engine.js";
import { openStudy } from "../../lib/study/open-study.js";
import { parseProfile } from "../../lib/study/settings.js";

/**
 * Section 8 at the paper's sizes on the card, from released data in LATENT_SKY_DATA: a network is trained on real
 * galaxies, then four starts for 50 epochs on MiraBest for each seed. Appends a line of JSON for each start to the file
 * named first, as soon as it is done; the other arguments are the seeds.
 */
async function main(): Promise<void> {
  const [file = "mirabest.json", ...seeds] = process.argv.slice(2);
  const began = performance.now();
  const write = (row: object) => {
    const line = JSON.stringify({ ...row, seconds: (performance.now() - began) / 1000 });
    appendFileSync(file, `${line}\n`);
    console.log(line.slice(0, 400));
  };
  write({ engine: (await startEngine()).note });
  const dataset = process.env.LATENT_SKY_GALAXIES ?? "galaxy-zoo-2+efigi+sdss-cutouts";
  const galaxies = await openStudy({ profile: "standard", dataset, seed: 1 });
  const encoder = await (await galaxies.representation()).train();
  write({
    trained: galaxies.describe((await galaxies.images()).stack.length),
    epochs: encoder.map((e) => e.knn),
  });
  await galaxies.close();
  for (const seed of seeds.map(Number)) {
    const profile = parseProfile(process.env.LATENT_SKY_MIRABEST ?? "paper", "LATENT_SKY_MIRABEST");
    const study = await openStudy({ profile, dataset: "mirabest", seed }, "radio");
    for (const start of await study.starts()) {
      if (!start.available) {
        write({ seed, start: start.name, missing: start.note });
        continue;
      }
      const net = await study.representation(start.name);
      const epochs = await net.train();
      const { X, pca } = await net.reduced();
      const { clusters } = await net.clusters();
      const { indices, labels } = (await study.evaluation())!;
      const among = Int32Array.from(indices, (i) => clusters[i]);
      write({
        seed,
        start: start.name,
        note: start.note,
        knn: epochs.map((e) => e.knn),
        loss: epochs.map((e) => e.loss),
        components: pca.nComponents,
        images: X.shape[0],
        clusters: majorityAccuracy(labels, among).accuracy,
      });
    }
    await study.close();
  }
}

await main();
