import { frameOfKeywords, otherFrame } from "../sky-frame.js";
import {
  type Distortion,
  hasScampPolynomial,
  type Keywords,
  sipDistortion,
  tpvDistortion,
} from "./distortion.js";

const rad = Math.PI / 180;
/** Newton steps of an inversion end below this, in pixels. */
const TOLERANCE = 1e-9;

/**
 * The celestial coordinates of a FITS image (Greisen & Calabretta 2002; Calabretta & Greisen 2002): the gnomonic
 * projection TAN, with the distortions SIP and TPV, which is what imaging surveys publish; CD, PC with CDELT, or
 * CROTA with CDELT. Pixels are counted from 0 at the centre of the first one, as astropy counts them; rows go in the
 * file's order, from the bottom. Angles are degrees.
 *
 * Mirrors `astropy.wcs.WCS(header).all_pix2world(x, y, 0)` and `all_world2pix`, to 1e-6 pixels. The one npm package
 * for the job, wcslight, has no distortions and wants to fetch its files itself. Other projections are refused by name.
 */
export class Wcs {
  private readonly crpix: readonly [number, number];
  private readonly pole: { ra: number; sin: number; cos: number; phi: number };
  /** Pixels to degrees on the tangent plane. */
  private readonly cd: readonly [number, number, number, number];
  private readonly sip: Distortion | null;
  private readonly tpv: Distortion | null;
  /** True where the first axis is the declination. */
  private readonly swapped: boolean;

  constructor(header: Keywords) {
    const number = (key: string, otherwise?: number): number => {
      const value = header.get(key);
      if (typeof value === "number") return value;
      if (otherwise === undefined)
        throw new Error(`its header has no ${key}: it does not say where on the sky it is`);
      return otherwise;
    };
    const types = [1, 2].map((axis) => String(header.get(`CTYPE${axis}`) ?? ""));
    const [first, second] = types.map((type) => /^(RA|DEC)-+(TAN|TPV)(-SIP)?$/.exec(type.trim()));
    if (!first || !second || first[1] === second[1] || first[2] !== second[2])
      throw new Error(
        `its axes are "${types.join('" and "')}"; cutouts are made from right ascension and declination in TAN, TAN-SIP or TPV`,
      );
    refuseOtherFrames(header);
    for (const axis of [1, 2]) {
      const unit = String(header.get(`CUNIT${axis}`) ?? "deg").trim();
      if (!/^(deg(rees?)?)?$/i.test(unit)) throw new Error(`its CUNIT${axis} is "${unit}"; deg is read here`);
    }
    this.swapped = first[1] === "DEC";
    const [lon, lat] = this.swapped ? ([2, 1] as const) : ([1, 2] as const);
    this.crpix = [number("CRPIX1"), number("CRPIX2")];
    const dec = number(`CRVAL${lat}`) * rad;
    // For a zenithal projection the native pole is the reference point, and LONPOLE is 180 unless that is the pole.
    const phi = number("LONPOLE", number(`CRVAL${lat}`) >= 90 ? 0 : 180) * rad;
    this.pole = { ra: number(`CRVAL${lon}`) * rad, sin: Math.sin(dec), cos: Math.cos(dec), phi };
    this.cd = linear(header, number, lat);
    const [a, b, c, d] = this.cd;
    if (!(Math.abs(a * d - b * c) > 0)) throw new Error("its CD matrix cannot be inverted");
    this.sip = first[3] ? sipDistortion(header) : null;
    this.tpv = first[2] === "TPV" || (!this.sip && hasScampPolynomial(header)) ? tpvDistortion(header) : null;
    if (!first[3] && sipDistortion(header))
      throw new Error(
        `it has the polynomials of SIP and its axes do not say so: write ${types.map((t) => `${t}-SIP`).join(" and ")} where they are meant, or delete A_ORDER and B_ORDER`,
      );
    if (!this.tpv && !this.sip) refuseOtherReference(header, lon);
    if (this.tpv && this.swapped)
      throw new Error("its axes are exchanged and distorted by TPV, which is not read here");
  }

  /** Arcseconds a pixel at the reference point: the square root of a pixel's area. */
  get pixelScale(): number {
    const [a, b, c, d] = this.cd;
    return 3600 * Math.sqrt(Math.abs(a * d - b * c));
  }

  /** Right ascension in [0, 360) and declination of a pixel. */
  toSky(x: number, y: number): { ra: number; dec: number } {
    const [xi, eta] = this.plane(x, y);
    const r = Math.hypot(xi, eta);
    const phi = r === 0 ? 0 : Math.atan2(xi, -eta);
    const theta = Math.atan2(1, r * rad);
    const { ra, sin, cos, phi: phiPole } = this.pole;
    const [st, ct] = [Math.sin(theta), Math.cos(theta)];
    const turn = phi - phiPole;
    const dec = Math.asin(Math.min(1, Math.max(-1, st * sin + ct * cos * Math.cos(turn))));
    const lon = ra + Math.atan2(-ct * Math.sin(turn), st * cos - ct * sin * Math.cos(turn));
    return { ra: (((lon / rad) % 360) + 360) % 360, dec: dec / rad };
  }

  /** The pixel of a position; null where it lies on the other half of the sky, or the distortion has no inverse. */
  toPixel(ra: number, dec: number): [x: number, y: number] | null {
    const tangent = this.onTangent(ra, dec);
    if (!tangent) return null;
    const start = this.withoutDistortion(tangent);
    return this.sip || this.tpv ? this.invert(start, ...tangent) : start;
  }

  /** As `toPixel`, but without the distortion: enough to say that a position is far from an image, in no time. */
  toPixelRoughly(ra: number, dec: number): [x: number, y: number] | null {
    const tangent = this.onTangent(ra, dec);
    return tangent && this.withoutDistortion(tangent);
  }

  /** Degrees on the tangent plane; null on the other half of the sky. */
  private onTangent(ra: number, dec: number): [xi: number, eta: number] | null {
    const { sin, cos, ra: ra0, phi: phiPole } = this.pole;
    const [sd, cd] = [Math.sin(dec * rad), Math.cos(dec * rad)];
    const turn = ra * rad - ra0;
    const sinTheta = sd * sin + cd * cos * Math.cos(turn);
    if (!(sinTheta > 1e-6)) return null;
    const phi = phiPole + Math.atan2(-cd * Math.sin(turn), sd * cos - cd * sin * Math.cos(turn));
    const r = Math.sqrt(Math.max(0, 1 - sinTheta * sinTheta)) / sinTheta / rad;
    return [r * Math.sin(phi), -r * Math.cos(phi)];
  }

  private withoutDistortion([xi, eta]: readonly [number, number]): [x: number, y: number] {
    const [a, b, c, d] = this.cd;
    const det = a * d - b * c;
    const [u, v] = this.swapped ? [eta, xi] : [xi, eta];
    return [(d * u - b * v) / det + this.crpix[0] - 1, (a * v - c * u) / det + this.crpix[1] - 1];
  }

  /** Newton's method on `plane`, with the slope by differences over a pixel. */
  private invert([x, y]: [number, number], xi: number, eta: number): [number, number] | null {
    for (let step = 0; step < 30; step++) {
      const [f, g] = this.plane(x, y);
      const [fx, gx] = this.plane(x + 1, y);
      const [fy, gy] = this.plane(x, y + 1);
      const [a, c, b, d] = [fx - f, gx - g, fy - f, gy - g];
      const det = a * d - b * c;
      const dx = (d * (xi - f) - b * (eta - g)) / det;
      const dy = (a * (eta - g) - c * (xi - f)) / det;
      x += dx;
      y += dy;
      if (!Number.isFinite(x + y)) return null;
      if (Math.abs(dx) + Math.abs(dy) < TOLERANCE) return [x, y];
    }
    return null;
  }

  /** Degrees on the plane of projection, distortions included. */
  private plane(x: number, y: number): [number, number] {
    let u = x + 1 - this.crpix[0];
    let v = y + 1 - this.crpix[1];
    if (this.sip) [u, v] = this.sip(u, v);
    const [a, b, c, d] = this.cd;
    const [p, q] = [a * u + b * v, c * u + d * v];
    const [xi, eta] = this.swapped ? [q, p] : [p, q];
    return this.tpv ? this.tpv(xi, eta) : [xi, eta];
  }
}

/** Positions are in ICRS: a tile in another frame would give cutouts of another piece of sky. */
function refuseOtherFrames(header: Keywords): void {
  const frame = frameOfKeywords(header, { epoch: true });
  const other = frame && otherFrame(frame);
  if (!other) return;
  throw new Error(
    `its coordinates are ${other}; cutouts are made in ICRS or FK5 of equinox 2000: reproject it, or set its RADESYS to ICRS if that is what they are`,
  );
}

/** PVi_0 to PVi_3 of the longitude's axis move the native reference point or pole from where TAN has them. */
function refuseOtherReference(header: Keywords, lon: 1 | 2): void {
  const usual = [0, 0, 90, header.get("LONPOLE") ?? 180];
  const moved = usual.findIndex((value, m) => (header.get(`PV${lon}_${m}`) ?? value) !== value);
  if (moved >= 0)
    throw new Error(
      `its PV${lon}_${moved} is ${header.get(`PV${lon}_${moved}`)}: a native reference point other than TAN's is not read here`,
    );
}

/**
 * CD, or PC or the latitude's CROTA times CDELT, as [11, 12, 21, 22]; in older headers CD1_1 is CD001001, and PC1_1
 * PC001001.
 */
function linear(
  header: Keywords,
  number: (key: string, otherwise?: number) => number,
  lat: 1 | 2,
): [number, number, number, number] {
  const has = (pattern: RegExp) => [...header.keys()].some((key) => pattern.test(key));
  const element = (matrix: string, i: number, j: number) =>
    number(`${matrix}${i}_${j}`, number(`${matrix}00${i}00${j}`, matrix === "PC" && i === j ? 1 : 0));
  if (has(/^CD([12]_[12]|00[12]00[12])$/))
    return [element("CD", 1, 1), element("CD", 1, 2), element("CD", 2, 1), element("CD", 2, 2)];
  const hasPc = has(/^PC([12]_[12]|00[12]00[12])$/);
  // A matrix PC alone is in degrees: CDELT is 1 where it is absent.
  const [sx, sy] = [1, 2].map((axis) => number(`CDELT${axis}`, hasPc ? 1 : undefined));
  const angle = number(`CROTA${lat}`, 0) * (lat === 2 ? rad : -rad);
  if (angle !== 0 && !hasPc)
    return [sx * Math.cos(angle), -sy * Math.sin(angle), sx * Math.sin(angle), sy * Math.cos(angle)];
  const pc = (i: number, j: number) => element("PC", i, j);
  return [sx * pc(1, 1), sx * pc(1, 2), sy * pc(2, 1), sy * pc(2, 2)];
}
