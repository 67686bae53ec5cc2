/**
 * What Jupyter and the runner start: `node launch.cjs <connection file>`.
 *
 * Moves to the project's root, so that a cell of any notebook says `import { show } from "./lib/index.js"`, and
 * loads the TypeScript kernel through tsx, so that lib needs no build step.
 */
const parent = process.ppid; // before anything is loaded: whoever started this may die meanwhile
const path = require("node:path");
const fs = require("node:fs");

const root = path.resolve(__dirname, "../../../..");
if (!fs.existsSync(path.join(root, "node_modules", "tsx"))) {
  process.stderr.write(
    `The TypeScript kernel needs ${root}/node_modules: run "npm ci" there and start again.\n`,
  );
  process.exit(1);
}
process.chdir(root);
require("tsx/cjs");
require("../../../kernel/kernel.ts").startKernel(process.argv[2], parent);
