import type { SkyPosition } from "../sky-position.js";

/** A service that cuts images out of surveys by position. */
export interface CutoutService {
  /** What to cite and where its terms stand. */
  source: string;
  extension: "jpg" | "fits";
  /** Whether it scales images to the pixels asked for; else they come in the data's own. */
  scales: boolean;
  /** The address of one cutout, `arcsec` wide and high. */
  url(position: SkyPosition, arcsec: number, pixels: number): string;
}

/**
 * hips2fits of the CDS (Boch et al. 2020): any survey that has a HiPS, such as "CDS/P/DESI-Legacy-Surveys/DR10/color"
 * or "CDS/P/PanSTARRS/DR1/r".
 */
export function hips2fits(
  hips: string,
  { format = "jpg", host = "https://alasky.cds.unistra.fr" }: { format?: "jpg" | "fits"; host?: string } = {},
): CutoutService {
  return {
    source: `${hips}, cut out by hips2fits of the CDS, Strasbourg (Boch et al. 2020)`,
    extension: format,
    scales: true,
    url: ({ ra, dec }, arcsec, pixels) =>
      `${host}/hips-image-services/hips2fits?${new URLSearchParams({
        hips,
        ra: String(ra),
        dec: String(dec),
        fov: String(arcsec / 3600),
        width: String(pixels),
        height: String(pixels),
        projection: "TAN",
        format,
      })}`,
  };
}

/** The cutout service of the Legacy Survey's viewer; up to 512 pixels for the images of Galaxy Zoo DECaLS and DESI. */
export function legacySurvey(
  layer = "ls-dr10",
  {
    format = "jpg",
    bands = "grz",
    host = "https://www.legacysurvey.org",
  }: { format?: "jpg" | "fits"; bands?: string; host?: string } = {},
): CutoutService {
  return {
    source: `DESI Legacy Imaging Surveys, layer ${layer} (Dey et al. 2019), by the cutout service of legacysurvey.org`,
    extension: format,
    scales: true,
    url: ({ ra, dec }, arcsec, pixels) =>
      `${host}/viewer/cutout.${format}?${new URLSearchParams({
        ra: String(ra),
        dec: String(dec),
        layer,
        pixscale: String(arcsec / pixels),
        size: String(pixels),
        ...(format === "fits" && { bands }),
      })}`,
  };
}

/**
 * A service that speaks SODA, the IVOA's Server-side Operations for Data Access 1.0: a circle cut out of the data set
 * `id` comes as FITS, in the data's own pixels. `address` is that of its synchronous resource.
 */
export function soda(address: string, id: string): CutoutService {
  return {
    source: `${id}, cut out by ${address} (IVOA SODA)`,
    extension: "fits",
    scales: false,
    url: ({ ra, dec }, arcsec) =>
      `${address}${address.includes("?") ? "&" : "?"}${new URLSearchParams({
        ID: id,
        CIRCLE: `${ra} ${dec} ${arcsec / 7200}`,
        RESPONSEFORMAT: "application/fits",
      })}`,
  };
}
