import type { SavedColumn } from "../data/tables/saved-table.js";
import { readAnswers } from "./label-file.js";

/**
 * What stands in a label file as columns for `saveTable`, a row an object: id, score (NaN, none or skipped), class,
 * whether it was skipped, who answered last, when, and whether the votes had been looked at.
 *
 * @example
 * await saveTable("out/tables/labels.csv", await labelTable("out/labels/mergers.jsonl"));
 */
export async function labelTable(path: string): Promise<SavedColumn[]> {
  const { answers } = await readAnswers(path);
  const ids = [...answers.ids()];
  const labels = ids.map((id) => answers.standing(id)!);
  const skipped = labels.map((l) => (l.score ?? l.class ?? null) === null);
  return [
    { name: "id", values: ids },
    { name: "score", values: Float32Array.from(labels, (l) => l.score ?? Number.NaN), description: "0 to 5" },
    { name: "class", values: labels.map((l) => l.class ?? null), description: "as the person named it" },
    { name: "skipped", values: Int32Array.from(skipped, Number), description: "1: looked at, no answer" },
    { name: "labelled_by", values: labels.map((l) => l.by || null), description: "who answered last" },
    { name: "labelled_at", values: labels.map((l) => l.time), description: "when, UTC" },
    {
      name: "saw_votes",
      values: Int32Array.from(labels, (l) => Number(l.sawVotes)),
      description: "1: the volunteers' votes had been shown first",
    },
  ];
}
