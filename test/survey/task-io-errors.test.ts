import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readReceipt, receiptPath } from "../../lib/survey/receipts.js";
import { runTask } from "../../lib/survey/run-task.js";
import { scoreSurvey } from "../../lib/survey/score-survey.js";
import { readKeptSources } from "../../lib/survey/shard-files.js";
import { isSharded, surveyStages } from "../../lib/survey/survey-stages.js";
import { endsOf, failingAt } from "../files/failing-at.js";
import { scratch } from "../scratch.js";
import { tinySurvey, tinyTiles } from "./tiny-survey.js";

const folder = join(scratch(), "survey");

test("an I/O error in a survey's task is a sentence, and the task again leaves the same bytes", async () => {
  await tinySurvey(folder, await tinyTiles(scratch(), 14), 40);
  for (const stage of surveyStages) {
    const shard = isSharded(stage) ? 0 : null;
    const run = () => runTask(folder, stage, shard, { threads: 1 });
    const { steps } = await failingAt(-1, run);
    const { outputs } = (await readReceipt(folder, stage, shard))!;
    assert.ok(steps.includes("open") && steps.includes("rename"), stage);
    for (const n of endsOf(steps)) {
      rmSync(receiptPath(folder, stage, shard));
      const { failed, error } = await failingAt(n, run);
      const where = `${stage}, ${failed}, call ${n}`;
      assert.ok(failed, where);
      // The sync of a folder may fail: the new name is there all the same.
      if (error) assert.match((error as Error).message, /EIO.*again\b.*\.$/s, where);
      await run();
      assert.deepEqual((await readReceipt(folder, stage, shard))!.outputs, outputs, where);
    }
  }
  const left = readdirSync(folder, { recursive: true }).map(String);
  assert.deepEqual(
    left.filter((file) => /\.(tmp|lock)$/.test(file)),
    [],
  );
});

test("scores whose writing fails leave the scores before", async () => {
  const ids = (await readKeptSources(folder, 0)).map(({ id }) => id);
  const score = (of: number) => () => scoreSurvey(folder, new Map(ids.map((id, i) => [id, (i + of) % 6])));
  const first = await score(0)();
  const { steps } = await failingAt(-1, score(0));
  for (const n of endsOf(steps)) {
    const { failed, error } = await failingAt(n, score(1));
    assert.ok(failed);
    if (error) assert.match((error as Error).message, /EIO.*again\b.*\.$/s, failed);
    assert.deepEqual(await score(0)(), first);
  }
});
