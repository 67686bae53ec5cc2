import { readTable } from "../data/tables/read-table.js";
import { columnNamed, columnText } from "../data/tables/table.js";

/** The scores of a table with the columns id and score; a row without a score is passed over. */
export async function tableScores(path: string): Promise<Map<string, number>> {
  const table = await readTable(path);
  const [id, score] = ["id", "score"].map((name) => columnNamed(table, name));
  const numbers = score === null ? undefined : table.numeric.get(score);
  if (id === null || !numbers)
    throw new Error(`${path} needs the columns id and score (0 to 5); it has ${table.names.join(", ")}.`);
  const text = columnText(table, id)!;
  const scores = new Map<string, number>();
  for (let row = 0; row < table.length; row++)
    if (!Number.isNaN(numbers[row])) scores.set(text(row), numbers[row]);
  return scores;
}
