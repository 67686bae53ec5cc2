/**
 * Seeded random numbers: xoshiro128** (Blackman & Vigna 2018), seeded through SplitMix32.
 *
 * Every stochastic step of the project draws from one of these, so a seed repeats a run exactly. The state is
 * four 32-bit integers and can be saved in a checkpoint; `fork` derives an independent stream from a label, so
 * that adding a draw in one place does not shift the draws of another.
 */
export class Random {
  private readonly s = new Uint32Array(4);
  private spare: number | null = null;

  constructor(seed = 0) {
    let z = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      z = (z + 0x9e3779b9) >>> 0;
      let t = z ^ (z >>> 16);
      t = Math.imul(t, 0x21f0aaad);
      t ^= t >>> 15;
      t = Math.imul(t, 0x735a2d97);
      this.s[i] = (t ^ (t >>> 15)) >>> 0;
    }
    // Nearby seeds give nearby first states: a few rounds separate them.
    for (let i = 0; i < 8; i++) this.uint32();
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    return nextUint32(this.s);
  }

  /** A number in [low, high) with 53 random bits. */
  uniform(low = 0, high = 1): number {
    const u = ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
    return low + (high - low) * u;
  }

  /** An integer in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** A draw from N(mean, std^2), by the polar method. */
  normal(mean = 0, std = 1): number {
    if (this.spare !== null) {
      const z = this.spare;
      this.spare = null;
      return mean + std * z;
    }
    let u: number;
    let v: number;
    let r: number;
    do {
      u = this.uniform(-1, 1);
      v = this.uniform(-1, 1);
      r = u * u + v * v;
    } while (r >= 1 || r === 0);
    const f = Math.sqrt((-2 * Math.log(r)) / r);
    this.spare = v * f;
    return mean + std * u * f;
  }

  /** A Poisson count; a rounded normal above mean 64, where the two cannot be told apart here. */
  poisson(mean: number): number {
    if (mean > 64) return Math.max(0, Math.round(this.normal(mean, Math.sqrt(mean))));
    const limit = Math.exp(-mean);
    let k = 0;
    for (let p = this.uniform(); p > limit; p *= this.uniform()) k++;
    return k;
  }

  /** A random order of 0..n-1 (Fisher-Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const t = order[i];
      order[i] = order[j];
      order[j] = t;
    }
    return order;
  }

  /** An independent stream named by `label`; the same label always gives the same stream. */
  fork(label: string | number): Random {
    let h = 2166136261;
    for (const c of `${this.s.join(",")}/${label}`) h = Math.imul(h ^ c.codePointAt(0)!, 16777619);
    return new Random(h >>> 0);
  }

  /** The whole state, to be stored; `Random.from(state)` continues exactly here. */
  state(): { s: number[]; spare: number | null } {
    return { s: [...this.s], spare: this.spare };
  }

  static from(state: { s: number[]; spare: number | null }): Random {
    const r = new Random();
    r.s.set(state.s);
    r.spare = state.spare;
    return r;
  }
}

/** One step of xoshiro128**: an integer in [0, 2^32), and the four words of `s` move on. */
export function nextUint32(s: Uint32Array): number {
  const x = Math.imul(s[1], 5);
  const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
  const t = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = (s[3] << 11) | (s[3] >>> 21);
  return result;
}
