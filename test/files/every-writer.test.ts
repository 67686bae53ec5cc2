import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../lib/package-root.js";
import { writers } from "./all-writers.js";

/** What writes a file, and which of `writers`, or which other test, lets its writing fail. */
const testedBy: Readonly<Record<string, string>> = {
  "lib/files/atomic-write.ts": "a text",
  "lib/files/file-sum.ts": "a stage, a matrix",
  "lib/files/text-block.ts": "a table in CSV",
  "lib/files/with-lock.ts": "a stage, JSON",
  "lib/data/archives/tar.ts": "test/files/full-disk.test.ts",
  "lib/data/cutouts/fetch-cutouts.ts": "cutouts",
  "lib/data/download/download.ts": "a release gathered from elsewhere",
  "lib/data/download/download-file.ts": "a download",
  "lib/data/download/transfer.ts": "a download",
  "lib/data/images/fits/write-fits.ts": "a FITS image",
  "lib/data/images/save-images.ts": "saved images",
  "lib/data/images/write-stack.ts": "a stack",
  "lib/data/mock/mock-radio.ts": "the mock radio set",
  "lib/data/mock/mock-survey.ts": "the mock survey",
  "lib/data/mock/mock-tables.ts": "the mock survey",
  "lib/data/mock/mock-survey-worker.ts": "the mock survey",
  "lib/data/mock/mock-tiles.ts": "the mock tiles",
  "lib/data/tables/npy.ts": "an npy",
  "lib/data/tables/write-csv.ts": "a table in CSV",
  "lib/data/tables/write-fits-table.ts": "a table in FITS",
  "lib/data/tables/write-parquet.ts": "a table in parquet",
  "lib/discovery/active-learning.ts": "the log of a search",
  "lib/discovery/label-file.ts": "a label",
  "lib/models/neighbour-index.ts": "an index of neighbours",
  "lib/nn/checkpoint.ts": "a checkpoint",
  "lib/nn/features-file.ts": "features in npy",
  "lib/nn/safetensors.ts": "weights",
  "lib/nn/save-onnx.ts": "an ONNX model",
  "lib/notebook/explorer.ts": "the explorer",
  "lib/notebook/export-figure.ts": "a figure's numbers",
  "lib/study/ledger.ts": "the ledger",
  "lib/study/left-out.ts": "what was left out",
  "lib/study/last-run.ts": "the last run's settings",
  "lib/study/study-cache.ts": "a stage, a matrix",
  "lib/study/trained-encoders.ts": "a trained encoder",
  "lib/survey/merge-shards.ts": "test/survey/task-io-errors.test.ts",
  "lib/survey/plan-survey.ts": "the plan of a survey",
  "lib/survey/receipts.ts": "a receipt of a survey",
  "lib/survey/run-task.ts": "test/survey/task-io-errors.test.ts",
  "lib/survey/score-survey.ts": "test/survey/task-io-errors.test.ts",
  "lib/survey/shard-features.ts": "test/survey/task-io-errors.test.ts",
  "lib/survey/survey-components.ts": "test/survey/task-io-errors.test.ts",
  "lib/survey/survey-models.ts": "test/survey/task-io-errors.test.ts",
  "environment/jupyter/renderers.ts": "what Jupyter draws figures with",
  "environment/runner/notebook-file.ts": "a notebook",
  "environment/runner/run-timings.ts": "how long cells took",
  "environment/site/site.ts": "the site",
};

/** What writes nothing of a user's: made anew at the next start, or by those who build the project. */
const noWork = new Set([
  "lib/survey/bundled-task.ts",
  "lib/survey/submit-survey.ts",
  "environment/commands/kernels.ts",
  "environment/kernel/kept-code.cjs",
  "environment/runner/kernel-client.ts",
  "environment/setup/build-addon.mjs",
  "environment/setup/compile-package.mjs",
  "environment/setup/keep-code.cjs",
  "environment/setup/prepare-kernel.mjs",
]);

const writes =
  /\b(atomicWrite(By)?|writeFile(Sync)?|appendFile(Sync)?|createWriteStream|copyFile(Sync)?|rename(Sync)?|symlink(Sync)?)\(/;

test("everything that writes a file is made to fail by a test", () => {
  const sources = ["lib", "environment"].flatMap((folder) =>
    readdirSync(packageRoot(folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(ts|mjs|cjs)$/.test(file) && !/(^|\/)(build|page|pages)\//.test(file))
      .map((file) => join(folder, file)),
  );
  const writing = sources.filter((file) => {
    const code = readFileSync(packageRoot(file), "utf8").replace(/^\s*(\/\/|\/?\*).*$/gm, "");
    return writes.test(code) && !noWork.has(file);
  });
  assert.deepEqual(writing.sort(), Object.keys(testedBy).sort());
  for (const by of Object.values(testedBy))
    assert.ok(by in writers || (by.endsWith(".test.ts") && existsSync(packageRoot(by))), by);
});
