/**
 * The a, b for which 1 / (1 + a d^(2 b)) comes closest (least squares over 300 points in [0, 3 spread]) to 1 up to
 * `minDist` and exp(-(d - minDist) / spread) beyond: umap-learn's `find_ab_params`, to six digits. By
 * Levenberg-Marquardt in the two parameters; umap-js's own fit stops within 1e-3 to 5e-2 of it.
 */
export function umapCurve(spread: number, minDist: number): { a: number; b: number } {
  if (!(spread > 0) || !(minDist >= 0 && minDist <= spread))
    throw new Error(`umap: minDist is ${minDist}; it must lie between 0 and spread (${spread}).`);
  const xs = Array.from({ length: 300 }, (_, i) => (3 * spread * i) / 299);
  const ys = xs.map((x) => (x < minDist ? 1 : Math.exp(-(x - minDist) / spread)));
  let a = 1;
  let b = 1;
  let damping = 1e-3;
  const error = (p: number, q: number) =>
    xs.reduce((sum, x, i) => sum + (1 / (1 + p * x ** (2 * q)) - ys[i]) ** 2, 0);
  let current = error(a, b);
  for (let iteration = 0; iteration < 200; iteration++) {
    let [aa, ab, bb, ga, gb] = [0, 0, 0, 0, 0];
    xs.forEach((x, i) => {
      if (x === 0) return;
      const power = x ** (2 * b);
      const value = 1 / (1 + a * power);
      const da = -power * value * value;
      const db = 2 * a * Math.log(x) * da;
      aa += da * da;
      ab += da * db;
      bb += db * db;
      ga += da * (value - ys[i]);
      gb += db * (value - ys[i]);
    });
    const [p, q] = [aa * (1 + damping), bb * (1 + damping)];
    const determinant = p * q - ab * ab;
    const [stepA, stepB] = [(ab * gb - q * ga) / determinant, (ab * ga - p * gb) / determinant];
    const next = a + stepA > 0 && b + stepB > 0 ? error(a + stepA, b + stepB) : Number.POSITIVE_INFINITY;
    if (next < current) {
      a += stepA;
      b += stepB;
      damping /= 10;
      const settled = Math.abs(stepA) < 1e-10 * a && Math.abs(stepB) < 1e-10 * b;
      current = next;
      if (settled) break;
    } else if ((damping *= 10) > 1e12) break;
  }
  return { a, b };
}
