import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { openDataset } from "../../lib/data/open-dataset.js";
import { volunteerColumns } from "../../lib/data/votes/decision-tree.js";
import { trueMergers } from "../../lib/data/votes/vote-cuts.js";
import { volunteerVotes } from "../../lib/data/votes/vote-table.js";
import { ledger } from "../../lib/study/ledger.js";
import { galaxyZoo2Columns } from "../data/votes/galaxy-zoo-2-table.js";
import { scratch } from "../scratch.js";
import { tinyStudy } from "./tiny-study.js";

/** Of 100 galaxies two in five were never shown to anybody; 12 of the other 60 are mergers. */
const isVoted = (i: number) => i % 5 < 3;
const isMerger = (i: number) => i % 5 === 0 && i < 60;

/** The columns of a table of votes, and what stands in them for a galaxy that was shown. */
interface Votes {
  columns: readonly string[];
  value: (name: string, i: number) => number;
}

/** Votes as Galaxy Zoo DECaLS publishes them. */
const decals: Votes = {
  columns: volunteerColumns(),
  value: (name: string, i: number) => {
    if (name.endsWith("_total-votes")) return 40;
    if (name === "merging_merger_fraction") return isMerger(i) ? 0.9 : 0;
    return name.endsWith("_fraction") ? 0.1 : 4;
  },
};

/** As Galaxy Zoo 2 does: per answer its count, weight, three fractions and a flag. */
const galaxyZoo2: Votes = {
  columns: galaxyZoo2Columns(),
  value: (name: string, i: number) => {
    if (name.endsWith("_count")) return 10;
    if (/^t06_odd_a14_yes_|^t08_odd_feature_a24_merger_/.test(name)) return isMerger(i) ? 0.9 : 0;
    return 0.25;
  },
};

/** A folder of 100 images and a table with a row for each, in which 60 have votes. */
async function hundred(folder: string, { columns, value }: Votes): Promise<string> {
  const path = join(folder, "hundred");
  mkdirSync(path);
  const rows = [["id", "ra", ...columns].join()];
  for (let i = 0; i < 100; i++) {
    const spot = Uint8Array.from({ length: 48 * 48 }, (_, k) => {
      const [x, y] = [(k % 48) - 24, Math.floor(k / 48) - 24];
      return 10 + ((k * 7 + i) % 13) + 200 * Math.exp(-(x * x + (1 + (i % 3)) * y * y) / 40);
    });
    const raw = { width: 48, height: 48, channels: 1 as const };
    await sharp(spot, { raw })
      .png()
      .toFile(join(path, `g${i}.png`));
    const votes = columns.map((name) => (isVoted(i) ? value(name, i) : ""));
    rows.push([`g${i}`, 10 + i / 10, ...votes].join());
  }
  writeFileSync(join(path, "votes.csv"), `${rows.join("\n")}\n`);
  return path;
}

for (const [whose, table] of Object.entries({ "the tree's": decals, "Galaxy Zoo 2's": galaxyZoo2 }))
  test(`of 100 images 60 have votes in ${whose} columns: every count of labelled galaxies says 60`, async (t) => {
    const dataset = await openDataset(await hundred(scratch(t), table));
    assert.deepEqual([dataset.catalogue!.length, dataset.skipped], [100, []]);
    const votes = volunteerVotes(dataset.catalogue)!;
    assert.equal(votes.voted.length, 60, "notebook 01");

    const study = tinyStudy({ dataset });
    const inStudy = (await study.votes())!;
    assert.equal(inStudy.voted.length, 60, "notebook 06: what artefact-share divides by");
    const { stack, rows, votes: searched } = await study.labelled("merging");
    assert.deepEqual([stack.length, rows.length, searched!.length], [60, 60, 60], "notebook 07: the search");
    const mergers = trueMergers(searched!).reduce((sum, m) => sum + m, 0);
    assert.equal(mergers, 12);
    assert.equal(
      stack.ids[3],
      (await study.images()).stack.ids[rows[3]],
      "rows and images are the same galaxies",
    );

    // Where a cell steps aside although there are votes, it does not say that there are none.
    assert.match(
      study.votesNeeded("The recall"),
      /^The recall would need votes on more .*: 60 of the 100 images of/,
    );
    assert.match(
      await study.evaluationNeeded("The map"),
      /^The map would need images beyond doubt: too few of/,
    );

    await study.record("01", { labelled: votes.voted.length });
    await study.record("07", { "merger-share": mergers / rows.length, "label-share": undefined });
    const here = (await ledger()).filter((r) => r.here !== null).map((r) => [r.id, r.here]);
    assert.deepEqual(here, [
      ["labelled", 60],
      ["merger-share", 0.2],
    ]);
    await study.close();
  });

test("without votes, or without a question's, there are none, and the sentence says what would help", async (t) => {
  scratch(t);
  const study = tinyStudy();
  const [images, votes] = [await study.images(), await study.votes()];
  assert.equal(votes!.voted.length, images.stack.length);
  await study.close();
  const bare = tinyStudy({ dataset: { ...study.dataset, catalogue: null } });
  assert.equal(await bare.votes(), null);
  assert.equal(await bare.evaluation(), null);
  assert.deepEqual([...(await bare.labelled()).rows], [...images.indices.keys()], "nobody voted: all images");
  assert.match(
    bare.votesNeeded("The violins"),
    /^The violins would need the votes of volunteers, which tiny does not have in columns known here\. Lay .*t01_smooth/,
  );
  assert.match(await bare.evaluationNeeded("Figure 3"), /need the votes of volunteers/);
  await bare.close();
});
