import type { LabelFile } from "../discovery/label-file.js";
import type { LabelState } from "./pages/label/label-state.js";

interface Asked {
  indices: readonly number[];
  mayOwe: number;
  resolve: (scores: (number | null | undefined)[]) => void;
  reject: (reason: Error) => void;
}

/**
 * The state of a labelling session: which objects are asked for, what was answered, what can be taken back. Every
 * answer goes to the label file before it counts. Objects that the file already answers are not asked again, which is
 * how a session goes on after a crash.
 */
export class LabelSession {
  private asked: Asked | null = null;
  private order: number[] = [];
  private readonly history: number[] = [];
  private readonly writing = new Set<number>();
  private handOver: NodeJS.Timeout | null = null;
  private readonly seen = new Set<number>();
  private readonly peeked = new Set<number>();
  private closed = false;
  private readonly listeners = new Set<(state: LabelState) => void>();

  constructor(
    private readonly file: LabelFile,
    private readonly options: {
      ids: readonly string[];
      question: string;
      total: number | null;
      votes: ArrayLike<number> | null;
      /** Milliseconds in which the answer that completes a batch can still be taken back; default 1500. */
      graceMs?: number;
    },
  ) {}

  /** The oracle: resolves when all but `mayOwe` of the objects are answered. */
  ask(indices: readonly number[], mayOwe = 0): Promise<(number | null | undefined)[]> {
    if (this.closed) return Promise.reject(new Error("The labelling panel is closed; open it with label()."));
    if (this.asked)
      return Promise.reject(new Error("The labelling panel is still asking for the batch before."));
    const missing = indices.find((i) => this.options.ids[i] === undefined);
    if (missing !== undefined)
      return Promise.reject(new Error(`The labelling panel has no image ${missing}.`));
    return new Promise((resolve, reject) => {
      this.asked = { indices, mayOwe, resolve, reject };
      this.order = [...indices];
      for (const i of indices) this.seen.add(i);
      // What the file or the time between two batches has answered already needs no grace.
      this.settle(0);
      this.changed();
    });
  }

  /** Stores the answer to object `index`; resolves when it is on the disk. */
  async answer(index: number, score: number | null): Promise<void> {
    const open = this.state().batch.some((b) => b.index === index && b.score === undefined);
    if (!open || this.writing.has(index)) throw new Error(`Object ${index} is not being asked for.`);
    const sawVotes = this.peeked.has(index) ? { sawVotes: true as const } : {};
    this.writing.add(index);
    try {
      await this.file.append({ id: this.options.ids[index], score, ...sawVotes });
    } finally {
      this.writing.delete(index);
    }
    this.history.push(index);
    this.settle(this.options.graceMs ?? 1500);
    this.changed();
  }

  /** Takes the last answer of this batch back. */
  async undo(): Promise<void> {
    const index = this.history.pop();
    if (index === undefined) throw new Error("There is nothing to take back in this batch.");
    if (this.handOver) clearTimeout(this.handOver);
    this.handOver = null;
    try {
      await this.file.append({ id: this.options.ids[index], undo: true });
    } catch (error) {
      this.history.push(index); // it still stands, and can be taken back once the disk has room
      throw error;
    } finally {
      this.settle(this.options.graceMs ?? 1500);
    }
    this.changed();
  }

  /** The votes' score of an object, for whoever asks; it is noted in the label file. */
  peek(index: number): number | null {
    this.peeked.add(index);
    const score = this.options.votes?.[index];
    return score !== undefined && Number.isFinite(score) ? score : null;
  }

  /** Whether the page may show this image. */
  shows(index: number): boolean {
    return this.seen.has(index);
  }

  state(): LabelState {
    const { ids, question, total, votes } = this.options;
    const batch = this.order.map((index) => ({ index, id: ids[index], score: this.file.get(ids[index]) }));
    return {
      question,
      batch,
      current: batch.findIndex((b) => b.score === undefined),
      given: [...this.seen].filter((i) => typeof this.file.get(ids[i]) === "number").length,
      total,
      canUndo: this.history.length > 0,
      phase: this.closed ? "closed" : batch.some((b) => b.score === undefined) ? "asking" : "waiting",
      hasVotes: votes !== null,
    };
  }

  /** Calls `listener` at every change until the returned function is called. */
  listen(listener: (state: LabelState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.handOver) clearTimeout(this.handOver);
    this.asked?.reject(
      new Error("The labelling panel was closed before the batch was labelled; its labels are kept."),
    );
    this.asked = null;
    this.changed();
  }

  /** Hands the batch over once enough of it is answered, `graceMs` later; after that nothing of it can be taken back. */
  private settle(graceMs: number): void {
    if (!this.asked || this.handOver || this.owed() > this.asked.mayOwe) return;
    if (graceMs > 0) {
      this.handOver = setTimeout(() => {
        this.handOver = null;
        this.settle(0);
        this.changed();
      }, graceMs);
      return;
    }
    const { indices, resolve } = this.asked;
    this.asked = null;
    this.history.length = 0;
    resolve(indices.map((i) => this.file.get(this.options.ids[i])));
  }

  private owed(): number {
    return this.order.filter((i) => this.file.get(this.options.ids[i]) === undefined).length;
  }

  private changed(): void {
    const state = this.state();
    for (const listener of this.listeners) listener(state);
  }
}
