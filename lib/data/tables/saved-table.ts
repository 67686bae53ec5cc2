/** A column to save: numbers (NaN is "no value") or text (null is "no value", and saved as none). */
export interface SavedColumn {
  name: string;
  values: Float64Array | Float32Array | Int32Array | readonly (string | null)[];
  /** As astropy and TOPCAT write units: "deg", "mag", "arcsec". */
  unit?: string;
  /** A few words for the reader of the file. */
  description?: string;
}

/** A table ready to be written: columns of one length, names that differ in more than case. */
export interface SavedTable {
  length: number;
  columns: readonly SavedColumn[];
  provenance: Readonly<Record<string, string | number | boolean>>;
}

/** Whether a column holds text. */
export function isText(values: SavedColumn["values"]): values is readonly (string | null)[] {
  return Array.isArray(values);
}
