import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { matchScores } from "../../lib/command/match-scores.js";
import { tableScores } from "../../lib/command/table-scores.js";
import { scratch } from "../scratch.js";

const folder = scratch();
let files = 0;
function scoresOf(text: string) {
  const path = join(folder, `scores-${files++}.csv`);
  writeFileSync(path, text);
  return tableScores(path);
}

const image = (id: string) => ({ id, entry: id, archive: "/data/set" });

test("a row is a score, and what cannot be one is refused by its id", async () => {
  assert.deepEqual(
    [...(await scoresOf("ID,Score\na,5\nb,\nc,0\na,5\nd,2.5\n"))],
    [
      ["a", 5],
      ["c", 0],
      ["d", 2.5],
    ],
  );
  await assert.rejects(scoresOf("id,score\na,5\nb,1\na,0\n"), /gives "a" the scores 5 and 0; leave one/);
  await assert.rejects(scoresOf("id,score\na,5\nb,-99\n"), /gives "b" the score -99; scores go from 0 to 5/);
  await assert.rejects(scoresOf("id,score\na,5.5\n"), /gives "a" the score 5.5/);
  await assert.rejects(scoresOf("name,score\na,5\n"), /needs the columns id and score .* it has name, score/);
});

test("names of images match as in every table: with extensions, folders, and without leading zeros", async () => {
  const images = ["0001", "0002", "0003"].map(image);
  const rows = async (ids: string) => {
    const text = ids.split(" ").map((id, k) => `${id},${k}\n`);
    return [...matchScores(await scoresOf(`id,score\n${text.join("")}`), images, "s.csv").scores];
  };
  assert.deepEqual(await rows("0002 0001"), [
    [0, 1],
    [1, 0],
  ]);
  for (const ids of ["0002.jpg 0001.jpg", "set/0002.png /data/set/0001.png", "2 1", "2.0 1.0"])
    assert.deepEqual(await rows(ids), await rows("0002 0001"), ids);
  await assert.rejects(rows("x y"), /Column "id" of s.csv \(such as "x"\) matches no image id/);
});

test("scores of no image, and names that several rows or images share, are told", () => {
  const given = new Map([
    ["a", 1],
    ["a.jpg", 2],
    ["b", 3],
    ["z", 4],
  ]);
  assert.deepEqual(matchScores(given, ["a", "b"].map(image), "s.csv"), {
    scores: new Map([[1, 3]]),
    strangers: ["z"],
    unclear: ["a", "a.jpg"],
  });
});
