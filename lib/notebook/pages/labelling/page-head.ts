/** A column the page may ask for. */
export interface ColumnHead {
  name: string;
  kind: "category" | "number";
  /** Of a category's codes. */
  names?: readonly string[];
  /** Numbers in double precision: positions on the sky. */
  wide?: boolean;
}

/** What a page knows at once of what it shows; the rest it asks for. */
export interface PageHead {
  title: string;
  subtitle: string;
  /** Objects. */
  n: number;
  /** Colours of categories, #rrggbb. */
  palette: readonly string[];
  columns: readonly ColumnHead[];
  /** Which columns are right ascension and declination in degrees (J2000); null, none. */
  place: readonly [number, number] | null;
  /** Names offered for classes. */
  classes: readonly string[];
  /** Whether scores from 0 to 5 are offered. */
  scores: boolean;
  /** Who labels, until the person says otherwise. */
  person: string;
  /** Where the labels go, in words; null, they cannot be stored. */
  labels: string | null;
  has: { pictures: boolean; plane: boolean; similar: boolean; votes: boolean };
}

/** Ids that travel at once. */
export const ID_BLOCK = 4096;

/** The code of an object that is in no category. */
export const NO_CATEGORY = 65535;

export type Column =
  | { name: string; kind: "number"; values: Float32Array | Float64Array }
  | { name: string; kind: "category"; names: readonly string[]; values: Uint16Array };

/** A column of the bytes it travels as: little-endian codes or numbers. */
export function columnOf({ name, kind, names, wide }: ColumnHead, bytes: ArrayBuffer): Column {
  if (kind === "category") return { name, kind, names: names ?? [], values: new Uint16Array(bytes) };
  return { name, kind, values: wide ? new Float64Array(bytes) : new Float32Array(bytes) };
}

/** An object's value in words. */
export function valueText(column: Column, row: number): string {
  const value = column.values[row];
  if (column.kind === "category") return value === NO_CATEGORY ? "none" : column.names[value];
  return Number.isFinite(value)
    ? String(+value.toPrecision(column.values instanceof Float64Array ? 9 : 4))
    : "none";
}
