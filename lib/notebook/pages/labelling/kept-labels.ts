import { csvCell } from "../../../data/tables/csv-cell.js";
import { type Answer, NO_CODE, NO_SCORE, SKIPPED_CLASS, SKIPPED_SCORE } from "./label-codes.js";
import { Labels } from "./labels.js";

/** What a row had before an answer. */
interface Before {
  row: number;
  score: number;
  class: number;
  who: number;
}

/** Labels of a page that has no server: in this browser's storage, and out as CSV. */
export class KeptLabels extends Labels {
  private readonly acts: Before[][] = [];

  constructor(
    private readonly ids: readonly string[],
    classes: readonly string[],
    /** Under which name the browser keeps them. */
    private readonly key: string,
  ) {
    super(ids.length);
    this.codes.classes = [...classes];
    this.restore();
  }

  async give(rows: readonly number[], answer: Answer, by: string): Promise<boolean> {
    const { codes } = this;
    this.acts.push(
      rows.map((row) => ({ row, score: codes.score[row], class: codes.class[row], who: codes.who[row] })),
    );
    const who = this.code("people", by);
    const name = "class" in answer ? answer.class : null;
    const code = name === null ? SKIPPED_CLASS : this.code("classes", name);
    for (const row of rows) {
      if ("score" in answer) codes.score[row] = answer.score ?? SKIPPED_SCORE;
      else codes.class[row] = code;
      codes.who[row] = who;
    }
    this.keep();
    return true;
  }

  async undo(): Promise<readonly number[]> {
    const act = this.acts.pop() ?? [];
    for (const { row, ...before } of act) {
      this.codes.score[row] = before.score;
      this.codes.class[row] = before.class;
      this.codes.who[row] = before.who;
    }
    this.standing.failure = act.length ? "" : "There is nothing to take back.";
    this.keep();
    return act.map(({ row }) => row);
  }

  saveCsv(): void {
    const lines = ["id,score,class,labelled_by"];
    for (const [id, score, name, by] of this.rows())
      lines.push([csvCell(id), score ?? "", csvCell(name ?? ""), csvCell(by)].join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
    link.download = "labels.csv";
    link.click();
  }

  private *rows(): Generator<[id: string, score: number | null, name: string | null, by: string]> {
    const { codes } = this;
    for (let row = 0; row < codes.n; row++) {
      if (!codes.isLabelled(row)) continue;
      const [score, name] = [codes.score[row], codes.class[row]];
      yield [
        this.ids[row],
        score > 5 ? null : score,
        name >= SKIPPED_CLASS ? null : codes.classes[name],
        codes.people[codes.who[row]] ?? "",
      ];
    }
  }

  private code(list: "classes" | "people", name: string): number {
    const names = this.codes[list];
    if (!names.includes(name)) this.codes[list] = [...names, name];
    return this.codes[list].indexOf(name);
  }

  private keep(): void {
    try {
      localStorage.setItem(this.key, JSON.stringify([...this.rows()]));
    } catch {
      this.standing.failure =
        "This browser keeps nothing for pages from the disk: save the CSV before you leave.";
    }
    this.changed();
  }

  private restore(): void {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key) ?? "[]") as [string, number, string, string][];
      const row = new Map(this.ids.map((id, i) => [id, i]));
      for (const [id, score, name, by] of kept) {
        const i = row.get(id);
        if (i === undefined) continue;
        this.codes.score[i] = score ?? NO_SCORE;
        this.codes.class[i] = name === null ? NO_CODE : this.code("classes", name);
        this.codes.who[i] = this.code("people", by);
      }
    } catch {
      // Nothing that can be read: the page begins without labels.
    }
  }
}
