import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { KernelClient, type KernelMessage } from "../../../environment/runner/kernel-client.js";
import { scratch } from "../../scratch.js";

let kernel: KernelClient;
const folder = scratch();
before(async () => {
  kernel = await KernelClient.start();
});
after(() => kernel?.shutdown());

/** A cell's number, the lines of its error and what it printed. */
async function run(code: string) {
  const messages: KernelMessage[] = [];
  const { execution_count } = await kernel.execute(code, (message) => messages.push(message));
  const error = messages.find((m) => m.type === "error")?.content;
  const text = messages
    .filter((m) => m.type === "stream")
    .map((m) => m.content.text)
    .join("");
  return { n: execution_count, error, lines: error?.traceback as string[], text };
}

test("a stack names the cell by its number in the notebook, and shows the line that was written", async () => {
  await run("const broken: string = 5;"); // counted, and never run
  const { n, lines } = await run(
    "interface A { a: number }\n\nfunction f(a: number): void {\n  if (a > 1) throw new TypeError('no ' + (a as number));\n}\nf(2);",
  );
  assert.deepEqual(lines, [
    `cell ${n}, line 4:`,
    "    if (a > 1) throw new TypeError('no ' + (a as number));",
    "",
    "TypeError: no 2",
    `    at f (cell ${n}, line 4)`,
    `    at cell ${n}, line 6`,
  ]);
  const last = await run("(undefined as any).foo");
  assert.deepEqual(last.lines.slice(0, 2), [`cell ${last.n}, line 1:`, "    (undefined as any).foo"]);
});

test("properties and causes of an error stand in its brackets", async () => {
  const { n, lines } = await run("await null;\nthrow Object.assign(new Error('x'), { code: 5 })");
  assert.deepEqual(lines, ["Error: x", `    at cell ${n}, line 2 {`, "  code: 5", "}"]);
  const caused = await run("await Promise.reject(new Error('outer', { cause: new Error('inner') }))");
  assert.deepEqual(caused.lines, [
    "Error: outer",
    `    at cell ${caused.n}, line 1 {`,
    "  [cause]: Error: inner",
    `      at cell ${caused.n}, line 1`,
    "}",
  ]);
});

test("an error that a cell prints or returns has the cell's lines, and no frame of the kernel", async () => {
  for (const code of ["new Error('v')", "try { throw new Error('v'); } catch (e) { console.error(e); }"]) {
    const { n, text } = await run(code);
    assert.equal(text, `Error: v\n    at cell ${n}, line 1\n`);
  }
});

test("the cell's own line is there however deep the error is, and a function that calls itself is one line", async () => {
  const { n, lines } = await run(
    "function down(k: number): void {\n  if (k === 0) throw new Error('deep');\n  down(k - 1);\n}\ndown(20);",
  );
  assert.deepEqual(lines.slice(3), [
    "Error: deep",
    `    at down (cell ${n}, line 2)`,
    `    at down (cell ${n}, line 3)`,
    "    ... 19 times more",
    `    at cell ${n}, line 5`,
  ]);
});

test("a file that is not there is missed by the cell; no code of Node's or the kernel's is shown", async () => {
  const missing = await run('import "./missing.js";');
  assert.match(missing.lines[0], /^Error: Cannot find module/);
  assert.ok(missing.lines.some((line) => line.includes(`at cell ${missing.n}, line 1`)));
  const read = await run('import { readFileSync } from "node:fs";\nreadFileSync("/not/there");');
  assert.match(read.lines[0], /^Error: ENOENT/);
});

test("a result that cannot be printed is the cell's error", async () => {
  const { error } = await run(
    "const o = { [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('not me'); } };\no",
  );
  assert.equal(error.evalue, "not me");
});

test("broken grammar is said once and alone, in lines of the cell", async () => {
  assert.equal((await run("a b c")).error.evalue, "line 1: Unexpected keyword or identifier.");
  assert.equal((await run("function (")).error.evalue, "line 1: Identifier expected.");
  assert.equal((await run("const d = 1; const d = 2;")).error.evalue.split("\n").length, 1);
});

test("a person's own file may be imported by its whole name", async () => {
  const file = join(folder, "own.ts");
  await writeFile(file, "export const own: number = 6;\n");
  const { text, error } = await run(
    `import { own } from ${JSON.stringify(file)};\nconst again = await import(${JSON.stringify(file)});\nown + again.own`,
  );
  assert.equal(error, undefined);
  assert.equal(text, "12\n");
});
