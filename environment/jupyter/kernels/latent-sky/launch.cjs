/**
 * What Jupyter and the runner start: `node launch.cjs <connection file>`.
 *
 * A notebook within the project runs in the project's root and says `import { show } from "./lib/index.js"`; one
 * elsewhere runs in its own folder, keeps its results there and says `from "latent-sky"` (kernel/project-modules.ts).
 * The kernel is loaded as it was prepared (kernel/prepared.cjs), or from its sources through tsx where these have
 * changed since, so that lib needs no build step.
 */
const parent = process.ppid; // before anything is loaded: whoever started this may die meanwhile
require("../../../kernel/starter-watch.cjs").watchStarter(parent, process.argv[2]);
const path = require("node:path");
const fs = require("node:fs");

const root = path.resolve(__dirname, "../../../..");
if (!fs.existsSync(path.join(root, "node_modules", "tsx"))) {
  process.stderr.write(
    `The TypeScript kernel needs ${root}/node_modules: run "npm ci" there and start again.\n`,
  );
  process.exit(1);
}
const below = path.relative(root, process.cwd());
const inside = below.split(path.sep)[0] !== ".." && !path.isAbsolute(below);
if (inside) process.chdir(root);
else process.env.LATENT_SKY_OUT ??= path.resolve("out");
require("../../../setup/private-cache.cjs").privateCache();
const startPrepared = require("../../../kernel/prepared.cjs").loadPrepared();
if (startPrepared) startPrepared(process.argv[2]);
else {
  require("tsx/cjs");
  require("../../../kernel/kernel.ts").startKernel(process.argv[2]);
}
