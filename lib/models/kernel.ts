import type { Matrix } from "../matrix.js";
import { squaredDistances } from "./squared-distances.js";

/** A positive hyperparameter: its value and where the search may move it; "fixed" leaves it alone. */
export interface Hyperparameter {
  name: string;
  value: number;
  bounds: readonly [low: number, high: number] | "fixed";
}

export type Bounds = Hyperparameter["bounds"];
/** scikit-learn's default bounds. */
export const WIDE: Bounds = [1e-5, 1e5];

/**
 * A covariance function k(x, x'), composed by `plus` and `times`.
 *
 * Mirrors sklearn.gaussian_process.kernels (1.2): the same formulas, the same order of hyperparameters (left
 * operand first, then by name), searched in theta = ln(value). Length scales are isotropic (one number), which is
 * what the paper uses; scikit-learn also allows one for each column.
 */
export abstract class Kernel {
  abstract readonly hyperparameters: readonly Hyperparameter[];
  /** The same kernel at other values, given in the order of `hyperparameters`. */
  abstract withValues(values: ArrayLike<number>): Kernel;
  /** k for every entry of a matrix of squared distances between different sets of rows. */
  abstract cross(squares: Float64Array): Float64Array;
  /**
   * k(X, X), [n, n], for the squared distances within one set of rows, and its derivative by each free component
   * of theta.
   */
  abstract gram(squares: Float64Array, n: number): { k: Float64Array; gradient: Float64Array[] };
  /** k(x, x), the same for every row: all kernels here are stationary. */
  abstract readonly variance: number;
  abstract toString(): string;

  /** k(X, Y), [m, n]; without `y` k(X, X), which alone contains white noise. */
  matrix(x: Matrix, y?: Matrix): Matrix {
    const squares = squaredDistances(x, y ?? x);
    const n = (y ?? x).shape[0];
    return { data: y ? this.cross(squares) : this.gram(squares, n).k, shape: [x.shape[0], n] };
  }

  plus(other: Kernel): Kernel {
    return new Sum(this, other);
  }

  times(other: Kernel): Kernel {
    return new Product(this, other);
  }

  /** ln of the free hyperparameters. */
  get theta(): Float64Array {
    return Float64Array.from(free(this), (h) => Math.log(h.value));
  }

  /** [ln low, ln high] of the free hyperparameters. */
  get bounds(): [number, number][] {
    return free(this).map((h) => [Math.log(h.bounds[0] as number), Math.log(h.bounds[1] as number)]);
  }

  withTheta(theta: ArrayLike<number>): Kernel {
    let t = 0;
    return this.withValues(
      this.hyperparameters.map((h) => (h.bounds === "fixed" ? h.value : Math.exp(theta[t++]))),
    );
  }
}

const free = (kernel: Kernel) => kernel.hyperparameters.filter((h) => h.bounds !== "fixed");

/** Checks a value and its bounds. */
export function hyperparameter(name: string, value: number, bounds: Bounds): Hyperparameter {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new Error(`Kernel: ${name} is ${value} but must be a positive number.`);
  if (bounds !== "fixed" && !(bounds[0] > 0 && bounds[0] <= bounds[1]))
    throw new Error(`Kernel: the bounds of ${name} are ${bounds}; they must be positive and in order.`);
  return { name, value, bounds };
}

/** Two kernels combined entry by entry; the left one's hyperparameters come first. */
abstract class Pair extends Kernel {
  constructor(
    readonly left: Kernel,
    readonly right: Kernel,
  ) {
    super();
  }
  get hyperparameters(): readonly Hyperparameter[] {
    return [...this.left.hyperparameters, ...this.right.hyperparameters];
  }
  protected split(values: ArrayLike<number>): [Kernel, Kernel] {
    const all = Array.from(values);
    const count = this.left.hyperparameters.length;
    return [this.left.withValues(all.slice(0, count)), this.right.withValues(all.slice(count))];
  }
}

export class Sum extends Pair {
  get variance(): number {
    return this.left.variance + this.right.variance;
  }
  withValues(values: ArrayLike<number>): Sum {
    return new Sum(...this.split(values));
  }
  cross(squares: Float64Array): Float64Array {
    const k = this.left.cross(squares);
    const right = this.right.cross(squares);
    for (let i = 0; i < k.length; i++) k[i] += right[i];
    return k;
  }
  gram(squares: Float64Array, n: number): { k: Float64Array; gradient: Float64Array[] } {
    const a = this.left.gram(squares, n);
    const b = this.right.gram(squares, n);
    for (let i = 0; i < a.k.length; i++) a.k[i] += b.k[i];
    return { k: a.k, gradient: [...a.gradient, ...b.gradient] };
  }
  toString(): string {
    return `${this.left} + ${this.right}`;
  }
}

export class Product extends Pair {
  get variance(): number {
    return this.left.variance * this.right.variance;
  }
  withValues(values: ArrayLike<number>): Product {
    return new Product(...this.split(values));
  }
  cross(squares: Float64Array): Float64Array {
    const k = this.left.cross(squares);
    const right = this.right.cross(squares);
    for (let i = 0; i < k.length; i++) k[i] *= right[i];
    return k;
  }
  gram(squares: Float64Array, n: number): { k: Float64Array; gradient: Float64Array[] } {
    const a = this.left.gram(squares, n);
    const b = this.right.gram(squares, n);
    return {
      k: a.k.map((k, i) => k * b.k[i]),
      gradient: [
        ...a.gradient.map((g) => g.map((v, i) => v * b.k[i])),
        ...b.gradient.map((g) => g.map((v, i) => v * a.k[i])),
      ],
    };
  }
  toString(): string {
    return [this.left, this.right].map((k) => (k instanceof Sum ? `(${k})` : `${k}`)).join(" * ");
  }
}

/** A value for `toString`: four digits. */
export const short = (value: number) => String(Number(value.toPrecision(4)));
