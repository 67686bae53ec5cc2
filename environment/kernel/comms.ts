import { commTarget } from "../../lib/notebook/slider-spec.js";

/** Answers one message of the page; the comm's opening comes as `{}`. */
export type CommAnswer = (data: Record<string, unknown>) => object | Promise<object>;

/** Sliders that are kept of a page that says no cells' ids, the newest ones. */
const keptWithoutCell = 50;

interface CommContent {
  comm_id?: unknown;
  target_name?: unknown;
  data?: unknown;
}

/**
 * The comms between a page and what cells displayed (messaging protocol 5.3, "custom messages"): the page opens one
 * with the id of a slider, each message gets one answer on iopub, in the order they came. A comm for what this kernel
 * never displayed, from a notebook saved earlier, is closed, as the protocol asks.
 *
 * A slider holds all that its figures are drawn from. It is let go when its cell runs again, since the page then takes
 * the output away that it stood in.
 */
export class Comms {
  private readonly served = new Map<string, { answer: CommAnswer; cell: string }>();
  /** The slider of each comm. */
  private readonly open = new Map<string, string>();
  private cell = "";
  private last: Promise<void> = Promise.resolve();

  /** From now on `cell` runs; the id is empty where the page says none. */
  begin(cell: string): void {
    this.cell = cell;
    if (cell) for (const id of this.of(cell)) this.forget(id);
  }

  /** From now on a comm opened with `{ id }` is answered by this. */
  serve(id: string, answer: CommAnswer): void {
    this.served.set(id, { answer, cell: this.cell });
    const nameless = this.of("");
    if (nameless.length > keptWithoutCell) this.forget(nameless[0]);
  }

  /** Takes a `comm_open`, `comm_msg` or `comm_close`; `publish` sends on iopub. */
  handle(type: string, content: CommContent, publish: (type: string, content: object) => void): void {
    const { comm_id, target_name } = content;
    if (typeof comm_id !== "string") return;
    const data = Object(content.data) as Record<string, unknown>;
    if (type === "comm_close") {
      this.open.delete(comm_id);
      return;
    }
    const id = type === "comm_open" && target_name === commTarget ? String(data.id) : this.open.get(comm_id);
    const from = id === undefined ? undefined : this.served.get(id)?.answer;
    if (id === undefined || !from) {
      publish("comm_close", { comm_id, data: {} });
      return;
    }
    this.open.set(comm_id, id);
    this.last = this.last.then(async () => {
      const said = await from(type === "comm_open" ? {} : data);
      publish("comm_msg", { comm_id, data: said });
    });
    // An answer that fails says so itself; the comm and those behind it go on.
    this.last = this.last.catch((error: Error) => console.error(error.message));
  }

  /** The content of a `comm_info_reply`. */
  info(): object {
    const ids = [...this.open.keys()];
    return {
      status: "ok",
      comms: Object.fromEntries(ids.map((id) => [id, { target_name: commTarget }])),
    };
  }

  /** The sliders of a cell, the oldest first. */
  private of(cell: string): string[] {
    return [...this.served].filter(([, slider]) => slider.cell === cell).map(([id]) => id);
  }

  private forget(id: string): void {
    this.served.delete(id);
    for (const [comm, slider] of this.open) if (slider === id) this.open.delete(comm);
  }
}
