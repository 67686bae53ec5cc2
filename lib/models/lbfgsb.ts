/** A function of several variables with its gradient; it may return NaN or infinity where it is not defined. */
export type Objective = (x: Float64Array) => { value: number; gradient: Float64Array };

/** [low, high] a variable; infinities allowed. */
export type Box = readonly (readonly [low: number, high: number])[];

/** Where the search stands after an iteration. */
export interface LbfgsbState {
  x: Float64Array;
  value: number;
  gradient: Float64Array;
  iteration: number;
  /** How often the objective was evaluated. */
  evaluations: number;
}

/** Corrections that are remembered. */
const MEMORY = 10;
const MAX_ITERATIONS = 500;
/** It ends when the projected gradient is nowhere larger than this. */
const GRADIENT_TOLERANCE = 1e-6;
/** Or when two steps in a row lower the value by less than this share of it. */
const VALUE_TOLERANCE = 1e-11;

/**
 * Minimises a smooth function within bounds: limited-memory BFGS (Nocedal 1980; Byrd, Lu, Nocedal & Zhu 1995).
 *
 * Solves what scipy's L-BFGS-B solves, more simply: variables that sit on a bound with the gradient pushing
 * outward are held, the two-loop recursion gives a direction for the others, and a line search along the path
 * projected onto the bounds looks for the strong Wolfe conditions by bisection and expansion. The tolerances are
 * tighter than scipy's. Yields after every iteration; the last state yielded is the minimum found.
 */
export function* lbfgsb(objective: Objective, start: ArrayLike<number>, bounds: Box): Generator<LbfgsbState> {
  const n = start.length;
  if (bounds.length !== n) throw new Error(`lbfgsb: ${n} variables but ${bounds.length} bounds.`);
  const project = (x: Float64Array) => x.map((v, i) => Math.min(bounds[i][1], Math.max(bounds[i][0], v)));
  let evaluations = 0;
  const evaluate = (x: Float64Array) => {
    evaluations++;
    return { x, ...objective(x) };
  };

  let at = evaluate(project(Float64Array.from(start)));
  if (!Number.isFinite(at.value)) throw new Error(`lbfgsb: the function is ${at.value} at the start.`);
  const state = (iteration: number): LbfgsbState => ({ ...at, iteration, evaluations });
  const pairs: { s: Float64Array; y: Float64Array }[] = [];
  let flat = 0;
  yield state(0);
  for (let iteration = 1; iteration <= MAX_ITERATIONS; iteration++) {
    const held = at.x.map((v, i) =>
      (v <= bounds[i][0] && at.gradient[i] > 0) || (v >= bounds[i][1] && at.gradient[i] < 0) ? 1 : 0,
    );
    const free = at.gradient.map((g, i) => (held[i] ? 0 : g));
    if (Math.max(0, ...free.map(Math.abs)) <= GRADIENT_TOLERANCE) break;

    let direction = twoLoop(free, held, pairs);
    if (!(dot(direction, free) < 0)) {
      pairs.length = 0;
      direction = free.map((g) => -g);
    }
    // Without curvature the length of the gradient says nothing about the distance: start with a step of 1.
    const first = pairs.length > 0 ? 1 : 1 / Math.max(1e-12, Math.sqrt(dot(direction, direction)));
    let next = lineSearch(at, direction, first, project, evaluate);
    if (!next && pairs.length > 0) {
      pairs.length = 0;
      direction = free.map((g) => -g);
      next = lineSearch(at, direction, 1 / Math.sqrt(dot(direction, direction)), project, evaluate);
    }
    if (!next) break;

    const s = next.x.map((v, i) => v - at.x[i]);
    const y = next.gradient.map((g, i) => g - at.gradient[i]);
    if (dot(s, y) > 2.2e-16 * dot(y, y)) pairs.push({ s, y });
    if (pairs.length > MEMORY) pairs.shift();
    const gain = (at.value - next.value) / Math.max(Math.abs(at.value), Math.abs(next.value), 1);
    at = next;
    yield state(iteration);
    flat = gain <= VALUE_TOLERANCE ? flat + 1 : 0;
    if (flat === 2) break;
  }
}

type Point = { x: Float64Array; value: number; gradient: Float64Array };

/** -H g on the free variables, H from the remembered corrections restricted to them. */
function twoLoop(
  g: Float64Array,
  held: Float64Array,
  pairs: { s: Float64Array; y: Float64Array }[],
): Float64Array {
  const mask = (v: Float64Array) => v.map((a, i) => (held[i] ? 0 : a));
  const usable = pairs
    .map(({ s, y }) => ({ s: mask(s), y: mask(y) }))
    .filter(({ s, y }) => dot(s, y) > 1e-14 * dot(y, y));
  const q = g.slice();
  const alphas: number[] = [];
  for (let p = usable.length - 1; p >= 0; p--) {
    const { s, y } = usable[p];
    alphas[p] = dot(s, q) / dot(s, y);
    add(q, y, -alphas[p]);
  }
  const newest = usable.at(-1);
  if (newest) {
    const scale = dot(newest.s, newest.y) / dot(newest.y, newest.y);
    for (let i = 0; i < q.length; i++) q[i] *= scale;
  }
  usable.forEach(({ s, y }, p) => {
    add(q, s, alphas[p] - dot(y, q) / dot(s, y));
  });
  return q.map((v) => -v);
}

/**
 * A point on the projected path x + t d that lowers the value enough (Armijo, 1e-4) and, where no bound is in the
 * way, has a slope small enough (0.9); null where none is found in 40 evaluations.
 */
function lineSearch(
  at: Point,
  direction: Float64Array,
  first: number,
  project: (x: Float64Array) => Float64Array,
  evaluate: (x: Float64Array) => Point,
): Point | null {
  const slope = dot(at.gradient, direction);
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let t = first;
  let best: Point | null = null;
  for (let tries = 0; tries < 40; tries++) {
    const x = project(at.x.map((v, i) => v + t * direction[i]));
    const step = x.map((v, i) => v - at.x[i]);
    if (step.every((v) => v === 0)) return best;
    const next = evaluate(x);
    const enough = next.value <= at.value + 1e-4 * Math.min(0, dot(at.gradient, step));
    if (!enough || !next.gradient.every(Number.isFinite)) high = t;
    else {
      if (!best || next.value < best.value) best = next;
      const newSlope = dot(
        next.gradient,
        direction.map((d, i) => (step[i] === 0 ? 0 : d)),
      );
      const clipped = step.some(
        (v, i) => Math.abs(v - t * direction[i]) > 1e-12 * Math.abs(t * direction[i]),
      );
      if (newSlope > 0.9 * Math.abs(slope)) high = t;
      else if (newSlope < 0.9 * slope && !clipped) low = t;
      else return best;
    }
    t = high === Number.POSITIVE_INFINITY ? 4 * t : (low + high) / 2;
  }
  return best;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function add(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}
