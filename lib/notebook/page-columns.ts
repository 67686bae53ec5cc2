import { type ColumnHead, NO_CATEGORY } from "./pages/labelling/page-head.js";

/** Something to colour, sort and filter by. */
export interface ExplorerColumn {
  name: string;
  /** Names are categories, null without one; numbers are drawn on a scale, NaN grey. */
  values: ArrayLike<number> | readonly (string | null)[];
  /** "category" for numbers that are names, such as cluster numbers. */
  kind?: "category" | "number";
}

/** A column as it travels to the page. */
export interface PageColumn {
  head: ColumnHead;
  /** Little-endian: codes of 16 bits, or floats of 32, of 64 where the head says wide. */
  bytes: Uint8Array;
}

/** The columns of a page, and which of them say where an object lies on the sky. */
export function pageColumns(
  columns: readonly ExplorerColumn[],
  n: number,
  what: string,
): { columns: PageColumn[]; place: [number, number] | null } {
  for (const { name, values } of columns)
    if (values.length !== n)
      throw new Error(`${what}: ${values.length} values of "${name}" for ${n} objects.`);
  const place = placeColumns(columns);
  return { columns: columns.map((column, k) => encode(column, place?.includes(k) ?? false, what)), place };
}

/** Right ascension and declination by the names that catalogues give them; only as a pair, and only as numbers. */
function placeColumns(columns: readonly ExplorerColumn[]): [number, number] | null {
  const numbered = (names: RegExp) =>
    columns.findIndex(
      ({ name, kind, values }) =>
        names.test(name) && kind !== "category" && typeof (values[0] ?? Number.NaN) === "number",
    );
  const ra = numbered(/^(ra|raj2000|ra_?deg|ra_?j2000|alpha_j2000|right_?ascension)$/i);
  const dec = numbered(/^(dec|decl?|de|dej2000|dec_?deg|dec_?j2000|delta_j2000|declination)$/i);
  return ra >= 0 && dec >= 0 ? [ra, dec] : null;
}

/** Categories as codes and names, sorted as a reader would; numbers as they are. */
function encode({ name, values, kind }: ExplorerColumn, wide: boolean, what: string): PageColumn {
  const list = values as ArrayLike<number | string | null>;
  const isText = Array.isArray(list) && list.some((v) => typeof v === "string");
  if (kind !== "category" && !isText) {
    const numbers = values as ArrayLike<number>;
    const packed = wide ? Float64Array.from(numbers) : Float32Array.from(numbers);
    return { head: { name, kind: "number", ...(wide ? { wide } : {}) }, bytes: bytesOf(packed) };
  }
  const known = new Set<number | string>();
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (value !== null && !Number.isNaN(value)) known.add(value);
  }
  const names = [...known].map(String).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  if (names.length > NO_CATEGORY)
    throw new Error(`${what}: "${name}" has ${names.length} categories; give numbers.`);
  const code = new Map(names.map((v, i) => [v, i]));
  const codes = Uint16Array.from(list as ArrayLike<number>, (v) => code.get(String(v)) ?? NO_CATEGORY);
  return { head: { name, kind: "category", names }, bytes: bytesOf(codes) };
}

export function bytesOf(values: Float32Array | Float64Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
