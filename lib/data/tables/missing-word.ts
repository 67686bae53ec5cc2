/**
 * Whether a cell says that there is no value: empty, or one of the words of R, pandas, SQL, Excel, C and astropy.
 * "none" as volunteers answer it is such a word among numbers only; see `ColumnBuilder`.
 */
export function isMissingWord(word: string): boolean {
  return word === "" || missing.test(word);
}

const missing =
  /^(n\/?a|[+-]?nan|null|none|nil|masked|<na>|#n\/?a( n\/a)?|-?1\.#(ind|qnan)|\\n|-{1,3}|\.{2,3}|…|\?)$/i;
