import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as zmq from "zeromq";
import { KernelClient } from "../../../environment/runner/kernel-client.js";

/** What a stranger on this machine may try: he sees the ports, and iopub, but not the connection file. */
let kernel: KernelClient;
let connection: Record<string, string | number>;
before(async () => {
  kernel = await KernelClient.start();
  const { folder } = kernel as unknown as { folder: string };
  connection = JSON.parse(readFileSync(join(folder, "connection.json"), "utf8"));
  await kernel.execute("let runs = 0;", () => {}); // from the first cell on, what the kernel prints is published
});
after(() => kernel?.kill());

function request(type: string, content: object): string[] {
  const header = {
    msg_id: randomUUID(),
    session: "s",
    username: "u",
    date: "",
    msg_type: type,
    version: "5.3",
  };
  return [JSON.stringify(header), "{}", "{}", JSON.stringify(content)];
}
const cell = (code: string) => request("execute_request", { code, silent: false, stop_on_error: false });
const shutdown = () => request("shutdown_request", { restart: false });
const sign = (parts: string[], key: string) => createHmac("sha256", key).update(parts.join("")).digest("hex");

/** What a cell with this expression shows. */
async function answer(expression: string): Promise<string> {
  let text = "";
  await kernel.execute(expression, (m) => {
    if (m.type === "stream") text += m.content.text;
  });
  return text.trim();
}
const runs = () => answer("runs");

/** Sends messages to a port and returns all that the sender is answered and all that is published meanwhile. */
async function overhear(port: number | string, messages: (string | Buffer)[][]): Promise<string[]> {
  const sender = new zmq.Dealer({ linger: 0 });
  const listener = new zmq.Subscriber({ linger: 0 });
  const heard: string[] = [];
  const listen = async (socket: zmq.Dealer | zmq.Subscriber) => {
    for await (const frames of socket) heard.push(frames.map(String).join(" "));
  };
  sender.connect(`tcp://127.0.0.1:${port}`);
  listener.connect(`tcp://127.0.0.1:${connection.iopub_port}`);
  listener.subscribe();
  const both = [listen(sender), listen(listener)];
  await sleep(300); // the subscription arrives
  for (const message of messages) await sender.send(message);
  await sleep(700);
  sender.close();
  listener.close();
  await Promise.all(both);
  return heard;
}

test("without the key nothing runs, nothing is answered and nothing is published", async () => {
  const evil = cell("runs = 1000;");
  const guesses = ["", "x", "0".repeat(64), sign(evil, ""), sign(evil, "guess")];
  const junk = [
    ["x"],
    ["<IDS|MSG>"],
    ["<IDS|MSG>", "a", "{", "{", "{", "{"],
    ["<IDS|MSG>", "", "null", "null", "null", "null"],
    [Buffer.alloc(100_000)],
  ];
  const forged = [evil, shutdown(), request("interrupt_request", {}), request("no_such_request", {})].flatMap(
    (parts) => guesses.map((guess) => ["<IDS|MSG>", guess, ...parts]),
  );
  for (const port of [connection.shell_port, connection.control_port]) {
    assert.deepEqual(await overhear(port, [...junk, ...forged]), []);
  }
  assert.equal(await runs(), "0");
});

test("a frame larger than any cell is not taken into memory", async () => {
  const peak = async () => Number(await answer("process.resourceUsage().maxRSS")); // KiB
  const before = await peak();
  const huge = Buffer.alloc(400 << 20);
  for (const port of ["shell_port", "control_port", "stdin_port", "hb_port"]) {
    const sender = new zmq.Dealer({ linger: 0, reconnectInterval: 60_000 });
    sender.connect(`tcp://127.0.0.1:${connection[port]}`);
    await sender.send(["", huge]);
    await sleep(500);
    sender.close();
  }
  const more = ((await peak()) - before) / 1024;
  assert.ok(more < 200, `${more.toFixed(0)} MB more`);
});

test("an overheard message that is sent again does nothing", async () => {
  const parts = cell("runs += 1;");
  const message = ["<IDS|MSG>", sign(parts, String(connection.key)), ...parts];
  const heard = await overhear(connection.shell_port, [message, message, message]);
  assert.equal(heard.filter((text) => text.includes('"msg_type":"execute_reply"')).length, 1);
  assert.equal((await overhear(connection.control_port, [message])).length, 0);
  assert.equal(await runs(), "1");
});

test("what the kernel published cannot be sent to it as a request", async () => {
  const listener = new zmq.Subscriber({ linger: 0 });
  listener.connect(`tcp://127.0.0.1:${connection.iopub_port}`);
  listener.subscribe();
  await sleep(300);
  await kernel.execute("runs += 1;", () => {});
  const published: Buffer[][] = [];
  while (published.length < 2) published.push(await listener.receive());
  listener.close();
  const again = published.map((frames) => frames.slice(frames.findIndex((f) => String(f) === "<IDS|MSG>")));
  const heard = await overhear(connection.shell_port, again);
  assert.equal(heard.filter((text) => text.includes("_reply")).length, 0);
  assert.equal(await runs(), "2");
});
