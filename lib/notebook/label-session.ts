import { randomBytes } from "node:crypto";
import type { LabelFile } from "../discovery/label-file.js";
import {
  type Answer,
  type AskedState,
  type LabelChange,
  NO_CODE,
  NO_SCORE,
  SKIPPED_CLASS,
  SKIPPED_SCORE,
} from "./pages/labelling/label-codes.js";

interface Asked {
  indices: readonly number[];
  mayOwe: number;
  resolve: (scores: (number | null | undefined)[]) => void;
  reject: (reason: Error) => void;
}

export interface LabelSessionOptions {
  ids: readonly string[];
  question: string;
  /** Names of classes that are offered before anybody gives one. */
  classes?: readonly string[];
  /** Labels after which a search ends. */
  total?: number | null;
  votes?: ArrayLike<number> | null;
}

type Listener = (event: { state: AskedState } | { labels: LabelChange }) => void;

/** Milliseconds in which the answer that completes a batch can still be taken back. */
const GRACE_MS = 1500;
/** How often another process's labels are looked for while somebody looks on. */
const FOLLOW_MS = 700;

/**
 * A person, or several, labelling the objects of one file: any of them at any time, in the order they like; a search
 * may ask for some (`ask`). Every answer goes to the label file before it counts. Objects that the file already
 * answers are not asked again, which is how a session goes on after a crash.
 */
export class LabelSession {
  private asked: Asked | null = null;
  private order: readonly number[] = [];
  private handOver: NodeJS.Timeout | null = null;
  private readonly seen = new Set<number>();
  private readonly peeked = new Set<number>();
  private closed = false;
  private readonly listeners = new Set<Listener>();
  private follow: NodeJS.Timeout | null = null;
  private readonly rowOf: ReadonlyMap<string, number>;
  private readonly classes = new Codes();
  private readonly people = new Codes();
  private readonly forget: () => void;

  constructor(
    readonly file: LabelFile,
    private readonly options: LabelSessionOptions,
  ) {
    this.rowOf = new Map(options.ids.map((id, row) => [id, row]));
    for (const name of options.classes ?? []) this.classes.of(name);
    this.forget = file.listen((ids) => {
      const rows = this.rowsOf(ids);
      if (rows.length) this.tell({ labels: this.labelsOf(rows) });
      this.settle();
      this.tell({ state: this.state() });
    });
  }

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
      this.tell({ state: this.state() });
    });
  }

  /** Stores one answer to all of `rows`, as one act; resolves when it is on the disk. */
  async label(rows: readonly number[], answer: Answer, by = ""): Promise<void> {
    const { ids } = this.options;
    const unknown = rows.find((row) => !Number.isInteger(row) || row < 0 || row >= ids.length);
    if (unknown !== undefined || !rows.length)
      throw new Error(`There is no object ${unknown ?? ""} to label.`);
    const act = rows.length > 1 ? { act: randomBytes(6).toString("base64url") } : {};
    await this.file.append(
      [...new Set(rows)].map((row) => ({
        id: ids[row],
        ...answer,
        ...(by ? { by } : {}),
        ...act,
        ...(this.peeked.has(row) ? { sawVotes: true as const } : {}),
      })),
    );
  }

  /** Takes the last act of one person back; returns its ids, and the rows of those among these objects. */
  async undo(by = ""): Promise<{ ids: string[]; rows: number[] }> {
    // An answer that completes a batch may still wait to be handed over: not while it is being taken back.
    if (this.handOver) clearTimeout(this.handOver);
    this.handOver = null;
    try {
      const ids = await this.file.undoLast(by);
      if (!ids.length) throw new Error("There is nothing of yours to take back.");
      return { ids, rows: this.rowsOf(ids) };
    } finally {
      this.settle();
    }
  }

  /** The votes' score of an object, for whoever asks; it is noted in the label file. */
  peek(row: number): number | null {
    this.peeked.add(row);
    const score = this.options.votes?.[row];
    return score !== undefined && Number.isFinite(score) ? score : null;
  }

  get hasVotes(): boolean {
    return Boolean(this.options.votes);
  }

  state(): AskedState {
    const { ids, question, total = null } = this.options;
    const open = this.order.some((i) => this.file.get(ids[i]) === undefined);
    return {
      question,
      asked: this.order,
      given: [...this.seen].filter((i) => typeof this.file.get(ids[i]) === "number").length,
      total,
      phase: this.closed ? "closed" : open ? "asking" : this.order.length ? "waiting" : "free",
    };
  }

  /** Every label that stands among these objects, or what stands of some of them. */
  labels(rows = this.rowsOf([...this.file.answers.ids()])): LabelChange {
    return this.labelsOf(rows);
  }

  /** Calls `listener` at every change until the returned function is called; other processes' changes too. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    this.follow ??= setInterval(() => void this.file.refresh().catch(() => {}), FOLLOW_MS).unref();
    return () => {
      this.listeners.delete(listener);
      if (!this.listeners.size) this.unfollow();
    };
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.forget();
    if (this.handOver) clearTimeout(this.handOver);
    this.asked?.reject(
      new Error("The labelling panel was closed before the batch was labelled; its labels are kept."),
    );
    this.asked = null;
    this.tell({ state: this.state() });
    this.unfollow();
  }

  private unfollow(): void {
    if (this.follow) clearInterval(this.follow);
    this.follow = null;
  }

  private rowsOf(ids: readonly string[]): number[] {
    const rows = new Set<number>();
    for (const id of ids) {
      const row = this.rowOf.get(id);
      if (row !== undefined) rows.add(row);
    }
    return [...rows];
  }

  private labelsOf(rows: readonly number[]): LabelChange {
    const labels = rows.map((row) => this.file.answers.standing(this.options.ids[row]));
    const change = {
      rows,
      score: labels.map((l) => (l?.score === undefined ? NO_SCORE : (l.score ?? SKIPPED_SCORE))),
      class: labels.map((l) =>
        l?.class === undefined ? NO_CODE : l.class === null ? SKIPPED_CLASS : this.classes.of(l.class),
      ),
      who: labels.map((l) => (l ? this.people.of(l.by) : NO_CODE)),
    };
    return { classes: this.classes.names, people: this.people.names, ...change };
  }

  /** Hands the batch over once enough of it is answered, `waitMs` later. */
  private settle(waitMs = GRACE_MS): void {
    if (!this.asked || this.handOver || this.owed() > this.asked.mayOwe) return;
    if (waitMs > 0) {
      this.handOver = setTimeout(() => {
        this.handOver = null;
        this.settle(0);
        this.tell({ state: this.state() });
      }, waitMs);
      return;
    }
    const { indices, resolve } = this.asked;
    this.asked = null;
    resolve(indices.map((i) => this.file.get(this.options.ids[i])));
  }

  private owed(): number {
    return this.order.filter((i) => this.file.get(this.options.ids[i]) === undefined).length;
  }

  private tell(event: Parameters<Listener>[0]): void {
    for (const listener of this.listeners) listener(event);
  }
}

/** Numbers names in the order they are first met. */
class Codes {
  readonly names: string[] = [];
  private readonly known = new Map<string, number>();

  of(name: string): number {
    const code = this.known.get(name) ?? this.names.length;
    if (code === this.names.length) {
      this.names.push(name);
      this.known.set(name, code);
    }
    return code;
  }
}
