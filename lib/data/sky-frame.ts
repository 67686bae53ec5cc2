/** The frame of sky coordinates as a file names it, in capitals, with its equinox; "" where it says none. */
export interface SkyFrame {
  name: string;
  equinox: string;
}

/** Keywords of FITS headers and tables that name a frame. */
type Keywords = ReadonlyMap<string, unknown>;

/**
 * What a FITS header says of its frame; null where it says nothing. A header that gives an equinox alone means FK4 by
 * one before 1984 and FK5 by a later one (standard 4.0, section 8.3); RADECSYS is what older headers call RADESYS, and
 * EPOCH what those of images call EQUINOX (in a table's it may be when something was observed).
 */
export function frameOfKeywords(header: Keywords, options: { epoch?: boolean } = {}): SkyFrame | null {
  const text = (key: string) => String(header.get(key) ?? "").trim();
  const equinox = text("EQUINOX") || (options.epoch ? text("EPOCH") : "");
  const name = (text("RADESYS") || text("RADECSYS")).toUpperCase();
  if (!name && !equinox) return null;
  return { name: name || (year(equinox) < 1984 ? "FK4" : "FK5"), equinox };
}

/**
 * How a frame is called that is not that of positions here; null for ICRS and for what differs from it by less than 0.1
 * arcseconds, FK5 of equinox 2000. FK4 differs by about half a degree. VOTable writes "eq_FK4" for FK4.
 */
export function otherFrame({ name, equinox }: SkyFrame): string | null {
  const frame = name.toUpperCase().replace(/^EQ_/, "");
  if (frame === "ICRS" || (frame === "FK5" && year(equinox) === 2000)) return null;
  return equinox && /^FK[45]$/.test(frame) ? `${frame} of equinox ${equinox}` : frame;
}

/** "B1950.0" -> 1950; 2000 where there is none. */
const year = (equinox: string) => Number(/^[BJ]?(\d+(?:\.\d*)?)$/i.exec(equinox)?.[1] ?? 2000);
