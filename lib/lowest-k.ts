/**
 * The k lowest of a stream of values, each with a number that names it; of equal values the lower numbers stay. A
 * binary heap with the worst of those kept on top: n values cost n comparisons and few moves, not a sort.
 * NaN never enters. For the highest, push the negated values.
 */
export class LowestK {
  private readonly values: Float64Array;
  private readonly names: Float64Array;
  private count = 0;

  constructor(readonly k: number) {
    if (!(Number.isInteger(k) && k >= 0))
      throw new Error(`The k lowest: k is ${k} but must be a whole number.`);
    this.values = new Float64Array(k);
    this.names = new Float64Array(k);
  }

  push(value: number, name: number): void {
    const { values, names, k } = this;
    if (Number.isNaN(value) || k === 0) return;
    if (this.count < k) {
      let at = this.count++;
      for (; at > 0; ) {
        const up = (at - 1) >> 1;
        if (!this.worse(value, name, up)) break;
        values[at] = values[up];
        names[at] = names[up];
        at = up;
      }
      values[at] = value;
      names[at] = name;
      return;
    }
    if (value > values[0] || (value === values[0] && name > names[0])) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= k) break;
      const right = left + 1;
      const child = right < k && this.worse(values[right], names[right], left) ? right : left;
      if (this.worse(value, name, child)) break;
      values[at] = values[child];
      names[at] = names[child];
      at = child;
    }
    values[at] = value;
    names[at] = name;
  }

  /** What was kept, the lowest first. */
  sorted(): { value: number; name: number }[] {
    return Array.from({ length: this.count }, (_, i) => ({
      value: this.values[i],
      name: this.names[i],
    })).sort((a, b) => a.value - b.value || a.name - b.name);
  }

  /** Whether (value, name) comes after what stands at `at`. */
  private worse(value: number, name: number, at: number): boolean {
    return value > this.values[at] || (value === this.values[at] && name > this.names[at]);
  }
}
