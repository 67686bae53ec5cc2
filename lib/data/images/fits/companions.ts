/** Words for what goes with a picture: weights, errors, masks, counts of exposures, backgrounds, areas, PSFs. */
const words =
  "WHT|WEIGHTS?|WGT|WT|(WT|WHT|WEIGHT)_?MAP|ERR|ERRORS?|SIGMA|STD|STDEV|STDDEV|STAT|RMS|RMS_?MAP|NOISE|UNCERT|UNC|" +
  "UNCERTAINTY|VAR|VARIANCE|IVAR|INVVAR|DQ|DATA_?QUALITY|QUALITY|MASK|MASKS|MSK|MASKBITS|SEGM|SEGMAP|FLAGS?|FLG|BPM|" +
  "CTX|CONTEXT|EXP|EXPTIME|EXPMAP|NEXP|COVERAGE|COV|AREA|BKG|BACKGROUND|SKY|PSF|CON|VAR_(POISSON|RNOISE|FLAT)";

const extname = new RegExp(`^(.*[._])?(${words})$`, "i");
const companionStem = new RegExp(`^(.+)[._-](${words})$`, "i");
/** How the picture itself may end where its companions do: HST's x_drz.fits with x_wht.fits. */
const scienceEnd = /[._-](SCI|SCIENCE|IMAGE|IMG|DRZ|DRC)$/i;
const fitsEnd = /\.(fits?|fts)(\.(gz|fz))?$/i;

/** Whether an EXTNAME says that its unit is no picture but goes with one. */
export function isCompanion(name: string): boolean {
  return extname.test(name);
}

/**
 * FITS files that go with a picture which lies beside them, as SWarp (x.weight.fits with x.fits), Pan-STARRS and HST
 * hand them out, each with that picture: no object of their own. One without its picture is taken for one.
 */
export function companionFiles(names: readonly string[]): Map<string, string> {
  const pictures = new Map<string, string>();
  const stems = names.filter((name) => fitsEnd.test(name)).map((name) => [name, name.replace(fitsEnd, "")]);
  for (const [name, stem] of stems) pictures.set(stem.replace(scienceEnd, ""), name);
  for (const [name, stem] of stems) pictures.set(stem, name);
  const found = new Map<string, string>();
  for (const [name, stem] of stems) {
    const picture = pictures.get(companionStem.exec(stem)?.[1] ?? "");
    if (picture !== undefined) found.set(name, picture);
  }
  return found;
}

/** Why such a file is left out. */
export const whyCompanion = (picture: string) =>
  `it goes with ${picture} (a weight map, an error, a mask ...) and is no picture of its own`;
