import { parse } from "yaml";

/** What the header of an ECSV file (astropy's enhanced CSV) says of its columns. */
export interface EcsvHeader {
  delimiter: string;
  /** Column by column: its name, and whether it is text, numbers (or truth values), or arrays that are not read. */
  columns: { name: string; type: "text" | "number" | "array" }[];
}

/** Reads the `# ` lines at the top of an ECSV file, without the marks. */
export function ecsvHeader(lines: readonly string[]): EcsvHeader {
  let header: unknown;
  try {
    // Meta data may hold types of Python's own; they are not needed.
    header = parse(lines.join("\n"), { logLevel: "silent" });
  } catch (cause) {
    throw new Error(`its ECSV header is not YAML (${(cause as Error).message.split("\n")[0]})`, { cause });
  }
  const { datatype, delimiter = " " } = (header ?? {}) as Record<string, unknown>;
  if (!Array.isArray(datatype)) throw new Error("its ECSV header lists no columns under datatype");
  const columns = datatype.map((column: Record<string, unknown> | null) => {
    if (typeof column?.name !== "string" && typeof column?.name !== "number")
      throw new Error("its ECSV header has a column without a name");
    const { datatype: type, subtype } = column;
    const text = type === "string" && subtype === undefined;
    return {
      name: String(column.name),
      type: text ? ("text" as const) : subtype === undefined ? ("number" as const) : ("array" as const),
    };
  });
  return { delimiter: delimiter === "," ? "," : " ", columns };
}
