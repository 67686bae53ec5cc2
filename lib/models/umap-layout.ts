import { numeric } from "../engine/numeric/numeric.js";
import { nextUint32, type Random } from "../random.js";
import type { FuzzyGraph } from "./fuzzy-graph.js";

export interface UmapLayoutOptions {
  nEpochs: number;
  /** The curve of `umapCurve`. */
  a: number;
  b: number;
  random: Random;
}

/** umap-learn's: the first step, and points pushed away for each one pulled in. */
const LEARNING_RATE = 1;
const NEGATIVE_SAMPLE_RATE = 5;

/** The curve's tables: 64 steps an octave of the squared distance, from 2^-40 to 2^30. */
const OCTAVE_BITS = 6;
const LOWEST_EXPONENT = -40;
const OCTAVES = 70;
const LAST = OCTAVES << OCTAVE_BITS;

/**
 * UMAP's layout: stochastic gradient descent on the cross entropy between the graph and the curve
 * 1 / (1 + a d^(2 b)) in the plane. An edge of weight w is drawn in w / max w of the epochs; its ends are pulled
 * together, and for each draw five random points push the head away. The step falls linearly.
 *
 * Mirrors umap-learn's `optimize_layout_euclidean` (the same schedule, clipping at 4 and f32 positions), which
 * umap-js follows too, on arrays of arrays. Departs from both: the two gradient coefficients come from tables
 * (relative error 3e-5) in place of two powers a draw, and the whole epoch uses only operations that IEEE 754
 * fixes to the bit, so that the native epoch and this one, on every machine, give the same picture for a seed.
 */
export class UmapLayout {
  /** Epochs done. */
  epoch = 0;
  private readonly head: Int32Array;
  private readonly tail: Int32Array;
  /** Every how many epochs an edge is drawn. */
  private readonly period: Float64Array;
  private readonly nextSample: Float64Array;
  private readonly nextNegative: Float64Array;
  private readonly attraction = new Float64Array(LAST + 1);
  private readonly repulsion = new Float64Array(LAST + 1);
  private readonly random: Uint32Array;

  /** `positions`, [n, 2], are moved in place. */
  constructor(
    readonly positions: Float32Array,
    graph: FuzzyGraph,
    readonly options: UmapLayoutOptions,
  ) {
    const { nEpochs, a, b, random } = options;
    let heaviest = 0;
    for (const w of graph.weight) if (w > heaviest) heaviest = w;
    // Edges so light that they would not be drawn once are left out.
    const kept = new Int32Array(graph.weight.length);
    let count = 0;
    graph.weight.forEach((w, e) => {
      if (w >= heaviest / nEpochs) kept[count++] = e;
    });
    const edges = kept.subarray(0, count);
    this.head = edges.map((e) => graph.head[e]);
    this.tail = edges.map((e) => graph.tail[e]);
    this.period = Float64Array.from(edges, (e) => heaviest / graph.weight[e]);
    this.nextSample = this.period.slice();
    this.nextNegative = this.period.map((p) => p / NEGATIVE_SAMPLE_RATE);
    for (let i = 0; i <= LAST; i++) {
      const square = 2 ** (LOWEST_EXPONENT + (i >> OCTAVE_BITS)) * (1 + (i & 63) / 64);
      const tail = 1 + a * square ** b;
      this.attraction[i] = (-2 * a * b * square ** (b - 1)) / tail;
      this.repulsion[i] = (2 * b) / ((0.001 + square) * tail);
    }
    this.random = Uint32Array.from(random.state().s);
  }

  /** Does one epoch; false when all are done. */
  step(): boolean {
    const { nEpochs } = this.options;
    if (this.epoch >= nEpochs) return false;
    const alpha = LEARNING_RATE * (1 - Math.max(0, this.epoch - 1) / nEpochs);
    const native = numeric();
    if (native)
      native.layoutEpoch(
        this.positions,
        this.positions.length / 2,
        this.head,
        this.tail,
        this.period,
        this.nextSample,
        this.nextNegative,
        this.head.length,
        this.attraction,
        this.repulsion,
        LAST,
        NEGATIVE_SAMPLE_RATE,
        this.epoch,
        alpha,
        this.random,
      );
    else this.reference(this.epoch, alpha);
    this.epoch++;
    return true;
  }

  private reference(epoch: number, alpha: number): void {
    const { positions: at, head, tail, period, nextSample, nextNegative, attraction, repulsion } = this;
    const n = at.length / 2;
    for (let e = 0; e < head.length; e++) {
      if (nextSample[e] > epoch) continue;
      const i = 2 * head[e];
      const j = 2 * tail[e];
      let dx = at[i] - at[j];
      let dy = at[i + 1] - at[j + 1];
      let square = dx * dx + dy * dy;
      if (square > 0) {
        const pull = lookUp(attraction, square);
        const gx = clip(pull * dx) * alpha;
        const gy = clip(pull * dy) * alpha;
        at[i] += gx;
        at[i + 1] += gy;
        at[j] -= gx;
        at[j + 1] -= gy;
      }
      nextSample[e] += period[e];
      const negativePeriod = period[e] / NEGATIVE_SAMPLE_RATE;
      const draws = Math.trunc((epoch - nextNegative[e]) / negativePeriod);
      for (let draw = 0; draw < draws; draw++) {
        const k = 2 * Math.trunc((nextUint32(this.random) * n) / 4294967296);
        dx = at[i] - at[k];
        dy = at[i + 1] - at[k + 1];
        square = dx * dx + dy * dy;
        if (square > 0) {
          const push = lookUp(repulsion, square);
          at[i] += clip(push * dx) * alpha;
          at[i + 1] += clip(push * dy) * alpha;
        } else if (k !== i) {
          at[i] += 4 * alpha;
          at[i + 1] += 4 * alpha;
        }
      }
      nextNegative[e] += draws * negativePeriod;
    }
  }
}

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);

/** Linear interpolation in a table over the leading bits of x. */
function lookUp(table: Float64Array, x: number): number {
  bits[0] = x;
  const high = words[1];
  const at = (high >>> (20 - OCTAVE_BITS)) - ((1023 + LOWEST_EXPONENT) << OCTAVE_BITS);
  if (at < 0) return table[0];
  if (at >= LAST) return table[LAST];
  const fraction = (high & ((1 << (20 - OCTAVE_BITS)) - 1)) / 16384;
  return table[at] + fraction * (table[at + 1] - table[at]);
}

const clip = (x: number) => (x > 4 ? 4 : x < -4 ? -4 : x);
