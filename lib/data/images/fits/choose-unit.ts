import { isCompanion } from "./companions.js";
import { holdsImage } from "./fits-image.js";
import { type FitsUnit, unitName } from "./units.js";

/** EXTNAMEs that say "this is the picture": HST, JWST, Euclid (also VIS.SCI, 3-4.E.SCI), LSST. */
const science = /^(.*[._])?(SCI|SCIENCE|IMAGE)$/i;

/**
 * The unit whose image is read. Asked for by `wanted`: an index, an EXTNAME in any case ("SCI"), or one with its
 * EXTVER ("SCI,2"). Else the first image that is named as the science image; else the first that is not named as its
 * companion (a weight map, an error, a mask ...); else the first.
 */
export function chooseUnit(units: readonly FitsUnit[], wanted?: number | string): FitsUnit {
  if (wanted !== undefined) return askedFor(units, wanted);
  const images = units.filter(holdsImage);
  const extname = (u: FitsUnit) => String(u.header.get("EXTNAME") ?? "");
  const unit =
    images.find((u) => science.test(extname(u))) ?? images.find((u) => !isCompanion(extname(u))) ?? images[0];
  if (!unit)
    throw new Error(
      `none of its units (${units.map(described).join(", ")}) holds an image, ` +
        (units.some(isTable)
          ? "only a table: if it is the images' table, name it with labels"
          : "or it was cut before the one that does"),
    );
  return unit;
}

const isTable = ({ header }: FitsUnit) => /TABLE/.test(String(header.get("XTENSION") ?? ""));

function askedFor(units: readonly FitsUnit[], wanted: number | string): FitsUnit {
  const unit = typeof wanted === "number" ? units[wanted] : units.find((u) => isNamed(u, wanted));
  if (!unit) throw new Error(`it has no unit ${wanted}; it has ${units.map(unitName).join(", ")}`);
  if (!holdsImage(unit))
    throw new Error(`its unit ${wanted} is not an image; it has ${units.map(described)}`);
  return unit;
}

function isNamed({ header }: FitsUnit, wanted: string): boolean {
  const name = String(header.get("EXTNAME") ?? "").toUpperCase();
  const [, base, version] = /^(.*?)\s*,\s*(\d+)$/.exec(wanted) ?? [null, wanted, null];
  if (name === wanted.toUpperCase()) return true;
  return name === base.toUpperCase() && (version === null || Number(version) === (header.get("EXTVER") ?? 1));
}

function described(unit: FitsUnit): string {
  const kind = unit.header.get("XTENSION") ?? "IMAGE";
  const what = kind === "IMAGE" ? (unit.axes.length ? unit.axes.join(" x ") : "empty") : String(kind);
  return `${unitName(unit)}: ${holdsImage(unit) ? "an image" : what}`;
}
