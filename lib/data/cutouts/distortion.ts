/** Keywords and their values, as a FITS header has them. */
export type Keywords = ReadonlyMap<string, string | number | boolean>;

/** Maps a point of one plane to another: pixels to corrected pixels (SIP), or degrees to degrees (TPV). */
export type Distortion = (x: number, y: number) => [number, number];

/** c_pq u^p v^q of one SIP polynomial. */
interface Term {
  p: number;
  q: number;
  value: number;
}

/**
 * The SIP distortion of a header (Shupe et al. 2005), or null where it has none: with u, v the pixel offsets from
 * CRPIX, u' = u + sum A_p_q u^p v^q and v' = v + sum B_p_q u^p v^q. The inverse polynomials AP and BP, which are fits,
 * are not used: positions are inverted exactly.
 */
export function sipDistortion(header: Keywords): Distortion | null {
  const a = sipTerms(header, "A");
  const b = sipTerms(header, "B");
  if (!a.length && !b.length) return null;
  return (u, v) => [u + sumOf(a, u, v), v + sumOf(b, u, v)];
}

function sipTerms(header: Keywords, letter: "A" | "B"): Term[] {
  const order = header.get(`${letter}_ORDER`);
  if (typeof order !== "number") return [];
  if (!Number.isInteger(order) || order < 0 || order > 9)
    throw new Error(`its ${letter}_ORDER is ${order}; SIP polynomials have an order of 2 to 9`);
  const terms: Term[] = [];
  for (let p = 0; p <= order; p++)
    for (let q = 0; p + q <= order; q++) {
      const value = header.get(`${letter}_${p}_${q}`);
      if (typeof value === "number" && value !== 0) terms.push({ p, q, value });
    }
  return terms;
}

function sumOf(terms: readonly Term[], u: number, v: number): number {
  let sum = 0;
  for (const { p, q, value } of terms) sum += value * power(u, p) * power(v, q);
  return sum;
}

/** x^n by products: a quarter of the time of a general power, and this is where placing a source spends its time. */
function power(x: number, n: number): number {
  let result = 1;
  for (let i = 0; i < n; i++) result *= x;
  return result;
}

/** Exponents of x, y and r of PVi_m in the order of m, for axis 1; axis 2 has x and y exchanged. */
const TPV_TERMS: readonly (readonly [x: number, y: number, r: number])[] = tpvTerms();

function tpvTerms(): [number, number, number][] {
  const terms: [number, number, number][] = [];
  for (let order = 0; order <= 7; order++) {
    for (let y = 0; y <= order; y++) terms.push([order - y, y, 0]);
    // Odd orders end with a power of the distance from the centre.
    if (order % 2) terms.push([0, 0, order]);
  }
  return terms;
}

/**
 * The TPV distortion of a header, or null where it has no PV polynomial: with x, y the intermediate world coordinates
 * in degrees and r their distance from 0, xi = sum PV1_m term_m(x, y, r) and eta = sum PV2_m term_m(y, x, r), 40 terms
 * up to seventh order; PVi_1 is 1 where it is not given.
 */
export function tpvDistortion(header: Keywords): Distortion | null {
  const polynomial = (axis: 1 | 2) =>
    TPV_TERMS.flatMap(([x, y, r], m) => {
      const value = header.get(`PV${axis}_${m}`) ?? (m === 1 ? 1 : 0);
      return typeof value === "number" && value !== 0 ? [{ x, y, r, value }] : [];
    });
  const [first, second] = [polynomial(1), polynomial(2)];
  const plain = (terms: typeof first) => terms.length === 1 && terms[0].x === 1 && terms[0].value === 1;
  if (plain(first) && plain(second)) return null;
  const sum = (terms: typeof first, x: number, y: number) => {
    const r = Math.hypot(x, y);
    return terms.reduce((total, t) => total + t.value * power(x, t.x) * power(y, t.y) * power(r, t.r), 0);
  };
  return (x, y) => [sum(first, x, y), sum(second, y, x)];
}

/** Whether a header that calls itself TAN has the PV polynomial of SCAMP, which is TPV by another name. */
export function hasScampPolynomial(header: Keywords): boolean {
  for (const [key, value] of header) {
    const match = /^PV([12])_(\d+)$/.exec(key);
    // PV1_0 to PV1_4 of a plain TAN are the native reference point and the poles.
    if (match && value !== 0 && (match[1] === "2" || Number(match[2]) > 4)) return true;
  }
  return false;
}
