/**
 * What most npm scripts start: `node npm-run.mjs [options of setup.mjs] SCRIPT [what the person said]`. Asked for help
 * it gives that at once, from the text beside the script; else the machine is got ready first. Plain Node, for it runs
 * before node_modules exist.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const at = process.argv.findIndex((arg) => arg.endsWith(".ts"));
const [setupOptions, script, said] = [
  process.argv.slice(2, at),
  process.argv[at],
  process.argv.slice(at + 1),
];
const asked = said.slice(0, said.includes("--") ? said.indexOf("--") : undefined);
const isHelp = asked.includes("--help") || asked.includes("-h");
const usage = join(root, script.replace(/\.ts$/, ".txt"));

if (isHelp && existsSync(usage)) process.stdout.write(readFileSync(usage, "utf8"));
else if (isHelp && !existsSync(join(root, "node_modules/tsx"))) {
  console.error(
    "This help needs the npm packages: run npm ci --ignore-scripts, then the same command again.",
  );
  process.exitCode = 1;
} else {
  if (!isHelp) getReady();
  run();
}

function getReady() {
  const setup = join(root, "environment/setup/setup.mjs");
  const { status } = spawnSync(process.execPath, [setup, ...setupOptions], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** The script ends as it likes: Ctrl-C and a closed terminal reach it by themselves, SIGTERM is handed on. */
function run() {
  const child = spawn(process.execPath, ["--import", "tsx", join(root, script), ...said], {
    cwd: root,
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 1;
    if (!signal) return;
    for (const name of ["SIGINT", "SIGHUP", "SIGTERM"]) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
