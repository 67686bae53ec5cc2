/**
 * A process of prepare-kernel.mjs: `node keep-code.cjs FOLDER` runs a first cell with what is prepared in FOLDER and
 * writes there what V8 has compiled of the compiler of cells.
 */
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { readPrepared, usePrepared } = require("../kernel/prepared.cjs");

const folder = process.argv[2];
const { newSession, script } = usePrepared(folder, readPrepared(folder));
const session = newSession();
const cell =
  'import * as lib from "./lib/index.js";\nconst names: string[] = Object.keys(lib);\nnames.length > 0';
session.begin(cell, 1);
session.run.execute(cell).then((ok) => {
  if (!ok) throw new Error(session.error?.evalue);
  session.run.complete("names.len", 9);
  writeFileSync(join(folder, "compiler.code"), script().createCachedData());
  process.exit(0);
});
