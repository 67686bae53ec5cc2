import { parse } from "yaml";
import { frameOfKeywords, type SkyFrame } from "../sky-frame.js";
import type { AboutColumn } from "./table.js";

/** What the header of an ECSV file (astropy's enhanced CSV) says of its columns. */
export interface EcsvHeader {
  delimiter: string;
  /** Column by column: its name, and whether it is text, numbers (or truth values), or arrays that are not read. */
  columns: { name: string; type: "text" | "number" | "array"; about: AboutColumn }[];
}

/** Reads the `# ` lines at the top of an ECSV file, without the marks. */
export function readEcsvHeader(lines: readonly string[]): EcsvHeader {
  let header: unknown;
  try {
    // Meta data may hold types of Python's own; they are not needed.
    header = parse(lines.join("\n"), { logLevel: "silent" });
  } catch (cause) {
    throw new Error(`its ECSV header is not YAML (${(cause as Error).message.split("\n")[0]})`, { cause });
  }
  const { datatype, delimiter = " ", meta } = (header ?? {}) as Record<string, unknown>;
  if (!Array.isArray(datatype)) throw new Error("its ECSV header lists no columns under datatype");
  const about = entriesOf(meta);
  const frame = frameOfKeywords(new Map([...about].map(([key, value]) => [key.toUpperCase(), value])));
  const mixed = entriesOf(about.get("__serialized_columns__"));
  const columns = datatype.map((column: Record<string, unknown> | null) => {
    if (typeof column?.name !== "string" && typeof column?.name !== "number")
      throw new Error("its ECSV header has a column without a name");
    const { datatype: type, subtype, unit } = column;
    const own = mixed.get(String(column.name).split(".")[0]);
    const text = type === "string" && subtype === undefined;
    return {
      name: String(column.name),
      about: { unit: unit === undefined ? undefined : String(unit), frame: frameOfMixin(own) ?? frame },
      type: text ? ("text" as const) : subtype === undefined ? ("number" as const) : ("array" as const),
    };
  });
  return { delimiter: delimiter === "," ? "," : " ", columns };
}

/** The entries of a YAML map, of an ordered one (`!!omap`), or of a list of maps of one entry. */
function entriesOf(value: unknown): Map<string, unknown> {
  if (value instanceof Map) return value;
  const parts = Array.isArray(value) ? value : [value];
  return new Map(parts.flatMap((p) => (p && typeof p === "object" ? Object.entries(p) : [])));
}

/** The frame of an astropy SkyCoord, whose parts are the columns "sky.ra" and "sky.dec"; null for all else. */
function frameOfMixin(mixin: unknown): SkyFrame | null {
  const { frame, equinox } = Object.fromEntries(entriesOf(mixin)) as {
    frame?: unknown;
    equinox?: { jd1?: number; jd2?: number };
  };
  if (typeof frame !== "string") return null;
  const days = (equinox?.jd1 ?? Number.NaN) + (equinox?.jd2 ?? 0) - 2451545;
  const year = Number.isFinite(days) ? `J${Number((2000 + days / 365.25).toFixed(3))}` : "";
  return { name: frame.toUpperCase(), equinox: year };
}
