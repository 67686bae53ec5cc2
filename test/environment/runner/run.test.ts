import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Cell, Output } from "../../../environment/runner/notebook-file.js";
import { readNotebook } from "../../../environment/runner/notebook-file.js";
import { runNotebook } from "../../../environment/runner/run.js";
import { scratch } from "../../scratch.js";
import { makeNotebook } from "../kernel/make-notebook.js";

const folder = scratch();

const texts = (cell: Cell) => (cell.outputs ?? []).map((o: Output) => ("text" in o ? o.text : o.output_type));

/** Runs the command behind `npm run reproduce` on a folder of notebooks; `onOutput` may act on what it prints. */
function reproduce(args: string[], onOutput?: (text: string, interrupt: () => void) => void) {
  return new Promise<{ code: number | null; text: string }>((resolve) => {
    const child = spawn(process.execPath, ["--import", "tsx", "environment/commands/reproduce.ts", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    const collect = (chunk: Buffer) => {
      text += chunk.toString();
      onOutput?.(text, () => child.kill("SIGINT"));
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("close", (code) => resolve({ code, text }));
  });
}

test("a notebook runs from top to bottom and is stored as nbformat 4.5, its source untouched", async () => {
  const source = await makeNotebook(join(folder, "good.ipynb"), [
    'import { Random } from "./lib/random.js";\nconst draw = new Random(1).uniform();\ndraw > 0 && draw < 1',
    'process.stdout.write("1/2\\r");\nprocess.stdout.write("2/2\\n");\nconst twice = draw * 2;',
    "const later: number = await Promise.resolve(twice / draw);\nlater",
    'import { settings } from "./lib/study/settings.js";\nsettings({ seed: 3 }).seed',
  ]);
  const untouched = await readFile(source, "utf8");
  const cells: number[] = [];
  const output = join(folder, "good-out.ipynb");
  const env = { LATENT_SKY_SEED: "42" };
  const result = await runNotebook(source, { output, env, onProgress: (p) => cells.push(p.cell) });
  assert.equal(result.status, "ok", JSON.stringify(result.failure));
  assert.deepEqual(Object.keys(result.cellSeconds), ["cell-1", "cell-2", "cell-3", "cell-4"]);
  assert.deepEqual([...new Set(cells)], [1, 2, 3, 4]);
  assert.equal(await readFile(source, "utf8"), untouched);
  const stored = JSON.parse(await readFile(output, "utf8"));
  assert.deepEqual([stored.nbformat, stored.nbformat_minor], [4, 5]);
  assert.equal(stored.metadata.kernelspec.name, "latent-sky");
  assert.ok(Array.isArray(stored.cells[0].source) && Array.isArray(stored.cells[0].outputs[0].text));
  const notebook = await readNotebook(output);
  assert.deepEqual(notebook.cells.map(texts), [["true\n"], ["2/2\n"], ["2\n"], ["42\n"]]);
  assert.deepEqual(
    notebook.cells.map((c) => c.execution_count),
    [1, 2, 3, 4],
  );
});

test("a cell that throws: exit code 1, and notebook, cell, source, error and stack are named", async () => {
  const notebooks = join(folder, "throwing");
  await mkdir(notebooks);
  await makeNotebook(join(notebooks, "01-throws.ipynb"), [
    'console.log("kept");',
    'interface Source {\n  flux: number;\n}\n\nfunction check(s: Source) {\n  throw new RangeError("flux " + s.flux);\n}',
    "\n\ncheck({ flux: -1 });",
    'console.log("never");',
  ]);
  await makeNotebook(join(notebooks, "02-fine.ipynb"), ["1 + 1"]);
  const { code, text } = await reproduce(["--notebooks", notebooks]);
  assert.equal(code, 1);
  assert.match(text, /01-throws\.ipynb, cell 3 failed with RangeError: flux -1/);
  assert.match(text, / {4}check\(\{ flux: -1 \}\);/);
  assert.match(text, /at check \(cell 2, line 6\)\n +at cell 3, line 3/);
  assert.match(text, /1 of 2 notebooks ran/); // the next notebook still ran
  const { cells } = await readNotebook(join(folder, "out/notebooks/01-throws.ipynb"));
  assert.deepEqual(texts(cells[0]), ["kept\n"]);
  const error = cells[2].outputs?.at(-1);
  assert.ok(error?.output_type === "error" && error.ename === "RangeError" && error.evalue === "flux -1");
  assert.deepEqual(cells[3].outputs, []);
});

test("a type error is found before the cell runs", async () => {
  const source = await makeNotebook(join(folder, "types.ipynb"), [
    'console.log("ran");\nconst n: number = "three";',
  ]);
  const result = await runNotebook(source, { output: join(folder, "types-out.ipynb") });
  assert.equal(result.failure?.ename, "TypeScriptError");
  assert.match(result.failure?.evalue ?? "", /^line 2: Type 'string' is not assignable to type 'number'/);
  const { cells } = await readNotebook(join(folder, "types-out.ipynb"));
  assert.deepEqual(texts(cells[0]), ["error"]);
});

for (const [kind, endless] of [
  ["waits", "await new Promise(() => {});"],
  ["computes", "for (;;) {}"],
]) {
  test(`a cell that ${kind} for ever ends at its timeout`, async () => {
    const source = await makeNotebook(join(folder, `${kind}.ipynb`), ["1 + 1", endless, "2"]);
    const output = join(folder, `${kind}-out.ipynb`);
    const result = await runNotebook(source, { output, cellTimeout: 1 });
    assert.equal(result.status, "failed");
    assert.deepEqual([result.failure?.cell, result.failure?.ename], [2, "CellTimeout"]);
    const { cells } = await readNotebook(output);
    assert.deepEqual(cells.map(texts), [["2\n"], ["error"], []]);
  });
}

test("a kernel that dies is an error of its cell, with the kernel's last words", async () => {
  // process.exit ends the cell alone; this is what it calls.
  const dies = "(process as unknown as { reallyExit(code: number): never }).reallyExit(3);";
  const source = await makeNotebook(join(folder, "dies.ipynb"), ["1", dies]);
  const result = await runNotebook(source, { output: join(folder, "dies-out.ipynb") });
  assert.equal(result.failure?.ename, "KernelDiedError");
  assert.match(result.failure?.evalue ?? "", /exit code 3/);
});

test("Ctrl-C stops the run, keeps what was done and says how to go on", async () => {
  const notebooks = join(folder, "interrupted");
  await mkdir(notebooks);
  const sign = join(folder, "second-cell-runs");
  const long = [
    'import { writeFileSync } from "node:fs";',
    `writeFileSync(${JSON.stringify(sign)}, "");`,
    "await new Promise((r) => setTimeout(r, 600_000));",
  ].join("\n");
  await makeNotebook(join(notebooks, "01-long.ipynb"), ['console.log("done before");', long, "3"]);
  await makeNotebook(join(notebooks, "02-later.ipynb"), ["1"]);
  let timer: NodeJS.Timeout | undefined;
  const { code, text } = await reproduce(["--notebooks", notebooks], (_text, interrupt) => {
    timer ??= setInterval(() => existsSync(sign) && interrupt(), 1000);
  });
  clearInterval(timer);
  assert.equal(code, 130);
  assert.match(text, /01-long {2}stopped/);
  assert.doesNotMatch(text, /02-later/);
  const { cells } = await readNotebook(join(folder, "out/notebooks/01-long.ipynb"));
  assert.deepEqual(texts(cells[0]), ["done before\n"]);
  assert.deepEqual(cells[2].outputs, []);
});

test("wrong arguments are answered with a sentence", async () => {
  const { code, text } = await reproduce(["--profile", "fast"]);
  assert.equal(code, 2);
  assert.match(text, /--profile: there is no profile "fast"; choose quick, standard, paper/);
});
