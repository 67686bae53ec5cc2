import { readTable } from "../data/tables/read-table.js";
import { columnNamed, columnText } from "../data/tables/table.js";
import { mergerDefaults } from "../data/votes/vote-cuts.js";

/**
 * The scores of a table with the columns id and score; a row without a score is passed over. Fails with the id where a
 * score is not within 0 to 5 (means of several people need not be whole), and where an id has two that differ.
 */
export async function tableScores(path: string): Promise<Map<string, number>> {
  const table = await readTable(path);
  const [id, score] = ["id", "score"].map((name) => columnNamed(table, name));
  const numbers = score === null ? undefined : table.numeric.get(score);
  if (id === null || !numbers)
    throw new Error(`${path} needs the columns id and score (0 to 5); it has ${table.names.join(", ")}.`);
  const text = columnText(table, id)!;
  // pandas writes 1 as 1.0 where a value of the column is missing.
  const idOf = table.numeric.has(id) ? (row: number) => text(row).replace(/^(\d+)\.0+$/, "$1") : text;
  const { highestScore } = mergerDefaults;
  const scores = new Map<string, number>();
  for (let row = 0; row < table.length; row++) {
    const value = numbers[row];
    if (Number.isNaN(value)) continue;
    const name = idOf(row);
    if (!(value >= 0 && value <= highestScore))
      throw new Error(`${path} gives "${name}" the score ${value}; scores go from 0 to ${highestScore}.`);
    const known = scores.get(name) ?? value;
    if (known !== value)
      throw new Error(`${path} gives "${name}" the scores ${known} and ${value}; leave one of them.`);
    scores.set(name, value);
  }
  return scores;
}
