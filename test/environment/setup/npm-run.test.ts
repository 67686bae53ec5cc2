import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { scratch } from "../../scratch.js";

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
const launcher = "environment/setup/npm-run.mjs";

/** The launcher in a folder of its own, with what is given beside it. */
function checkout(root: string, ...files: string[]): string {
  for (const file of [launcher, ...files]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(file, join(root, file));
  }
  return join(root, launcher);
}

test("--help installs nothing and needs nothing: it is there in a fresh checkout", (t) => {
  const started = Object.entries(scripts).filter(([, command]) => command.includes(launcher));
  assert.ok(started.length > 9);
  for (const [name, command] of started) {
    const [, , ...args] = command.split(" ");
    const script = args.at(-1)!;
    const text = script.replace(/\.ts$/, ".txt");
    if (["data", "survey", "bench"].includes(name)) continue; // their help stands in lib, or lists what there is
    const copy = checkout(join(scratch(t), name.replace(":", "-")), text);
    const { stdout, status } = spawnSync(process.execPath, [copy, ...args, "--help"], { encoding: "utf8" });
    assert.deepEqual([status, stdout], [0, readFileSync(text, "utf8")], name);
    assert.match(stdout, new RegExp(`^  npm (run )?${name}\\b`, "m"));
  }
  const survey = checkout(join(scratch(t), "survey"));
  const args = [survey, "environment/commands/survey.ts", "--help"];
  const { stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /needs the npm packages/);
});

test("a command gets its arguments and SIGTERM, and its exit code is the script's", async (t) => {
  const root = scratch(t);
  const copy = checkout(root);
  symlinkSync(join(process.cwd(), "node_modules"), join(root, "node_modules"));
  writeFileSync(join(root, "environment/setup/setup.mjs"), "console.log('set up', process.argv.slice(2));\n");
  const script =
    "process.on('SIGTERM', () => process.exit(7));\nconsole.log(process.argv.slice(2));\nsetInterval(() => {}, 1000);\n";
  writeFileSync(join(root, "waits.ts"), script);
  const child = spawn(process.execPath, [copy, "--kernel", "waits.ts", "a", "--", "--help"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  for await (const chunk of child.stdout) {
    text += chunk;
    if (text.includes("--help")) child.kill("SIGTERM");
  }
  if (child.exitCode === null) await once(child, "exit");
  assert.equal(text, "set up [ '--kernel' ]\n[ 'a', '--', '--help' ]\n");
  assert.equal(child.exitCode, 7);
});
