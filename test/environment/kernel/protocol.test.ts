import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as zmq from "zeromq";
import { KernelClient, type KernelMessage } from "../../../environment/runner/kernel-client.js";

let kernel: KernelClient;
before(async () => {
  kernel = await KernelClient.start();
});
after(() => kernel?.kill());

async function run(code: string) {
  const messages: KernelMessage[] = [];
  const reply = await kernel.execute(code, (message) => messages.push(message));
  const streams = messages.filter((m) => m.type === "stream");
  return { status: reply.status, messages, streams, text: streams.map((m) => m.content.text).join("") };
}
const request = (code: string, stop_on_error: boolean) => ({ code, silent: false, stop_on_error });

test("an error that is allowed stops no cell behind it", async () => {
  const cells = ['throw new Error("on purpose")', "1 + 1", 'throw new Error("again")', "2 + 2"];
  const replies = await Promise.all(cells.map((code) => kernel.ask("execute_request", request(code, false))));
  assert.deepEqual(
    replies.map((r) => r.status),
    ["error", "ok", "error", "ok"],
  );
});

test("printed lines travel together, in order, beside what else a cell shows", async () => {
  const { streams, text } = await run('for (let i = 0; i < 20_000; i++) console.log("line", i);');
  assert.deepEqual(
    text.split("\n").slice(0, -1),
    Array.from({ length: 20_000 }, (_, i) => `line ${i}`),
  );
  assert.ok(streams.length < 100, `${streams.length} messages`);
  const mixed = await run('console.log("a"); console.error("b"); console.log("c"); console.log("d");');
  assert.deepEqual(
    mixed.streams.map((m) => [m.content.name, m.content.text]),
    [
      ["stdout", "a\n"],
      ["stderr", "b\n"],
      ["stdout", "c\nd\n"],
    ],
  );
});

test("no message is lost, however many a kernel has sent, two in one turn of the event loop among them", async () => {
  const host = 'globalThis[Symbol.for("latent-sky.notebook-host")]';
  const { messages } = await run(
    `for (let i = 0; i < 1200; i += 2) {
       for (const k of [i, i + 1]) ${host}.display({ "text/plain": String(k) });
       await new Promise((resolve) => setTimeout(resolve));
     }`,
  );
  const shown = messages.filter((m) => m.type === "display_data");
  assert.deepEqual(
    shown.map((m) => (m.content.data as Record<string, string>)["text/plain"]),
    Array.from({ length: 1200 }, (_, i) => String(i)),
  );
});

test("what is printed arrives while the cell goes on", async () => {
  let early = false;
  await kernel.execute('console.log("now"); await new Promise((r) => setTimeout(r, 1500));', (m) => {
    if (m.type === "stream") early = true;
    else early &&= true;
  });
  assert.ok(early);
});

test("positions count characters, as the protocol does", async () => {
  await run("const ds = { alpha: 1, beta: 2 };");
  const code = '"\u{1f30c}\u{1f30c}"; ds.';
  const reply = await kernel.ask("complete_request", { code, cursor_pos: [...code].length });
  assert.deepEqual([reply.matches, reply.cursor_start, reply.cursor_end], [["alpha", "beta"], 9, 9]);
  const info = await kernel.ask("inspect_request", {
    code,
    cursor_pos: [...code].length - 1,
    detail_level: 0,
  });
  assert.match(JSON.stringify(info.data), /alpha: number/);
});

test("the history of the session, and comms, are answered", async () => {
  await run("const remembered = 7;");
  const tail = await kernel.ask("history_request", { output: false, hist_access_type: "tail", n: 1 });
  assert.equal((tail.history as [number, number, string][])[0][2], "const remembered = 7;");
  const found = await kernel.ask("history_request", { hist_access_type: "search", pattern: "const rem*" });
  assert.equal((found.history as unknown[]).length, 1);
  assert.deepEqual(await kernel.ask("comm_info_request", {}), { status: "ok", comms: {} });
});

test("a cell pasted from a module runs", async () => {
  const { text, status } = await run(
    "export const answer = 42;\nexport async function twice(n: number) { return 2 * n; }\nawait twice(answer)",
  );
  assert.deepEqual([status, text], ["ok", "84\n"]);
  assert.equal((await run("const s = `\nexport const x = 1`;\ns.length")).text, "19\n");
});

test("an interrupt_request on the control channel ends the cell that waits", async () => {
  const { folder } = kernel as unknown as { folder: string };
  const { key, control_port } = JSON.parse(readFileSync(join(folder, "connection.json"), "utf8"));
  const control = new zmq.Dealer({ linger: 0 });
  control.connect(`tcp://127.0.0.1:${control_port}`);
  const header = { msg_id: randomUUID(), session: "s", username: "u", msg_type: "interrupt_request" };
  const parts = [JSON.stringify(header), "{}", "{}", "{}"];
  const signature = createHmac("sha256", key).update(parts.join("")).digest("hex");
  const waiting = run('console.log("go"); await new Promise(() => {});');
  await sleep(1000);
  await control.send(["<IDS|MSG>", signature, ...parts]);
  const reply = (await control.receive()).map(String).join(" ");
  control.close();
  assert.match(reply, /"msg_type":"interrupt_reply"/);
  assert.equal((await waiting).messages.find((m) => m.type === "error")?.content.ename, "Interrupted");
});

test("a cell that breaks a built-in, and the kernel with it: the next one is told to restart", async () => {
  assert.equal((await run("(Array.prototype as any).map = undefined;")).status, "ok");
  const { status, messages } = await run("1 + 1");
  assert.equal(status, "error");
  const told = messages.find((m) => m.type === "error" && m.content.ename === "KernelError");
  assert.match(
    told?.content.evalue,
    /^the kernel itself failed at this cell \(.* is not a function\): restart it$/,
  );
});

const noProc = existsSync("/proc/self/task") ? false : "there is no /proc here";
const kernelOf = 'const { KernelClient } = await import("./environment/runner/kernel-client.ts");';
const busy = 'console.log("go"); await new Promise((r) => setTimeout(r, 500)); while (true) {}';
const lives: [string, string, number | "go"][] = [
  ["killed at once", `${kernelOf} await KernelClient.start();`, 0],
  ["killed while it loads", `${kernelOf} await KernelClient.start();`, 1200],
  [
    "killed while a cell computes without a pause",
    `${kernelOf} const k = await KernelClient.start(); await k.execute(${JSON.stringify(busy)}, (m) => m.type === "stream" && console.log("go"));`,
    "go",
  ],
];
for (const [how, script, when] of lives) {
  test(`a kernel ends with its starter, ${how}`, { skip: noProc }, async () => {
    const args = ["--import", "tsx", "--input-type=module", "-e", script];
    const starter = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    const said = new Promise((r) => starter.stdout.once("data", r));
    let pid = "";
    for (let i = 0; i < 600 && !pid; i++) {
      await sleep(20);
      pid = children(starter.pid!).find((p) => commandOf(p).includes("launch.cjs")) ?? "";
    }
    assert.ok(pid, "the kernel began");
    await (when === "go" ? said : sleep(when));
    starter.kill("SIGKILL");
    for (let i = 0; i < 600 && commandOf(pid).includes("launch.cjs"); i++) await sleep(50);
    assert.ok(!commandOf(pid).includes("launch.cjs"), "the kernel is still there");
  });
}

function children(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  } catch {
    return [];
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}
