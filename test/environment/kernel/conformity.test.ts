import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as zmq from "zeromq";
import { compiler } from "../../../environment/kernel/patched-tslab.js";
import { SendTimes } from "../../../environment/kernel/send-times.js";
import { KernelClient } from "../../../environment/runner/kernel-client.js";

/** What the messaging protocol 5.3 says and front ends rely on, read from all that the kernel publishes. */
interface Published {
  type: string;
  parent: { msg_id: string; msg_type: string };
  // biome-ignore lint/suspicious/noExplicitAny: each message type has its own content
  content: any;
}

let kernel: KernelClient;
let iopub: zmq.Subscriber;
const published: Published[] = [];
before(async () => {
  kernel = await KernelClient.start();
  const { folder } = kernel as unknown as { folder: string };
  const { iopub_port } = JSON.parse(readFileSync(join(folder, "connection.json"), "utf8"));
  iopub = new zmq.Subscriber({ receiveHighWaterMark: 0, linger: 0 });
  iopub.connect(`tcp://127.0.0.1:${iopub_port}`);
  iopub.subscribe();
  listen();
  // The subscription takes a moment to arrive.
  while (!published.length) await Promise.race([kernel.ask("kernel_info_request", {}), sleep(500)]);
});
after(async () => {
  await kernel?.kill();
  iopub?.close();
});

async function listen(): Promise<void> {
  for await (const frames of iopub) {
    const start = frames.findIndex((frame) => frame.toString() === "<IDS|MSG>");
    const [header, parent, , content] = frames.slice(start + 2).map((f) => JSON.parse(f.toString()));
    published.push({ type: header.msg_type, parent, content });
  }
}

const cell = (code: string, more: object = {}) => kernel.ask("execute_request", { code, ...more });

/** All that was published so far, but for the question that tells that it has come: this is another socket. */
async function seen(): Promise<Published[]> {
  const isQuestion = ({ parent }: Published) => parent.msg_type === "kernel_info_request";
  const ends = () => published.filter((m) => isQuestion(m) && m.content.execution_state === "idle").length;
  const before = ends();
  await kernel.ask("kernel_info_request", {});
  while (ends() === before) await sleep(10);
  return published.filter((m) => !isQuestion(m));
}

test("a cell that waits behind another is not busy, and the kernel stays busy while it answers beside a cell", async () => {
  const from = (await seen()).length;
  const cells = ["1", "await new Promise((r) => setTimeout(r, 1000)); 2", "3"].map((code) => cell(code));
  await cells[0];
  await sleep(200);
  await kernel.ask("complete_request", { code: "Math.", cursor_pos: 5 });
  await Promise.all(cells);
  const statuses = (await seen())
    .slice(from)
    .filter((m) => m.type === "status")
    .map((m) => `${m.parent.msg_type.replace("_request", "")} ${m.content.execution_state}`);
  assert.deepEqual(statuses, [
    ...["execute busy", "execute idle"],
    ...["execute busy", "complete busy", "complete idle", "execute busy", "execute idle"],
    ...["execute busy", "execute idle"],
  ]);
});

test("a cell's number and text are published when its turn comes; a silent one leaves no trace", async () => {
  const { execution_count } = await cell("10");
  const count = execution_count as number;
  const from = (await seen()).length;
  assert.equal((await cell("11", { silent: true })).execution_count, count);
  assert.deepEqual(
    (await seen()).slice(from).map((m) => m.type),
    ["status", "status"],
  );
  assert.equal((await cell("12", { store_history: false })).execution_count, count);
  assert.deepEqual(await cell("13"), {
    status: "ok",
    execution_count: count + 1,
    payload: [],
    user_expressions: {},
  });
  const inputs = (await seen())
    .slice(from)
    .filter((m) => m.type === "execute_input")
    .map((m) => m.content);
  assert.deepEqual(inputs.at(-1), { code: "13", execution_count: count + 1 });
  const { history } = await kernel.ask("history_request", { hist_access_type: "tail", n: 2 });
  assert.deepEqual(
    (history as [number, number, string][]).map((h) => h.slice(1)),
    [
      [count, "10"],
      [count + 1, "13"],
    ],
  );
});

test("a cell sent when another has failed runs, those sent with it do not", async () => {
  const together = await Promise.all(["throw new Error('x')", "1", "2"].map((code) => cell(code)));
  const next = await cell("3");
  assert.deepEqual(
    [...together, next].map((r) => r.status),
    ["error", "aborted", "aborted", "ok"],
  );
});

test("what was sent before a moment is known in spite of clocks that differ", () => {
  const times = new SendTimes();
  const at = (ms: number, session = "s") => ({ session, date: new Date(ms).toISOString() });
  times.note(at(5000), 1_000_010); // the front end's clock is behind by 995 s, the message took 10 ms
  times.note(at(5100), 1_000_900); // the kernel computed meanwhile
  assert.equal(times.isBefore(at(5100), 1_000_200), true);
  assert.equal(times.isBefore(at(5300), 1_000_200), false);
  assert.equal(times.isBefore({ session: "s" }, 1_000_200), false);
  assert.equal(times.isBefore(at(0, "other"), 1_000_200), false);
});

test("the kernel says what it is", async () => {
  const { status, implementation, language_info } = await kernel.ask("kernel_info_request", {});
  assert.deepEqual([status, implementation], ["ok", "latent-sky"]);
  assert.equal((language_info as { version: string }).version, compiler.version);
  const other = await KernelClient.start();
  const reply = await other.ask("shutdown_request", { restart: true });
  assert.deepEqual(reply, { status: "ok", restart: true });
  await other.kill();
});

test("process.stdout.write calls back, and takes the halves of a character", async () => {
  const from = (await seen()).length;
  await cell(
    "await new Promise<void>((done) => process.stdout.write('a', () => done()));\n" +
      "await new Promise<void>((done) => process.stdout.write('b', 'utf8', () => done()));\n" +
      "for (const half of [[0xe2, 0x82], [0xac]]) process.stdout.write(new Uint8Array(half));",
  );
  const streams = (await seen()).slice(from).filter((m) => m.type === "stream");
  assert.match(streams.map((m) => m.content.text).join(""), /^ab€/);
});
