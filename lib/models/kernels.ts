import { numeric } from "../engine/numeric/numeric.js";
import { type Bounds, type Hyperparameter, hyperparameter, Kernel, short, WIDE } from "./kernel.js";

/** A kernel of the distance alone, given by k and dk/dtheta as functions of the squared distance. */
abstract class RadialKernel extends Kernel {
  readonly variance = 1;
  /** k at squared distance s. */
  protected abstract value(s: number): number;
  /** d k / d ln h for hyperparameter number h, k being the value there. */
  protected abstract derivative(s: number, k: number, h: number): number;

  /** The smoothness by which the native loop knows the kernel: 0 for RBF; null where it does not know it. */
  protected abstract readonly smoothness: number | null;

  cross(squares: Float64Array): Float64Array {
    return this.nativeGram(squares, false)?.k ?? squares.map((s) => this.value(s));
  }

  /** The native loop's k, and dk/d ln lengthScale if it is asked for; null where there is no such loop. */
  private nativeGram(
    squares: Float64Array,
    sloped: boolean,
  ): { k: Float64Array; gradient: Float64Array[] } | null {
    const native = numeric();
    const { smoothness, hyperparameters } = this;
    if (!native || smoothness === null) return null;
    const k = new Float64Array(squares.length);
    const slope = sloped ? new Float64Array(squares.length) : null;
    native.radialCovariance(smoothness, hyperparameters[0].value, squares, k.length, k, slope);
    return { k, gradient: slope ? [slope] : [] };
  }

  gram(squares: Float64Array, n: number): { k: Float64Array; gradient: Float64Array[] } {
    const found = this.nativeGram(squares, this.hyperparameters[0].bounds !== "fixed");
    if (found) return found;
    const k = this.cross(squares);
    const all = this.hyperparameters.map((_, h) => {
      // At distance 0, on the diagonal, no hyperparameter changes anything.
      const slope = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < i; j++)
          slope[i * n + j] = slope[j * n + i] = this.derivative(squares[i * n + j], k[i * n + j], h);
      return slope;
    });
    return { k, gradient: all.filter((_, h) => this.hyperparameters[h].bounds !== "fixed") };
  }
}

/** exp(-r^2 / 2), r = distance / lengthScale. */
export class Rbf extends RadialKernel {
  protected readonly smoothness = 0;
  readonly hyperparameters: readonly Hyperparameter[];
  constructor(
    readonly lengthScale = 1,
    private readonly lengthBounds: Bounds = WIDE,
  ) {
    super();
    this.hyperparameters = [hyperparameter("lengthScale", lengthScale, lengthBounds)];
  }
  withValues([lengthScale]: number[]): Rbf {
    return new Rbf(lengthScale, this.lengthBounds);
  }
  protected value(s: number): number {
    return Math.exp((-0.5 * s) / this.lengthScale ** 2);
  }
  protected derivative(s: number, k: number): number {
    return (k * s) / this.lengthScale ** 2;
  }
  toString(): string {
    return `RBF(lengthScale=${short(this.lengthScale)})`;
  }
}

/**
 * Matern of smoothness nu, r = distance / lengthScale: 1/2 exp(-r); 3/2 (1 + a) exp(-a), a = sqrt(3) r;
 * 5/2 (1 + a + a^2 / 3) exp(-a), a = sqrt(5) r.
 */
export class Matern extends RadialKernel {
  protected get smoothness(): number {
    return this.nu;
  }
  readonly hyperparameters: readonly Hyperparameter[];
  constructor(
    readonly nu: 0.5 | 1.5 | 2.5 = 1.5,
    readonly lengthScale = 1,
    private readonly lengthBounds: Bounds = WIDE,
  ) {
    super();
    if (![0.5, 1.5, 2.5].includes(nu)) throw new Error(`Matern: nu is ${nu} but must be 0.5, 1.5 or 2.5.`);
    this.hyperparameters = [hyperparameter("lengthScale", lengthScale, lengthBounds)];
  }
  withValues([lengthScale]: number[]): Matern {
    return new Matern(this.nu, lengthScale, this.lengthBounds);
  }
  protected value(s: number): number {
    const a = Math.sqrt(2 * this.nu * s) / this.lengthScale;
    if (this.nu === 0.5) return Math.exp(-a);
    if (this.nu === 1.5) return (1 + a) * Math.exp(-a);
    return (1 + a + (a * a) / 3) * Math.exp(-a);
  }
  protected derivative(s: number, k: number): number {
    const a = Math.sqrt(2 * this.nu * s) / this.lengthScale;
    if (this.nu === 0.5) return a * k;
    if (this.nu === 1.5) return ((a * a) / (1 + a)) * k;
    return (((a * a) / 3) * (1 + a) * k) / (1 + a + (a * a) / 3);
  }
  toString(): string {
    return `Matern(nu=${this.nu}, lengthScale=${short(this.lengthScale)})`;
  }
}

/** (1 + s / (2 alpha lengthScale^2))^-alpha: a mixture of RBF kernels of many length scales. */
export class RationalQuadratic extends RadialKernel {
  protected readonly smoothness = null;
  readonly hyperparameters: readonly Hyperparameter[];
  constructor(
    readonly lengthScale = 1,
    readonly alpha = 1,
    private readonly lengthBounds: Bounds = WIDE,
    private readonly alphaBounds: Bounds = WIDE,
  ) {
    super();
    this.hyperparameters = [
      hyperparameter("alpha", alpha, alphaBounds),
      hyperparameter("lengthScale", lengthScale, lengthBounds),
    ];
  }
  withValues([alpha, lengthScale]: number[]): RationalQuadratic {
    return new RationalQuadratic(lengthScale, alpha, this.lengthBounds, this.alphaBounds);
  }
  protected value(s: number): number {
    return (1 + s / (2 * this.alpha * this.lengthScale ** 2)) ** -this.alpha;
  }
  protected derivative(s: number, k: number, h: number): number {
    const square = this.lengthScale ** 2;
    const base = 1 + s / (2 * this.alpha * square);
    return h === 0 ? k * (s / (2 * square * base) - this.alpha * Math.log(base)) : (s * k) / (square * base);
  }
  toString(): string {
    return `RationalQuadratic(alpha=${short(this.alpha)}, lengthScale=${short(this.lengthScale)})`;
  }
}

/** noiseLevel where both rows are the very same row of one set, 0 elsewhere: the variance of the labels. */
export class WhiteKernel extends Kernel {
  readonly hyperparameters: readonly Hyperparameter[];
  constructor(
    readonly noiseLevel = 1,
    private readonly noiseBounds: Bounds = WIDE,
  ) {
    super();
    this.hyperparameters = [hyperparameter("noiseLevel", noiseLevel, noiseBounds)];
  }
  get variance(): number {
    return this.noiseLevel;
  }
  withValues([noiseLevel]: number[]): WhiteKernel {
    return new WhiteKernel(noiseLevel, this.noiseBounds);
  }
  cross(squares: Float64Array): Float64Array {
    return new Float64Array(squares.length);
  }
  gram(_squares: Float64Array, n: number): { k: Float64Array; gradient: Float64Array[] } {
    const k = new Float64Array(n * n);
    for (let i = 0; i < n; i++) k[i * n + i] = this.noiseLevel;
    return { k, gradient: this.noiseBounds === "fixed" ? [] : [k.slice()] };
  }
  toString(): string {
    return `White(noiseLevel=${short(this.noiseLevel)})`;
  }
}

/** The same value everywhere: a variance when multiplied, an unknown offset when added. */
export class ConstantKernel extends Kernel {
  readonly hyperparameters: readonly Hyperparameter[];
  constructor(
    readonly constant = 1,
    private readonly constantBounds: Bounds = WIDE,
  ) {
    super();
    this.hyperparameters = [hyperparameter("constant", constant, constantBounds)];
  }
  get variance(): number {
    return this.constant;
  }
  withValues([constant]: number[]): ConstantKernel {
    return new ConstantKernel(constant, this.constantBounds);
  }
  cross(squares: Float64Array): Float64Array {
    return new Float64Array(squares.length).fill(this.constant);
  }
  gram(squares: Float64Array): { k: Float64Array; gradient: Float64Array[] } {
    const k = this.cross(squares);
    return { k, gradient: this.constantBounds === "fixed" ? [] : [k.slice()] };
  }
  toString(): string {
    return short(this.constant);
  }
}
