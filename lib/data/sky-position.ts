/** Degrees on the sky. */
export interface SkyPosition {
  ra: number;
  dec: number;
}

/** Angle between two positions in arcseconds (haversine, exact for small angles). */
export function separation(a: SkyPosition, b: SkyPosition): number {
  const rad = Math.PI / 180;
  const u = Math.sin(((b.dec - a.dec) * rad) / 2) ** 2;
  const v = Math.sin(((b.ra - a.ra) * rad) / 2) ** 2;
  return (2 * Math.asin(Math.sqrt(u + Math.cos(a.dec * rad) * Math.cos(b.dec * rad) * v)) * 3600) / rad;
}
