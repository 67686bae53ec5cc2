import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../runner/run-command.js";
import { exitWith } from "./exit-with.js";

/** `npm test` after the set-up: lint, types, unit tests, then every notebook at the quick profile. */
async function main(): Promise<number> {
  const failed: string[] = [];
  const step = async (name: string, run: () => Promise<boolean>) => {
    console.log(`\n== ${name}`);
    if (!(await run())) failed.push(name);
  };
  let unitTests = "";
  await step("lint", async () => (await command(["node_modules/@biomejs/biome/bin/biome", "check"])).ok);
  await step("types", async () => (await command(["node_modules/typescript/bin/tsc", "--noEmit"])).ok);
  await step("unit tests", async () => {
    // What a test writes is not a result: it goes to a folder that is removed.
    const scratch = mkdtempSync(join(tmpdir(), "latent-sky-tests-"));
    const files = (readdirSync("test", { recursive: true }) as string[])
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => join("test", file))
      .sort();
    const reporter = "--test-reporter=spec";
    const { ok, output } = await command(["--import", "tsx", "--test", reporter, ...files], {
      LATENT_SKY_OUT: join(scratch, "out"),
    });
    rmSync(scratch, { recursive: true, force: true });
    const count = (word: string) => Number(output.match(new RegExp(`^\\S+ ${word} (\\d+)`, "m"))?.[1] ?? 0);
    const counts = ["tests", "pass", "fail", "skipped"].map((word) => `${word} ${count(word)}`);
    unitTests = `${counts.join(", ")} (${files.length} files)`;
    return ok && count("tests") > 0;
  });
  let notebooks = "";
  await step("notebooks, profile quick", async () => {
    const { results, exitCode } = await runCommand(["--profile", "quick"]);
    notebooks = `tests ${results.length}, pass ${results.filter((r) => r.status === "ok").length}`;
    return exitCode === 0;
  });
  console.log(`\nunit tests: ${unitTests}`);
  console.log(`notebooks:  ${notebooks}`);
  console.log(
    failed.length ? `FAILED: ${failed.join("; ")}` : "All passed: lint, types, unit tests, notebooks.",
  );
  return failed.length ? 1 : 0;
}

/** Runs Node on a script of this project, with `env` added to the environment; its output is shown and kept. */
function command(args: string[], env: Record<string, string> = {}): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const pass = (to: NodeJS.WriteStream) => (chunk: Buffer) => {
      output += chunk.toString();
      to.write(chunk);
    };
    child.stdout.on("data", pass(process.stdout));
    child.stderr.on("data", pass(process.stderr));
    child.on("error", reject);
    child.on("close", (code) => resolve({ ok: code === 0, output }));
  });
}

exitWith(main());
