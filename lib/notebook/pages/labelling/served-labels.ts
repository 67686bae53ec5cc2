import type { Answer, AskedState, LabelChange } from "./label-codes.js";
import { Labels } from "./labels.js";
import { post } from "./post.js";

const gone =
  "The kernel does not answer. Labels given so far are safe in the file; this page waits for it. " +
  "If it was restarted, run the cell again to go on.";

/**
 * Labels in the file of the server that this page came from. An answer counts when the server says that it is on the
 * disk. What others store arrives as events; after a break all of it is fetched anew.
 */
export class ServedLabels extends Labels {
  private constructor(n: number) {
    super(n);
  }

  /** Resolves when every label that stands is here. */
  static async open(n: number): Promise<ServedLabels> {
    const labels = new ServedLabels(n);
    await new Promise<void>((ready) => labels.follow(ready));
    return labels;
  }

  private follow(ready: () => void): void {
    const events = new EventSource("events");
    events.onopen = async () => {
      const response = await fetch("labels");
      this.codes.apply((await response.json()) as LabelChange, true);
      if (this.standing.failure === gone) this.standing.failure = "";
      ready();
      this.changed();
    };
    events.onmessage = ({ data }) => {
      this.asked = JSON.parse(data) as AskedState;
      this.changed();
    };
    events.addEventListener("labels", ({ data }) => {
      this.codes.apply(JSON.parse(data) as LabelChange);
      this.changed();
    });
    events.onerror = () => {
      if (this.asked?.phase === "closed") return events.close();
      this.standing.failure = gone;
      this.changed();
      // A proxy that answers in the kernel's place ends the stream for good.
      if (events.readyState === EventSource.CLOSED) setTimeout(() => this.follow(ready), 2000);
    };
  }

  async give(rows: readonly number[], answer: Answer, by: string): Promise<boolean> {
    const { standing } = this;
    standing.saving += rows.length;
    this.changed();
    try {
      this.codes.apply(await post<LabelChange>("label", { rows, ...answer, by }));
      standing.failure = "";
      standing.unsaved = 0;
      return true;
    } catch (error) {
      this.fail(error);
      // The reply may be lost where the event came: that label is on the disk.
      const lost = rows.filter((row) => !this.codes.holds(row, answer)).length;
      standing.unsaved += lost;
      return lost === 0;
    } finally {
      standing.saving -= rows.length;
      this.changed();
    }
  }

  async undo(by: string): Promise<readonly number[]> {
    try {
      const { change, ids } = await post<{ change: LabelChange; ids: string[] }>("undo", { by });
      this.codes.apply(change);
      const elsewhere = `Taken back: ${ids[0]}, which is not among these images.`;
      this.standing.failure = change.rows.length ? "" : elsewhere;
      return change.rows;
    } catch (error) {
      this.fail(error);
      return [];
    } finally {
      this.changed();
    }
  }

  saveCsv(): void {
    const link = document.createElement("a");
    link.href = "labels.csv";
    link.download = "";
    link.click();
  }

  private fail(error: unknown): void {
    // fetch fails with a TypeError when nobody listens.
    this.standing.failure = error instanceof TypeError ? gone : (error as Error).message;
  }
}
