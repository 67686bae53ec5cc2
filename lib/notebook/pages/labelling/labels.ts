import { type Answer, type AskedState, LabelCodes } from "./label-codes.js";

/** How it stands between the page and where labels are kept. */
export interface Standing {
  /** Labels under way to the disk. */
  saving: number;
  /** What went wrong last; "" after the next success. */
  failure: string;
  /** Labels that were given and not acknowledged: the kernel did not answer. */
  unsaved: number;
}

/** Labels as both pages use them: numbers to look at, and two verbs. Who stores them is the subclass's matter. */
export abstract class Labels {
  readonly codes: LabelCodes;
  standing: Standing = { saving: 0, failure: "", unsaved: 0 };
  asked: AskedState | null = null;
  private readonly listeners: (() => void)[] = [];

  constructor(n: number) {
    this.codes = new LabelCodes(n);
  }

  /** Resolves true once the answer to all of `rows` is stored; a failure is in `standing`. */
  abstract give(rows: readonly number[], answer: Answer, by: string): Promise<boolean>;
  /** Takes this person's last act back; its rows, none where there was nothing. */
  abstract undo(by: string): Promise<readonly number[]>;
  /** Every label as CSV, in the reader's downloads. */
  abstract saveCsv(): void | Promise<void>;

  /** Calls `listener` whenever labels or their standing changed, at most once a frame. */
  listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  private queued = false;
  protected changed(): void {
    if (this.queued) return;
    this.queued = true;
    // Not requestAnimationFrame: a page in the background must learn of its labels too.
    setTimeout(() => {
      this.queued = false;
      for (const listener of this.listeners) listener();
    }, 0);
  }
}
