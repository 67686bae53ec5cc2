import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { applyPatches } from "../../../environment/kernel/patched-tslab.js";
import { KernelClient, type KernelMessage } from "../../../environment/runner/kernel-client.js";
import { scratch } from "../../scratch.js";

let kernel: KernelClient;
const folder = scratch();
before(async () => {
  kernel = await KernelClient.start();
});
after(() => kernel?.shutdown());

async function run(code: string, onMessage: (message: KernelMessage) => void = () => {}) {
  const messages: KernelMessage[] = [];
  const reply = await kernel.execute(code, (message) => {
    messages.push(message);
    onMessage(message);
  });
  const text = messages
    .filter((m) => m.type === "stream")
    .map((m) => m.content.text)
    .join("");
  return { reply, text, error: messages.find((m) => m.type === "error")?.content };
}

test("variables, functions, types and imports live on in later cells", async () => {
  await run(
    "interface Galaxy { id: number }\nconst g: Galaxy = { id: 3 };\nfunction twice(n: number) { return 2 * n; }",
  );
  const { text } = await run("const other: Galaxy = { id: twice(g.id) };\nother.id");
  assert.equal(text, "6\n");
  const { text: again } = await run('const g = "declared anew";\ng.length');
  assert.equal(again, "13\n");
});

test("a value whose type cannot be written down stays usable", async () => {
  await run(
    "const odd = (() => { class Local { private n = 4; get(): number { return this.n; } } return new Local(); })();",
  );
  const { text, error } = await run("odd.get()");
  assert.equal(error, undefined);
  assert.equal(text, "4\n");
});

test("variables of earlier cells may stand in an object by their names alone", async () => {
  await run("const a = 1; const b = await (async () => [2])();");
  const { text, error } = await run("const c = 3;\nJSON.stringify([{ a, b, c }].map((o) => ({ ...o, a })))");
  assert.equal(error, undefined);
  assert.equal(text, '[{"a":1,"b":[2],"c":3}]\n');
});

test("await may stand before a bracket at the top of a cell", async () => {
  const { text, error } = await run("const two = await (async () => 2)();\ntwo");
  assert.equal(error, undefined);
  assert.equal(text, "2\n");
});

test("await may stand before a bracket beside a variable whose type the cell does not import", async () => {
  await run('import { commonStarts } from "./lib/index.js";');
  const { text, error } = await run(
    "const [first] = commonStarts();\nconst from = await (first.available ? first : first).weights();\nfrom",
  );
  assert.equal(error, undefined);
  assert.equal(text, "random\n");
  assert.equal((await run("const name: string = first.name;\nname")).text, "random\n");
});

test("a for await loop may stand at the top of a cell", async () => {
  await run("async function* count() { yield 1; yield 2; }");
  const { text, error } = await run("let sum = 0;\nfor await (const n of count()) sum += n;\nsum");
  assert.equal(error, undefined);
  assert.equal(text, "3\n");
});

for (const [kind, rest] of [
  ["waits", "await new Promise(() => {});"],
  ["computes", "const until = Date.now() + 60_000;\nwhile (Date.now() < until) {}"],
  [
    "computes after it waited",
    "await null;\nconst until = Date.now() + 60_000;\nwhile (Date.now() < until) try { for (;;) {} } catch {}",
  ],
  ["waits without a pause", "for (;;) await null;"],
]) {
  test(`interrupting a cell that ${kind} keeps the session`, async () => {
    await run("const kept = 41;");
    // The text of a cell that never pauses is sent only later: a file says that it is in its loop.
    const sign = join(folder, kind);
    const timer = setInterval(() => {
      if (!existsSync(sign)) return;
      clearInterval(timer);
      kernel.interrupt();
    }, 20);
    const start = `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(sign)}, "");\n`;
    const { reply, error } = await run(start + rest);
    clearInterval(timer);
    assert.equal(reply.status, "error");
    assert.equal(error.ename, "Interrupted");
    assert.equal((await run("kept + 1")).text, "42\n");
  });
}

test("an interrupt ends what a timer computes, also when its cell has ended", async () => {
  for (const rest of ["await new Promise(() => {});", ""]) {
    const sign = join(folder, `timer${rest.length}`);
    const start = `import { writeFileSync } from "node:fs";\nsetTimeout(() => { writeFileSync(${JSON.stringify(sign)}, ""); for (;;) {} });\n`;
    const ended = run(start + rest);
    while (!existsSync(sign)) await new Promise((r) => setTimeout(r, 20));
    kernel.interrupt();
    assert.equal((await ended).reply.status, rest ? "error" : "ok");
    assert.equal((await run("const six = 6;\nsix")).text, "6\n");
  }
});

test("cells run after each of many interrupts", async () => {
  for (let i = 0; i < 10; i++) {
    // The text arrives while the part of the cell that computes ends: one interrupt must do, and for this cell only.
    const endless = 'process.stdout.write("go");\nawait new Promise(() => {});';
    const { error } = await run(endless, (m) => m.type === "stream" && kernel.interrupt());
    assert.equal(error?.ename, "Interrupted");
    assert.equal((await run(`const counted = ${i};\ncounted`)).text, `${i}\n`);
  }
});

test("work that reports progress stops when its cell is interrupted", async () => {
  await run('import { progress } from "./lib/notebook/progress.js";\nlet steps = 0;\nlet ended = "";');
  const work = `async function work(): Promise<void> {
  const bar = progress("Working", 1000);
  try {
    for (steps = 0; steps < 1000; steps++) {
      await new Promise((r) => setTimeout(r, 20));
      bar(steps);
    }
  } catch (error) { ended = (error as Error).message; }
}
await work();`;
  const { error } = await run(work, (m) => m.type === "display_data" && kernel.interrupt());
  assert.equal(error?.ename, "Interrupted");
  await new Promise((r) => setTimeout(r, 500));
  assert.match((await run("ended")).text, /interrupted/);
});

test("work that heeds the signal ends a long step of its own, and a second interrupt ends one that does not", async () => {
  const sign = join(folder, "long-step");
  const work = `import { notebookHost } from "./lib/notebook/host.js";
import { writeFileSync } from "node:fs";
let left = "";
async function steps(length: number): Promise<void> {
  const { signal } = notebookHost()!;
  try {
    for (;;) {
      await new Promise((r) => setTimeout(r));
      signal.throwIfAborted();
      writeFileSync(${JSON.stringify(sign)}, "");
      for (const until = Date.now() + length; Date.now() < until; );
    }
  } finally { left = "tidy"; }
}`;
  await run(work);
  const interruptIn = async (cell: string, times: number) => {
    const ended = run(cell);
    for (let k = 0; k < times; k++) {
      while (!existsSync(sign)) await new Promise((r) => setTimeout(r, 20));
      kernel.interrupt();
      await new Promise((r) => setTimeout(r, 200));
    }
    await rm(sign);
    return (await ended).error?.ename;
  };
  assert.equal(await interruptIn("await steps(2000);", 1), "Interrupted");
  await new Promise((r) => setTimeout(r, 100));
  assert.equal((await run("left")).text, "tidy\n");
  assert.equal(await interruptIn("left = '';\nawait steps(600_000);", 2), "Interrupted");
  assert.equal((await run("left + 'ended'")).text, "ended\n");
});

test("hovering shows the type and the documentation of lib", async () => {
  const code = 'import { Random } from "./lib/random.js";\nnew Random(1).uniform';
  const reply = await kernel.ask("inspect_request", { code, cursor_pos: code.length - 2, detail_level: 0 });
  assert.match(
    (reply.data as Record<string, string>)["text/plain"],
    /Random\.uniform\(low\?: number.*53 random bits/s,
  );
});

test("completion knows the members of lib's classes", async () => {
  const code = 'import { Random } from "./lib/random.js";\nnew Random(1).perm';
  const reply = await kernel.ask("complete_request", { code, cursor_pos: code.length });
  assert.deepEqual(reply.matches, ["permutation"]);
});

test("a file that a cell did not find is found once it is there", async () => {
  const file = join(folder, "made-later.ts");
  const cell = `import { late } from ${JSON.stringify(file.replace(/\.ts$/, ".js"))};\nlate`;
  const { error } = await run(cell);
  assert.match(error.evalue, /Cannot find module/);
  await writeFile(file, "export const late: string = 'there';\n");
  const { text } = await run(cell);
  assert.equal(text, "there\n");
});

test("process.exit ends its cell, and no variable is lost", async () => {
  await run("const kept = 41;");
  const { error, text } = await run("process.exit(1);\nconsole.log('not reached');");
  assert.match(error.evalue, /^process\.exit\(1\) ended this cell only/);
  assert.equal(text, "");
  assert.equal((await run("kept + 1")).text, "42\n");
});

test("worker threads run", async () => {
  const { text } = await run(`import { Worker } from "node:worker_threads";
const worker = new Worker("require('node:worker_threads').parentPort.postMessage(6 * 7)", { eval: true });
await new Promise((resolve) => worker.once("message", resolve))`);
  assert.equal(text, "42\n");
});

const addon = "lib/engine/numeric/build/Release/numeric.node";
test("native addons load", { skip: existsSync(addon) ? false : `${addon} is not built` }, async () => {
  const { text, error } = await run(`import { createRequire } from "node:module";
const addon = createRequire(process.cwd() + "/cell.js")("./${addon}");
Object.keys(addon).length > 0`);
  assert.equal(error, undefined);
  assert.equal(text, "true\n");
});

test("much output arrives whole", async () => {
  const { text } = await run('for (let i = 0; i < 20_000; i++) console.log("line", i);');
  assert.equal(text.split("\n").length, 20_001);
});

test("another tslab is refused with the patch that does not fit", () => {
  assert.throws(
    () => applyPatches("jupyter.js", "something else"),
    /patch of tslab\/dist\/jupyter\.js.*matches 0 times/,
  );
});

test("a person's module that asks for a package which is not there says so, and shows no code of another package", async () => {
  const own = join(folder, "own.ts");
  await writeFile(own, 'import { x } from "no-such-package";\nexport const y: number = x;\n');
  const { error } = await run(`const { y } = require(${JSON.stringify(own)});`);
  assert.match(error.evalue, /^Cannot find module 'no-such-package'\n[\s\S]*own\.ts/);
  assert.match(error.traceback[0], /^Error: Cannot find module 'no-such-package'/);
  assert.ok(error.traceback.join("\n").length < 500);
});
