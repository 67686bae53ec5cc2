/**
 * A text as a cell of CSV (RFC 4180). What a spreadsheet would run as a formula (=, +, -, @, a tab or a return at its
 * start) gets an apostrophe before it, as OWASP advises: names of columns and of files come from strangers too.
 */
export function csvCell(text: string): string {
  return quotedCell(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
}

/** The same with formulas left as they are, for files that no spreadsheet opens by itself. */
export function quotedCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
