import type { LabelEntry } from "./label-lines.js";

/** What stands of all answers to one object: the last score, the last class, and who gave the last answer of either. */
export interface StandingLabel {
  /** 0 to 5; null, skipped; undefined, none. */
  score?: number | null;
  /** null, looked at and left without one; undefined, none. */
  class?: string | null;
  by: string;
  time: string;
  sawVotes: boolean;
}

/**
 * The answers of a label file in memory. Each object has a stack of them, of which the last score and the last class
 * stand. An undo takes a person's own last answer out of the stack and nobody else's, so that what one person takes
 * back never costs another's work; what can be taken back is known from the file, and so after a restart too.
 */
export class LabelAnswers {
  private readonly given = new Map<string, LabelEntry[]>();
  /** Ids in the order each person answered them, one an answer that stands. */
  private readonly history = new Map<string, { id: string; act?: string }[]>();

  apply(entry: LabelEntry): void {
    const { id, by = "", act } = entry;
    const stack = this.given.get(id) ?? [];
    const history = this.history.get(by) ?? [];
    if (entry.undo) {
      removeLast(stack, (answer) => (answer.by ?? "") === by);
      removeLast(history, (answer) => answer.id === id);
    } else {
      stack.push(entry);
      history.push({ id, act });
    }
    this.given.set(id, stack);
    this.history.set(by, history);
  }

  /** The ids of the last act of `by` that stands, in the order to take them back: one answer, or a whole selection. */
  lastAct(by: string): string[] {
    const history = this.history.get(by) ?? [];
    const last = history.at(-1);
    if (!last) return [];
    if (last.act === undefined) return [last.id];
    let from = history.length;
    while (from > 0 && history[from - 1].act === last.act) from--;
    return history
      .slice(from)
      .map(({ id }) => id)
      .reverse();
  }

  /** The score that stands: null, skipped; undefined, none. */
  score(id: string): number | null | undefined {
    return this.given.get(id)?.findLast((answer) => answer.score !== undefined)?.score;
  }

  /** All that stands of `id`; null where nothing does. */
  standing(id: string): StandingLabel | null {
    const stack = this.given.get(id);
    const last = stack?.at(-1);
    if (!stack || !last) return null;
    return {
      score: this.score(id),
      class: stack.findLast((answer) => answer.class !== undefined)?.class,
      by: last.by ?? "",
      time: last.time,
      sawVotes: stack.some((answer) => answer.sawVotes),
    };
  }

  /** Ids that have an answer that stands, in the order they were first given one. */
  *ids(): Generator<string> {
    for (const [id, stack] of this.given) if (stack.length) yield id;
  }

  /** Who has given answers, in the order they came. */
  people(): string[] {
    return [...this.history.keys()];
  }
}

function removeLast<T>(list: T[], matches: (item: T) => boolean): void {
  const at = list.findLastIndex(matches);
  if (at >= 0) list.splice(at, 1);
}
