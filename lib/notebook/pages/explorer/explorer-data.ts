/** A column to colour by, its values as base64 of little-endian numbers: float32, or uint16 codes of names. */
export type EncodedColumn =
  | { name: string; kind: "number"; values: string }
  | { name: string; kind: "category"; names: string[]; values: string };

/** What the explorer's page is given, as JSON in the element `data`; thumbnails follow as sheets. */
export interface ExplorerData {
  title: string;
  subtitle: string;
  /** Points. */
  n: number;
  ids: readonly string[];
  /** Colours of categories, #rrggbb. */
  palette: readonly string[];
  /** Pixels of a thumbnail's side; 0 without thumbnails. */
  thumbnailSize: number;
  /** Thumbnails along a sheet's side. */
  perSide: number;
  /** x and y of each point in turn, float32 as base64. */
  xy: string;
  columns: EncodedColumn[];
}

/** The code of a point that is in no category. */
export const NO_CATEGORY = 65535;

export type Column =
  | { name: string; kind: "number"; values: Float32Array }
  | { name: string; kind: "category"; names: string[]; values: Uint16Array };

export function decodeColumn(column: EncodedColumn): Column {
  return column.kind === "number"
    ? { ...column, values: new Float32Array(decodeBytes(column.values)) }
    : { ...column, values: new Uint16Array(decodeBytes(column.values)) };
}

export function decodeBytes(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer;
}

/** A point's value in words. */
export function valueText(column: Column, point: number): string {
  const value = column.values[point];
  if (column.kind === "category") return value === NO_CATEGORY ? "none" : column.names[value];
  return Number.isFinite(value) ? String(+value.toPrecision(4)) : "none";
}
