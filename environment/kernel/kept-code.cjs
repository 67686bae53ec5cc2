/**
 * What V8 compiled of the scripts that a kernel loads first, kept for the next kernel: `code.bin` holds it, `code.json`
 * says for each script which part it is and of which source. V8 itself compares no more of a source than its length,
 * so its digest is compared here, each time a script is loaded: one that is not the same runs as it is. Code of another
 * V8, or of one with other flags, V8 refuses and compiles as ever. A script with kept code has the name under which its
 * code was kept, and no `import()`.
 */
const { createHash } = require("node:crypto");
const { writeFileSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { Script } = require("node:vm");

const digest = (data) => createHash("sha256").update(data).digest("hex");
const ofPackage = `${path.sep}node_modules${path.sep}`;
/** What may import late. The compiler of cells writes of it and does not do it. */
const importsLate = (source, filename) =>
  /(?<![.\w$])import\s*\(/.test(source) && path.basename(filename) !== "typescript.js";

/** The kept code by the names of `code.json`; none where a file is not there. */
function readCode(files) {
  const index = files["code.json"] ? JSON.parse(files["code.json"].toString("utf8")) : {};
  const part = ({ from, to, source }) => ({ source, code: files["code.bin"].subarray(from, to) });
  return new Map(Object.entries(index).map(([name, place]) => [name, part(place)]));
}

/** Runs `source` as the CommonJS `module`, with the code kept under `name` if it is of this source; the script. */
function runModule(module, source, name, kept) {
  const { filename } = module;
  const found = kept.get(name);
  const code = found && digest(source) === found.source ? found.code : undefined;
  const columnOffset = -Module.wrapper[0].length; // so that the first line's columns are the source's
  const script = new Script(Module.wrap(source), { filename, columnOffset, cachedData: code });
  const require = Module.createRequire(filename);
  script
    .runInThisContext()
    .call(module.exports, module.exports, require, module, filename, path.dirname(filename));
  return script;
}

/** From here on the scripts of packages that are in `kept` are run with their code. */
function serveCode(kept) {
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (source, filename, ...rest) {
    if (!kept.has(filename)) return compile.call(this, source, filename, ...rest);
    this.filename = filename;
    return void runModule(this, source, filename, kept);
  };
}

/** Notes every script of a package that is loaded from here on; returns how to write their code into `folder`. */
function recordCode() {
  const scripts = new Map();
  const compile = Module.prototype._compile;
  const none = new Map();
  Module.prototype._compile = function (source, filename, ...rest) {
    if (!filename.includes(ofPackage) || source.startsWith("#!") || importsLate(source, filename))
      return compile.call(this, source, filename, ...rest);
    scripts.set(filename, { source, script: runModule(this, source, filename, none) });
  };
  return { scripts, write: (folder) => writeCode(folder, scripts) };
}

function writeCode(folder, scripts) {
  const index = {};
  const parts = [];
  let at = 0;
  for (const [name, { source, script }] of scripts) {
    const code = script.createCachedData();
    index[name] = { from: at, to: at + code.length, source: digest(source) };
    parts.push(code);
    at += code.length;
  }
  writeFileSync(path.join(folder, "code.bin"), Buffer.concat(parts));
  writeFileSync(path.join(folder, "code.json"), JSON.stringify(index));
}

module.exports = { digest, readCode, recordCode, runModule, serveCode };
