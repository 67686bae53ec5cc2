import { existsSync } from "node:fs";
import type { ByteSource } from "../../files/byte-source.js";
import { isFits } from "../images/fits/header.js";
import { readFitsTable } from "./read-fits-table.js";
import { readParquetTable } from "./read-parquet-table.js";
import { readTextTable } from "./read-text-table.js";
import { readVotable } from "./read-votable.js";
import { refusedTable } from "./refused-table.js";
import type { Table } from "./table.js";
import { headOf, memorySource, openTableSource, type TableSource, wholeOf } from "./table-source.js";
import { withMasks } from "./with-masks.js";

/** What of a table is read. */
export interface ReadTableOptions {
  /** Only these columns, those of them that there are; all when left out. */
  columns?: readonly string[];
}

/**
 * Reads a table, whichever kind its bytes show: parquet; FITS (binary and ASCII tables); VOTable; CSV, TSV, ECSV and
 * other text (see `readTextTable`); each gzipped or not. `path` is a file, or the name shown in messages when `bytes`
 * are given. Of a file with several tables the first is read, and a note says so; "cat.fits[2]" and "cat.fits[OBJECTS]"
 * name another. Other kinds (IPAC, JSON, HDF5, spreadsheets ...) are refused by name, with the way to convert them.
 * Whole columns are in memory; parquet and FITS read no more of the file than `columns` need.
 */
export async function readTable(
  path: string,
  bytes?: Uint8Array,
  { columns: asked }: ReadTableOptions = {},
): Promise<Table> {
  const columns = asked?.flatMap((name) => [name, `${name}.mask`]);
  const { file, unit } = bytes || existsSync(path) ? { file: path, unit: undefined } : withoutUnit(path);
  try {
    let source = await openTableSource(file, bytes);
    try {
      const head = await headOf(source, 4096);
      const start = Buffer.from(head).toString("latin1");
      const isParquet = start.startsWith("PAR1");
      let packed = bytes;
      if (source.size === null && (isParquet || isFits(start))) {
        packed = await wholeOf(source);
        source = memorySource(packed);
      }
      if (isParquet) return withMasks(await readParquetTable(path, packed ?? file, columns));
      if (isFits(start)) return await readFitsTable(path, inParts(source), { columns, unit });
      const refused = refusedTable(head);
      if (refused) throw new Error(refused);
      if (isXml(start)) return await readVotable(path, source, { columns, unit });
      return withMasks(await readTextTable(path, source, columns));
    } finally {
      await source.close();
    }
  } catch (cause) {
    const message = (cause as Error).message.replace(/\.$/, "");
    throw new Error(`The table ${path} cannot be read: ${message}.`, { cause });
  }
}

/** "cat.fits[2]" -> the file and the unit, as CFITSIO and STILTS write them. */
function withoutUnit(path: string): { file: string; unit?: number | string } {
  const found = /^(.+)\[([^\]]+)\]$/.exec(path);
  if (!found || !existsSync(found[1])) return { file: path };
  return { file: found[1], unit: /^\d+$/.test(found[2]) ? Number(found[2]) : found[2] };
}

/** The source as one that can be read anywhere; what lies behind gzip has been unpacked before. */
const inParts = (source: TableSource): ByteSource => ({
  size: source.size!,
  read: (at, length) => source.read(at, length),
});

const isXml = (start: string) => /^(\xef\xbb\xbf)?\s*<(\?xml|VOTABLE|!--)/.test(start);
