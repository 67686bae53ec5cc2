import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { before, test } from "node:test";
import { scratch } from "../../scratch.js";

// A folder with one package, the file under test beside it, and a process that says what it did.
const folder = join(scratch(), "kept");
const index = join(folder, "node_modules/speaks/index.js");
const source = `const word = require("./word.json");
exports.say = () => word + " one, " + __filename.split("/").pop() + ", " + typeof module.paths;
`;
const imports = `exports.late = () => import("./late.mjs").then(({ late }) => late);
`;
const program = `
  const { Script } = require("node:vm");
  const [what, kept] = process.argv.slice(2);
  const { readCode, recordCode, serveCode } = require(process.env.KEPT_CODE);
  const { readFileSync } = require("node:fs");
  const read = (name) => readFileSync(kept + "/" + name);
  let recorded;
  if (what === "record") recorded = recordCode();
  else serveCode(readCode({ "code.json": read("code.json"), "code.bin": read("code.bin") }));
  const refused = [];
  const run = Script.prototype.runInThisContext;
  Script.prototype.runInThisContext = function (...all) {
    refused.push(this.cachedDataRejected);
    return run.apply(this, all);
  };
  const { say } = require("speaks");
  const { late } = require("speaks/imports.js");
  late().then((late) => {
    recorded?.write(kept);
    console.log(JSON.stringify({ said: say(), late, refused }));
  });
`;

function runs(what: "record" | "serve", flags: string[] = []) {
  const env = { ...process.env, KEPT_CODE: resolve("environment/kernel/kept-code.cjs") };
  const args = [...flags, join(folder, "program.cjs"), what, folder];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as { said: string; late: string; refused: (boolean | null)[] };
}

before(async () => {
  await mkdir(join(folder, "node_modules/speaks"), { recursive: true });
  await writeFile(join(folder, "node_modules/speaks/word.json"), '"word"');
  await writeFile(join(folder, "node_modules/speaks/late.mjs"), 'export const late = "late";');
  await writeFile(join(folder, "node_modules/speaks/imports.js"), imports);
  await writeFile(index, source);
  await writeFile(join(folder, "program.cjs"), program);
});

test("a package runs with the code that was kept of it; one that imports late runs without", () => {
  const said = "word one, index.js, object";
  assert.deepEqual(runs("record"), { said, late: "late", refused: [null] });
  assert.deepEqual(runs("serve"), { said, late: "late", refused: [false] });
});

test("one that was edited since, at the same length, runs as it is", async () => {
  await writeFile(index, source.replace("one", "two"));
  assert.deepEqual(runs("serve"), { said: "word two, index.js, object", late: "late", refused: [null] });
  await writeFile(index, source);
  assert.deepEqual(runs("serve").refused, [false]);
});

test("code of a V8 with other flags is refused and compiled as ever", () => {
  const { said, refused } = runs("serve", ["--no-opt"]);
  assert.equal(said, "word one, index.js, object");
  assert.notEqual(refused[0], false);
});
