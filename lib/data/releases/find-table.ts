import { existsSync } from "node:fs";
import { shortList } from "../../short-list.js";
import type { Archive, Skipped } from "../archives/archive.js";
import { imageNamePattern } from "../images/decode-image.js";
import { readTable } from "../tables/read-table.js";
import type { Table } from "../tables/table.js";

/** A table that lies among the images of an archive, or elsewhere. */
export interface FoundTable {
  table: Table;
  /** The archive's entry that it is; null for a file elsewhere. */
  entry: string | null;
  /** It is called as texts about data are: when it fits no image, nobody missed it. */
  mayBeProse: boolean;
}

/** Names of tables, of files that may be tables, and of tables of a kind that is not read. */
const tablePattern = /\.(csv|tsv|parquet|pq|ecsv|vot|votable)(\.gz)?$/i;
const textPattern = /\.(txt|dat|cat|tbl|xml)(\.gz)?$/i;
const unreadPattern = /\.(xlsx?|ods|json|jsonl|h5|hdf5?|feather|arrow|sqlite3?|db|pkl|pickle|rds|sav|dta)$/i;
const prosePattern =
  /(^|\/)[^/]*(read_?me|licen[cs]e|copying|notes?|about|citation|changelog|requirements|md5|sha)/i;
const catalogueFits = /(cat|catalogue?|table|labels?|votes|sample)s?\.(fits?|fts)(\.gz)?$/i;
/** More files of one kind are something that every image has. */
const few = 3;

/**
 * The table with the labels: the one `labels` names (a file, or an entry of the archive), else the only one found.
 * Where there are several it says so and reads none. Files of text are looked at only where there is no table for
 * sure; those that are none are passed over. What is a table and not read has its reason in `skipped`.
 */
export async function findTable(
  archive: Archive,
  labels: string | undefined,
): Promise<{ found: FoundTable[]; skipped: Skipped[] }> {
  const names = archive.entries.map((e) => e.name);
  if (labels !== undefined) {
    const entry = names.includes(labels) ? labels : null;
    if (entry === null && !existsSync(labels) && !existsSync(labels.replace(/\[[^\]]*\]$/, "")))
      throw new Error(`There is no table ${labels}, neither as a file nor inside ${archive.path}.`);
    const table = await readTable(labels, entry === null ? undefined : await archive.read(entry));
    return { found: [{ table, entry, mayBeProse: false }], skipped: [] };
  }
  const [tables, fits] = [names.filter((n) => tablePattern.test(n)), fitsTables(names)];
  const found: FoundTable[] = [];
  const skipped: Skipped[] = [];
  const read = async (entry: string, isTable: boolean) => {
    try {
      const table = await readTable(`${archive.path}: ${entry}`, await archive.read(entry));
      // Prose reads as a table of one column.
      if (isTable || table.names.length > 1)
        found.push({ table, entry, mayBeProse: prosePattern.test(entry) });
    } catch (error) {
      if (isTable) skipped.push({ name: entry, reason: notJoined(error) });
    }
  };
  for (const entry of tables.length === 1 ? tables : []) await read(entry, true);
  // One that holds an image stays an image.
  for (const entry of fits) await read(entry, false);
  if (found.length > 1 || tables.length > 1) {
    const all = [...new Set([...tables, ...found.map((f) => f.entry!)])];
    const reason = `${all.length} tables lie among the images and none was joined; name the right one with labels`;
    return { found: [], skipped: [{ name: shortList(all), reason }] };
  }
  if (found.length || skipped.length) return { found, skipped };
  const texts = names.filter((n) => textPattern.test(n));
  for (const entry of texts.length <= few ? texts : []) await read(entry, !prosePattern.test(entry));
  const unread = found.length ? [] : names.filter((n) => unreadPattern.test(n));
  for (const name of unread.length <= few ? unread : [])
    skipped.push({ name, reason: "tables of this kind are not read; save it as CSV" });
  return { found, skipped };
}

/** Why a table that lies there is not used. */
export const notJoined = (error: unknown) => `it was not joined: ${(error as Error).message}`;

/** FITS files called as catalogues are, where there are other images too. */
function fitsTables(names: readonly string[]): string[] {
  const images = names.filter((n) => imageNamePattern.test(n));
  const tables = images.filter((n) => catalogueFits.test(n));
  return tables.length < images.length && tables.length <= few ? tables : [];
}
