/**
 * A process of prepare-kernel.mjs: `node keep-code.cjs DRAFT FOLDER` runs a first cell with what is prepared in DRAFT,
 * under the names of FOLDER, where it will be moved, and writes to DRAFT what V8 has compiled for it.
 */
const { setFlagsFromString } = require("node:v8");
const { recordCode } = require("../kernel/kept-code.cjs");
const { readPrepared, usePrepared } = require("../kernel/prepared.cjs");

const [draft, folder] = process.argv.slice(2);
setFlagsFromString("--no-flush-bytecode"); // V8 would forget what ran once and long ago
const recorded = recordCode();
const { newSession, loadKernel, bundle } = usePrepared(folder, readPrepared(draft));
recorded.scripts.set("kernel.cjs", bundle);
loadKernel();
const session = newSession();
const cell =
  'import * as lib from "./lib/index.js";\nconst names: string[] = Object.keys(lib);\nnames.length > 0';
session.begin({ code: cell, number: 1, cell: "", silent: false, stored: false });
session.run.execute(cell).then((ok) => {
  if (!ok) throw new Error(session.error?.evalue);
  session.run.complete("names.len", 9);
  setFlagsFromString("--flush-bytecode"); // code of other flags would be refused
  recorded.write(draft);
  process.exit(0);
});
