import { otherFrame } from "../sky-frame.js";
import type { Catalogue } from "../tables/catalogue.js";
import { catalogueOf } from "../tables/catalogue-of.js";
import { readTable } from "../tables/read-table.js";
import { columnNamed, columnText, type Table } from "../tables/table.js";
import { withTreeVotes } from "../votes/with-tree-votes.js";

/** Sources with their places on the sky, in the order of their table. */
export interface SourceCatalogue {
  path: string;
  ids: readonly string[];
  /** Degrees. */
  ra: Float64Array;
  dec: Float64Array;
  /** The column that sizes are taken from, where one was asked for. */
  sizes: Float64Array | null;
  /** The unit of that column, where its file says one. */
  sizeUnit?: string;
  /** What a person should know about how the table was read (`Table.notes`). */
  notes: readonly string[];
  /**
   * All columns of the table in these rows, votes under the tree's names too (`withTreeVotes`); the positions are `ra`
   * and `dec` too, where it calls them otherwise. `notes` are those of the table and on its votes.
   */
  select(rows: Int32Array): { catalogue: Catalogue; notes: readonly string[] };
}

export interface CatalogueColumns {
  /** Default the first of: id, source_id, object_id, objid, iauname, name; without any, sources are numbered. */
  idColumn?: string;
  /** Degrees; default ra, ra_deg, raj2000, alpha_j2000, and so on, in any case. */
  raColumn?: string;
  decColumn?: string;
  sizeColumn?: string;
}

const idNames = ["id", "source_id", "object_id", "objid", "objectid", "iauname", "name", "designation"];
const raNames = [
  "ra",
  "ra_deg",
  "radeg",
  "raj2000",
  "_raj2000",
  "ra_j2000",
  "ra_icrs",
  "alpha_j2000",
  "alphawin_j2000",
];
const decNames = [
  "dec",
  "dec_deg",
  "decdeg",
  "dej2000",
  "_dej2000",
  "decj2000",
  "dec_j2000",
  "de_icrs",
  "delta_j2000",
  "deltawin_j2000",
  "decl",
];

/** Ids and positions of a table of any kind that `readTable` reads. Positions must be degrees. */
export async function readCatalogue(path: string, columns: CatalogueColumns = {}): Promise<SourceCatalogue> {
  const table = await readTable(path);
  const find = (given: string | undefined, known: readonly string[]): string | undefined => {
    if (given === undefined)
      return known.map((name) => columnNamed(table, name)).find((name) => name !== null) ?? undefined;
    const name = columnNamed(table, given);
    if (name === null)
      throw new Error(
        `The catalogue ${path} has no column "${given}"; its columns are ${table.names.join(", ")}.`,
      );
    return name;
  };
  const numbers = (what: string, name: string | undefined, option: string): Float64Array => {
    if (name === undefined)
      throw new Error(
        `The catalogue ${path} has no column of the ${what} that is known by its name; its columns are ${table.names.join(", ")}. Name the right one with ${option}.`,
      );
    const column = table.numeric.get(name);
    if (!column)
      throw new Error(
        `Column "${name}" of ${path} holds text such as "${table.text.get(name)?.[0] ?? ""}"; the ${what} must be a number, in degrees for positions.`,
      );
    return column;
  };
  const raName = find(columns.raColumn, raNames);
  const decName = find(columns.decColumn, decNames);
  const ra = numbers("right ascension", raName, "raColumn");
  const dec = numbers("declination", decName, "decColumn");
  for (const name of [raName!, decName!]) refuseOther(table, name);
  const sizes =
    columns.sizeColumn === undefined
      ? null
      : numbers("size", find(columns.sizeColumn, []), "the size's column");
  const sizeUnit = table.about?.get(find(columns.sizeColumn, []) ?? "")?.unit || undefined;
  const idColumn = find(columns.idColumn, idNames);
  const text = idColumn === undefined ? null : columnText(table, idColumn)!;
  const ids = text && Array.from({ length: table.length }, (_, row) => text(row));
  const width = String(table.length).length;
  const named =
    ids ?? Array.from({ length: table.length }, (_, i) => `source-${String(i + 1).padStart(width, "0")}`);
  const seen = new Set<string>();
  for (const [row, id] of named.entries()) {
    if (!id) throw new Error(`Row ${row + 1} of ${path} has no ${idColumn}; every source needs a name.`);
    if (seen.size === seen.add(id).size)
      throw new Error(
        `"${id}" is the ${idColumn} of more than one row of ${path}; name a column of unique names with idColumn.`,
      );
  }
  const select = (rows: Int32Array) => {
    const voted = withTreeVotes(table);
    const numbers = new Map(voted.numeric);
    // Names differ in more than case, as FITS tables want it.
    for (const [name, degrees] of [
      ["ra", ra],
      ["dec", dec],
    ] as const)
      if (columnNamed(table, name) === null) numbers.set(name, degrees);
    return {
      catalogue: catalogueOf({ ...voted, numeric: numbers }, rows, [idColumn]),
      notes: voted.notes ?? [],
    };
  };
  return { path, ids: named, ra, dec, sizes, sizeUnit, notes: table.notes ?? [], select };
}

/** Columns whose names say galactic, ecliptic or B1950. */
const namedFrames: readonly [RegExp, string][] = [
  [
    /^(.*\.)?_?(l(ii)?|b(ii)?|g(al)?_?(l|b|lon|lat)|galactic_?(l|b|lon|lat|longitude|latitude))$/i,
    "GALACTIC",
  ],
  [/^_?e(cl)?_?(lon|lat)$/i, "ECLIPTIC"],
  [/^_?(ra|dec?)_?b?1950$/i, "FK4 of equinox B1950"],
];

const otherUnit = /^"?(h|hr|hrs|hours?|hourangle|h:m:s|rad|radians?|arcmin|arcsec|mas|uas|arcs|[dh]ms|")"?$/i;

/** Positions of another frame or unit would give cutouts of other pieces of sky without a word. */
function refuseOther(table: Table, name: string): void {
  const { frame, unit = "" } = table.about?.get(name) ?? {};
  const other =
    (frame && otherFrame(frame)) ?? namedFrames.find(([pattern]) => pattern.test(name))?.[1] ?? null;
  if (other)
    throw new Error(
      `Column "${name}" of ${table.path} is in ${other}; positions are read in ICRS or FK5 of equinox 2000: convert ` +
        "them (astropy's SkyCoord does), or name columns that are with raColumn and decColumn.",
    );
  if (otherUnit.test(unit))
    throw new Error(
      `Column "${name}" of ${table.path} is in ${unit}; positions must be in degrees: convert them.`,
    );
}
