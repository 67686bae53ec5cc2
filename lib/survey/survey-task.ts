import { visibleConsole } from "../visible-console.js";
import { runTask } from "./run-task.js";
import type { SurveyStage } from "./survey-stages.js";

/**
 * The program that a node runs: `node survey-task.mjs FOLDER STAGE [SHARD]`. It is bundled into one file
 * (`bundledTask`), since reading hundreds of modules from a shared disk takes longer than many tasks.
 */
async function main([folder, stage, shard]: string[]): Promise<void> {
  visibleConsole(); // for whoever reads the log in a terminal
  const start = performance.now();
  const note = `${stage}${shard === undefined ? "" : ` ${shard}`}`;
  let last = start;
  const how = await runTask(folder, stage as SurveyStage, shard === undefined ? null : Number(shard), {
    threads: process.env.LATENT_SKY_THREADS ? Number(process.env.LATENT_SKY_THREADS) : undefined,
    onProgress({ done, total, note: more }) {
      if (performance.now() - last < 30_000) return;
      last = performance.now();
      console.log(`${note}: ${done} of ${total}${more ? `, ${more}` : ""}`);
    },
  });
  console.log(
    `${note}: ${how === "there" ? "done already" : `done in ${((performance.now() - start) / 1000).toFixed(1)} s`}`,
  );
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
