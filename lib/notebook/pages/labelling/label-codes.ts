/** No score, or one that was skipped; others are the score. */
export const NO_SCORE = 255;
export const SKIPPED_SCORE = 254;
/** No class, or looked at and left without one; others number the class. Also: nobody. */
export const NO_CODE = 65535;
export const SKIPPED_CLASS = 65534;

/** What a person says of an object. */
export type Answer = { score: number | null } | { class: string | null };

/** The labels of some rows, as they travel: the same for all that stand and for what changed. */
export interface LabelChange {
  /** Names of the codes; they only ever grow at the end. */
  classes: readonly string[];
  people: readonly string[];
  rows: readonly number[];
  score: readonly number[];
  class: readonly number[];
  who: readonly number[];
}

/** What the page is told of a search that asks for scores. */
export interface AskedState {
  question: string;
  /** Rows asked for in this round, in order; empty until a search asks. */
  asked: readonly number[];
  /** Scores given in this session's rounds, the present one included; skipped ones do not count. */
  given: number;
  /** Scores after which the search ends, if known. */
  total: number | null;
  phase: "free" | "asking" | "waiting" | "closed";
}

/** The labels of n objects as numbers, so that a million of them can be filtered and coloured at once. */
export class LabelCodes {
  readonly score: Uint8Array;
  readonly class: Uint16Array;
  readonly who: Uint16Array;
  classes: readonly string[] = [];
  people: readonly string[] = [];

  constructor(readonly n: number) {
    this.score = new Uint8Array(n).fill(NO_SCORE);
    this.class = new Uint16Array(n).fill(NO_CODE);
    this.who = new Uint16Array(n).fill(NO_CODE);
  }

  /** Takes a change in; `whole`, rows that it does not name have no label. */
  apply(change: LabelChange, whole = false): void {
    if (whole) {
      this.score.fill(NO_SCORE);
      this.class.fill(NO_CODE);
      this.who.fill(NO_CODE);
    }
    this.classes = change.classes;
    this.people = change.people;
    change.rows.forEach((row, k) => {
      this.score[row] = change.score[k];
      this.class[row] = change.class[k];
      this.who[row] = change.who[k];
    });
  }

  /** Whether anybody has answered, be it by skipping. */
  isLabelled(row: number): boolean {
    return this.score[row] !== NO_SCORE || this.class[row] !== NO_CODE;
  }

  /** Whether a row's label says this. */
  holds(row: number, answer: Answer): boolean {
    const [s, c] = [this.score[row], this.class[row]];
    if ("score" in answer) return s === (answer.score ?? SKIPPED_SCORE);
    return answer.class === null ? c === SKIPPED_CLASS : this.classes[c] === answer.class;
  }

  count(): number {
    let labelled = 0;
    for (let row = 0; row < this.n; row++) if (this.isLabelled(row)) labelled++;
    return labelled;
  }

  /** Score and class of a row in words, for a badge; null, none. */
  words(row: number): { score: string | null; class: string | null } {
    const [s, c] = [this.score[row], this.class[row]];
    return {
      score: s === NO_SCORE ? null : s === SKIPPED_SCORE ? "skip" : String(s),
      class: c === NO_CODE ? null : c === SKIPPED_CLASS ? "skip" : this.classes[c],
    };
  }
}
