import { isMissingWord } from "./missing-word.js";
import { plainNumber, thousands, thousandsAndFraction } from "./number-word.js";

/** How a text table is laid out, as its beginning shows. */
export interface TextDialect {
  /** Between the cells of a row; "" is any run of blanks. */
  delimiter: string;
  /** Where the header, or without one the first row, begins: characters from the start of the file. */
  start: number;
  /** Column names where a comment line gives them; null where the first line that is none does. */
  names: string[] | null;
  /** Lines between the header and the rows: VizieR's units and dashes. */
  skipRows: number;
  /** Rows stand between bars, as TOPCAT, Markdown and astropy's fixed_width write them: | a | b |. */
  barred: boolean;
  /** Rows begin with a cell that the header has no name for: R's names of rows. */
  rowNames: boolean;
  /** Lines that start with # are comments, not rows. */
  hasComments: boolean;
  decimalComma: boolean;
  /** Beside decimal commas, points stand between thousands. */
  pointThousands: boolean;
}

/** Between cells, those taken first where two fit equally. */
const delimiters = ["\t", ",", ";", "|"];

/** Names that columns of catalogues have: they tell a header from a row of words. */
const columnName =
  /^(.*_)?(id|name|label|class|ra|dec|raj2000|dej2000|objid|iauname|file(name)?|path|image|object|source|type|z|redshift)$/i;

/**
 * Finds out how a text table is laid out: comma, semicolon, tab, bar or blanks between cells (the one that divides the
 * lines alike), an Excel line `sep=;`, comment lines first (SkyServer's `#Table1`), names in a comment (EFIGI), decimal
 * commas, columns numbered in comments (SExtractor), names of rows without one of their own (R), rows between bars.
 * `sample` is the beginning of the file, whole lines.
 */
export function textDialect(sample: string): TextDialect {
  let start = 0;
  let given: string | null = null;
  const first = lineAt(sample, 0);
  const separator = /^"?sep=(.)"?$/i.exec(first.text);
  if (separator) {
    given = separator[1];
    start = first.next;
  }
  const comments: string[] = [];
  for (;;) {
    const line = lineAt(sample, start);
    if (line.next === start || !(line.text.startsWith("#") || line.text.trim() === "")) break;
    if (line.text.startsWith("#")) comments.push(line.text.replace(/^#+\s*/, "").trim());
    start = line.next;
  }
  const all = sample
    .slice(start)
    .split(/\r\n|\n|\r/)
    .filter((l) => l.trim() !== "");
  const hasComments = comments.length > 0 || hasCommentsBetween(all);
  const lines = all.filter((l) => !(hasComments && l.startsWith("#"))).slice(0, 200);
  const barred = lines.length > 1 && lines.every((l) => isRule(l) || /^\s*\|.*\|\s*$/.test(l));
  const shown = barred ? lines.flatMap((l) => betweenBars(l) ?? []) : lines;
  const delimiter = barred ? "|" : (given ?? bestDelimiter(shown));
  const rows = shown.map((line) => cells(line, delimiter));
  const named = comments.length
    ? (numberedNames(comments, rows) ?? namesInComment(comments[comments.length - 1], rows, delimiter))
    : null;
  const body = named ? rows : rows.slice(1);
  const isHead = (r: readonly string[]) => r.length > 1 && r.every((c) => /^\s*:?-+:?\s*$/.test(c));
  const dashes = body.slice(0, 3).findIndex(isHead);
  return {
    delimiter,
    start,
    names: named,
    skipRows: dashes + 1,
    barred,
    rowNames: !named && hasRowNames(shown, delimiter),
    hasComments,
    ...(delimiter === "," ? pointsAlone : decimalMarks(body.slice(dashes + 1))),
  };
}

/** Comments among the rows, where none stands above them: they have fewer cells than the header. */
function hasCommentsBetween([header, ...rows]: readonly string[]): boolean {
  const marked = rows.filter((l) => l.startsWith("#"));
  const delimiter = bestDelimiter([header ?? "", ...rows.filter((l) => !l.startsWith("#"))]);
  const columns = cells(header ?? "", delimiter).length;
  return marked.length > 0 && columns > 1 && marked.every((l) => cells(l, delimiter).length < columns);
}

/** A line of TOPCAT's text that is none of the table: +-----+-----+. */
const isRule = (line: string) => /^\s*\+[-=+]+\+\s*$/.test(line);

/** What stands between the first and the last bar of a line; null for a rule. */
export function betweenBars(line: string): string | null {
  return isRule(line) ? null : line.trim().slice(1, -1);
}

/** Whether every row has a quoted cell more than the header, the name of the row, as R's write.table leaves it. */
function hasRowNames(lines: readonly string[], delimiter: string): boolean {
  if (delimiter !== "" && delimiter !== "\t") return false; // write.csv names it ""
  const [header, ...rows] = lines.map((line) => cells(line, delimiter).length);
  return (
    rows.length > 0 && rows.every((n) => n === header + 1) && lines.every((l) => /^"[^"]*"(\s|$)/.test(l))
  );
}

/**
 * SExtractor's header, a comment a column with its number: "#   2 MAG_AUTO   Kron-like magnitude   [mag]". A column of
 * several values takes their numbers, and the next one says how many.
 */
function numberedNames(comments: readonly string[], rows: readonly string[][]): string[] | null {
  const found = comments.map((c) => /^(\d+)\s+([A-Za-z_][\w.-]*)(\s|$)/.exec(c));
  if (!rows.length || !found.every((f) => f) || found[0]![1] !== "1") return null;
  const names: string[] = [];
  for (const [k, f] of found.entries()) {
    const [from, name] = [Number(f![1]), f![2]];
    const to = k + 1 < found.length ? Number(found[k + 1]![1]) : rows[0].length + 1;
    if (from !== names.length + 1 || to <= from || to > rows[0].length + 1) return null;
    for (let n = 1; n <= to - from; n++) names.push(to - from === 1 ? name : `${name}_${n}`);
  }
  return names;
}

/** The cells of one line. Double quotes keep what is between them together. */
export function cells(line: string, delimiter: string): string[] {
  if (delimiter === "") return Array.from(line.matchAll(/"([^"]*)"(?=\s|$)|\S+/g), (m) => m[1] ?? m[0]);
  const found: string[] = [];
  let from = 0;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '"') quoted = !quoted;
    else if (line[i] === delimiter && !quoted) {
      found.push(line.slice(from, i));
      from = i + 1;
    }
  }
  found.push(line.slice(from));
  return found.map((c) => c.trim().replace(/^"(.*)"$/, "$1"));
}

function lineAt(text: string, start: number): { text: string; next: number } {
  const end = /\r\n|\n|\r/g;
  end.lastIndex = start;
  const found = end.exec(text);
  return found
    ? { text: text.slice(start, found.index), next: end.lastIndex }
    : { text: text.slice(start), next: text.length };
}

/** What divides the first line and most others into as many cells; a comma where nothing does. */
function bestDelimiter(lines: readonly string[]): string {
  let best = { delimiter: ",", share: 0, cells: 1 };
  for (const delimiter of [...delimiters, ""]) {
    const counts = lines.map((line) => cells(line, delimiter).length);
    if (!(counts[0] > 1)) continue;
    const share = hasRowNames(lines, delimiter)
      ? 1
      : counts.filter((n) => n === counts[0]).length / counts.length;
    // Words of prose are divided by blanks too, but never alike.
    if (delimiter === "" && share < 1) continue;
    const better = share > best.share || (share === best.share && counts[0] > best.cells && delimiter !== "");
    if (best.share === 0 || better) best = { delimiter, share, cells: counts[0] };
  }
  return best.delimiter;
}

/**
 * The names that the last comment gives to the rows, or null where their own first line does. It must divide as the
 * rows do and look like names; where both it and the first line do, the one with names as catalogues have wins.
 */
function namesInComment(comment: string, rows: readonly string[][], delimiter: string): string[] | null {
  const [header] = rows;
  // Blanks divide a comment whose rows are divided by something else: "# id label" above "a,s".
  const tries = [cells(comment, delimiter), cells(comment, "")];
  const names = tries.find((t) => header && t.length === header.length && new Set(t).size === t.length);
  const isData =
    !header ||
    new Set(header).size < header.length ||
    header.some((c) => plainNumber.test(c) || isMissingWord(c));
  // Where the same separator divides both and the first line is no header, names may have blanks: "RA (deg)".
  const isDivided = isData && delimiter !== "" && names === tries[0] && tries[0].length > 1;
  const isName = isDivided ? /\S/ : /^[^\s,;"]+$/;
  if (!names?.every((n) => isName.test(n) && !plainNumber.test(n))) return null;
  if (isData) return names;
  const known = (list: readonly string[]) => list.filter((n) => columnName.test(n)).length;
  return known(header) > known(names) || (names.length === 1 && rows.length > 1 && known(names) === 0)
    ? null
    : names;
}

const pointsAlone = { decimalComma: false, pointThousands: false };

/**
 * Decimal commas are cells such as 1,5 without any such as 1.5, which count in columns of numbers alone: one among words
 * may be a name. A cell such as 1.234,5 says that points are thousands: then 1.234 does not speak against commas, and
 * is 1234.
 */
function decimalMarks(rows: readonly string[][]): Pick<TextDialect, "decimalComma" | "pointThousands"> {
  const all = rows.flat();
  const pointThousands = all.some((c) => thousandsAndFraction.test(c));
  const isFraction = (c: string) =>
    /^[+-]?\d*\.\d+([eE][+-]?\d+)?$/.test(c) && !(pointThousands && thousands.test(c));
  const looksNumeric = (c: string) => isMissingWord(c) || /^[+-]?[.,]*\d[\d.,]*([eE][+-]?\d+)?$/.test(c);
  const columns = Array.from(rows[0] ?? [], (_, k) => rows.map((row) => row[k] ?? ""));
  if (columns.some((column) => column.every(looksNumeric) && column.some(isFraction))) return pointsAlone;
  const decimalComma = pointThousands || all.some((c) => /^[+-]?\d+,\d+([eE][+-]?\d+)?$/.test(c));
  return { decimalComma, pointThousands };
}
