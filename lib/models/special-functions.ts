/**
 * psi(x) = d/dx ln Gamma(x), for x > 0.
 *
 * psi(x) = psi(x + 1) - 1/x up to x >= 10, then the asymptotic series of Abramowitz & Stegun 6.3.18, whose next
 * term is below 1e-17 there. Mirrors scipy.special.digamma to 1e-14 (absolute near the root at 1.4616). NaN for
 * x <= 0: no caller has such an argument, and reflection is left out.
 */
export function digamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  let shift = 0;
  let y = x;
  for (; y < 10; y++) shift -= 1 / y;
  const s = 1 / (y * y);
  const series =
    s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - s * (691 / 32760 - s / 12))))));
  return shift + Math.log(y) - 0.5 / y - series;
}

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/**
 * ln Gamma(x), for x > 0.
 *
 * Gamma(x) = Gamma(x + 1) / x up to x >= 10, then Stirling's series (Abramowitz & Stegun 6.1.41). Mirrors
 * scipy.special.gammaln to 1e-13, absolute near the roots at 1 and 2. NaN for x <= 0, as for digamma.
 */
export function logGamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  let product = 1;
  let y = x;
  for (; y < 10; y++) product *= y;
  const s = 1 / (y * y);
  const series =
    (1 / 12 -
      s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - s * (691 / 360360 - s / 156)))))) /
    y;
  return (y - 0.5) * Math.log(y) - y + HALF_LOG_2PI + series - Math.log(product);
}

/** ln B(a, b) = ln Gamma(a) + ln Gamma(b) - ln Gamma(a + b). */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/**
 * I_x(a, b), the regularised incomplete beta function, for 0 <= x <= 1 and a, b > 0.
 *
 * The continued fraction of Abramowitz & Stegun 26.5.8 by the modified method of Lentz, on the side of the mean where
 * it converges fast. Mirrors scipy.special.betainc to 1e-12 of the value for a, b up to 1e4. NaN outside its domain.
 */
export function regularisedBeta(x: number, a: number, b: number): number {
  if (!(x >= 0 && x <= 1 && a > 0 && b > 0)) return Number.NaN;
  if (x === 0 || x === 1) return x;
  return x < (a + 1) / (a + b + 2) ? betaFraction(x, a, b) : 1 - betaFraction(1 - x, b, a);
}

function betaFraction(x: number, a: number, b: number): number {
  const apart = (v: number) => (Math.abs(v) < 1e-300 ? 1e-300 : v);
  let c = 1;
  let d = 1 / apart(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / apart(1 + term * d);
      c = apart(1 + term / c);
      change *= c * d;
    }
    fraction *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return (Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) * fraction) / a;
}
