import type { Publisher } from "zeromq";

/** zeromq sends this many messages at once at most before it wants the event loop; half of it, to be safe. */
const burst = 256;

/** The part of a publisher that the kernel uses. */
export type Sender = Pick<Publisher, "send" | "bind" | "close">;

/**
 * A publisher whose `send` accepts any number of messages in one go. zeromq refuses a message while an earlier one waits for the
 * event loop, which happens when a cell prints thousands of lines without a pause; here such messages queue up.
 */
export function sendInTurn(socket: Publisher): Sender {
  const waiting: Parameters<Publisher["send"]>[0][] = [];
  let sentThisTurn = 0;
  let draining = false;

  const drain = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (socket.closed) break;
      await socket.send(next);
    }
    draining = false;
  };
  const send: Publisher["send"] = async (message) => {
    if (sentThisTurn === 0) {
      setImmediate(() => {
        sentThisTurn = 0;
      });
    }
    if (!draining && ++sentThisTurn <= burst) return socket.send(message);
    waiting.push(message);
    if (draining) return;
    draining = true;
    setImmediate(drain);
  };
  return { send, bind: (address) => socket.bind(address), close: () => socket.close() };
}
