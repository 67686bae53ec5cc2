import { commTarget } from "../../lib/notebook/slider-spec.js";

/** Answers one message of the page; the comm's opening comes as `{}`. */
export type CommAnswer = (data: Record<string, unknown>) => object | Promise<object>;

interface CommContent {
  comm_id?: unknown;
  target_name?: unknown;
  data?: unknown;
}

/**
 * The comms between a page and what cells displayed (messaging protocol 5.3, "custom messages"): the page opens one
 * with the id of a slider, each message gets one answer on iopub, in the order they came. A comm for what this kernel
 * never displayed, from a notebook saved earlier, is closed, as the protocol asks.
 */
export class Comms {
  private readonly served = new Map<string, CommAnswer>();
  private readonly open = new Map<string, CommAnswer>();
  private last: Promise<void> = Promise.resolve();

  /** From now on a comm opened with `{ id }` is answered by this. */
  serve(id: string, answer: CommAnswer): void {
    this.served.set(id, answer);
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
    let answer = this.open.get(comm_id);
    if (type === "comm_open") {
      answer = target_name === commTarget ? this.served.get(String(data.id)) : undefined;
      if (answer) this.open.set(comm_id, answer);
    }
    if (!answer) {
      publish("comm_close", { comm_id, data: {} });
      return;
    }
    const from = answer;
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
}
