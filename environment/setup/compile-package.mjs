/**
 * Compiles lib to `dist/`, JavaScript and types, as `npm pack` wants it: `node environment/setup/compile-package.mjs`.
 * A checkout itself never runs from there.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
rmSync(join(root, "dist"), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.package.json"], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
});
if (status !== 0) process.exit(1);
// What is plain JavaScript already, and its types, go as they are.
for (const name of readdirSync(join(root, "lib"), { recursive: true }))
  if (/\.mjs$|\.d\.mts$/.test(name)) copyFileSync(join(root, "lib", name), join(root, "dist", name));
