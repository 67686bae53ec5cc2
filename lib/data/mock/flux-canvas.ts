/**
 * Three bands of flux on a square grid, in units of the sky noise of one pixel at the survey's usual depth.
 * Lengths are arcseconds from the image centre, x to the right and y down; bands are in the order they are shown
 * in: z, r, g as red, green, blue. Brightness functions are evaluated at pixel centres: what is painted is blurred
 * by the seeing afterwards, and every cusp is softened to half a pixel by whoever paints it.
 */
export type Colour = readonly [red: number, green: number, blue: number];

export class FluxCanvas {
  readonly bands: readonly [Float32Array, Float32Array, Float32Array];

  constructor(
    /** Pixels on a side. */
    readonly size: number,
    /** Arcseconds a pixel. */
    readonly pixel: number,
  ) {
    this.bands = [
      new Float32Array(size * size),
      new Float32Array(size * size),
      new Float32Array(size * size),
    ];
  }

  /** Half the field of view, in arcsec. */
  get half(): number {
    return (this.size * this.pixel) / 2;
  }

  /** Adds `brightness(dx, dy)` in the given colour within `reach` arcsec of (x, y). */
  paint(
    x: number,
    y: number,
    reach: number,
    colour: Colour,
    brightness: (dx: number, dy: number) => number,
  ): void {
    const [red, green, blue] = this.bands;
    const [cr, cg, cb] = colour;
    this.forEachWithin(x, y, reach, (k, dx, dy) => {
      const v = brightness(dx, dy);
      red[k] += v * cr;
      green[k] += v * cg;
      blue[k] += v * cb;
    });
  }

  /** Multiplies by exp(-depth * extinction), extinction per band: dust reddens what lies behind it. */
  absorb(
    x: number,
    y: number,
    reach: number,
    extinction: Colour,
    depth: (dx: number, dy: number) => number,
  ): void {
    const [red, green, blue] = this.bands;
    const [er, eg, eb] = extinction;
    this.forEachWithin(x, y, reach, (k, dx, dy) => {
      const t = depth(dx, dy);
      if (t < 1e-3) return;
      red[k] *= Math.exp(-t * er);
      green[k] *= Math.exp(-t * eg);
      blue[k] *= Math.exp(-t * eb);
    });
  }

  private forEachWithin(
    x: number,
    y: number,
    reach: number,
    visit: (k: number, dx: number, dy: number) => void,
  ): void {
    const { size, pixel, half } = this;
    const first = (at: number) => Math.max(0, Math.floor((at - reach + half) / pixel));
    const last = (at: number) => Math.min(size - 1, Math.ceil((at + reach + half) / pixel));
    const [i0, i1, j0, j1] = [first(x), last(x), first(y), last(y)];
    for (let j = j0; j <= j1; j++) {
      const dy = (j + 0.5) * pixel - half - y;
      for (let i = i0; i <= i1; i++) visit(j * size + i, (i + 0.5) * pixel - half - x, dy);
    }
  }
}
