/**
 * What a file is that is taken for a table but is of a kind not read here, as a clause that ends with what to do;
 * null for all else. `head` is the beginning of the file.
 */
export function refusedTable(head: Uint8Array): string | null {
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 4096)).toString("latin1");
  const found = kinds.find(({ pattern }) =>
    typeof pattern === "string" ? start.startsWith(pattern) : pattern.test(start),
  );
  return found ? `it is ${found.what}, which is not read here: ${found.instead}` : null;
}

const astropy = (format: string) =>
  `save it as CSV, with astropy Table.read(path, format="${format}").write("table.csv")`;
const pandas = (call: string) => `save it as CSV, with pandas pd.${call}.to_csv("table.csv", index=False)`;

/** What the beginning is, or matches. */
const kinds: readonly { pattern: string | RegExp; what: string; instead: string }[] = [
  {
    // Up to four lines between bars, then rows without any.
    pattern: /^(\\[^\n]*\n)*([ \t]*\|[^\n]*\|[ \t\r]*\n){1,4}[^|\n]+(\n|$)/,
    what: "an IPAC table",
    instead: astropy("ascii.ipac"),
  },
  { pattern: /^\\\w+\s*=/, what: "an IPAC table", instead: astropy("ascii.ipac") },
  { pattern: /Byte-by-byte Description of file/i, what: "a CDS or MRT table", instead: astropy("ascii.mrt") },
  {
    pattern: /^\s*(\{\s*("|\}|\n)|\[\s*(\{|\[|"|-?\d|\]))/,
    what: "JSON",
    instead: pandas("read_json(path)"),
  },
  { pattern: "\x89HDF\r\n", what: "HDF5", instead: pandas("read_hdf(path)") },
  {
    // The first file in the zip is an array: its name follows 30 bytes that the zip says of it.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a zip begins so.
    pattern: /^PK\x03\x04[\s\S]{26,281}?\.npy/,
    what: "an archive of NumPy arrays",
    instead: `save the array alone, with numpy np.save("features.npy", np.load(path)["NAME"]), or a table as CSV`,
  },
  { pattern: "PK\x03\x04", what: "a zip or a spreadsheet", instead: pandas("read_excel(path)") },
  {
    pattern: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    what: "an old Excel file",
    instead: pandas("read_excel(path)"),
  },
  {
    pattern: "SQLite format 3\0",
    what: "an SQLite database",
    instead: "export its table as CSV (sqlite3 -csv -header)",
  },
  { pattern: /^(ARROW1|FEA1)/, what: "an Arrow or Feather file", instead: pandas("read_feather(path)") },
  { pattern: "\x93NUMPY", what: "a NumPy array", instead: "save it as CSV with a line of column names" },
  ...["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"].map((pattern) => ({
    pattern,
    what: "a Python pickle",
    instead: pandas("read_pickle(path)"),
  })),
  {
    pattern: /^\s*(<!doctype html|<html)/i,
    what: "a web page",
    instead: "it may be the error or login page of a server; download the table again",
  },
  { pattern: /^\s*\\(begin|documentclass)\b/, what: "LaTeX", instead: astropy("ascii.latex") },
  { pattern: "%PDF", what: "a PDF", instead: "get the table as CSV" },
  {
    pattern: /^(BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf)/,
    what: "compressed",
    instead: "decompress it first",
  },
];
