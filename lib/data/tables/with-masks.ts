import { columnText, type Table } from "./table.js";

/**
 * A table without the columns in which astropy keeps what is masked, "mag.mask" beside "mag" (`serialize_method` of
 * ECSV "data_mask", and parquet): where they are true, the value beside them is missing, whatever it is.
 */
export function withMasks(table: Table): Table {
  const masks = table.names.filter((name) => isMask(table, name));
  if (!masks.length) return table;
  const numeric = new Map(table.numeric);
  const text = new Map(table.text);
  const spelling = new Map(table.spelling);
  for (const mask of masks) {
    const hidden = table.numeric.get(mask)!;
    const name = mask.replace(/\.mask$/, "");
    const [numbers, words, spelled] = [
      table.numeric.get(name),
      table.text.get(name),
      columnText(table, name),
    ];
    if (numbers) {
      numeric.set(
        name,
        numbers.map((value, row) => (hidden[row] ? Number.NaN : value)),
      );
      if (spelling.has(name)) spelling.set(name, (row) => (hidden[row] ? "" : spelled!(row)));
    }
    if (words)
      text.set(
        name,
        words.map((word, row) => (hidden[row] ? "" : word)),
      );
    numeric.delete(mask);
    spelling.delete(mask);
  }
  return { ...table, names: table.names.filter((name) => !masks.includes(name)), numeric, text, spelling };
}

function isMask(table: Table, name: string): boolean {
  const isBeside = name.endsWith(".mask") && table.names.includes(name.slice(0, -5));
  return isBeside && (table.numeric.get(name)?.every((v) => v === 0 || v === 1) ?? false);
}
