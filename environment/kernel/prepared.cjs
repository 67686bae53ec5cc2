/**
 * The kernel and lib as set-up prepared them for a quick start (environment/setup/prepare-kernel.mjs): `kernel.cjs`,
 * both in one file, `declarations.json`, lib's declarations in place of its sources for the compiler of cells, and what
 * V8 made of that file, of this compiler and of other packages (kept-code.cjs).
 *
 * `manifest.json` holds the digest of every file that went in or came out. All are compared before anything is used,
 * and what was compared is what is used: an edited source or package, a damaged, half-written or foreign folder only
 * means that the kernel starts from its sources, as without a preparation. Packages that the bundle leaves out are
 * loaded as they are installed. Plain JavaScript: this is the first that a kernel loads.
 */
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { digest, readCode, runModule, serveCode } = require("./kept-code.cjs");

const root = path.resolve(__dirname, "../..");
const platform = `${process.version}-${process.platform}-${process.arch}`;
const preparedFolder = path.join(root, "data/cache/kernel", platform);

/** Packages that are not bundled: those with binaries, and those that cells may share with lib. */
const external = [
  "@tensorflow/*",
  "@tslab/*",
  "danfojs-node",
  "esbuild",
  "hnswlib-node",
  "onnxruntime-node",
  "playwright-core",
  "sharp",
  "tslab",
  "tsx",
  "typescript",
  "zeromq",
];

/** The prepared files by their names; null where there are none, or where they are not of what is here now. */
function readPrepared(folder = preparedFolder) {
  try {
    const manifest = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8"));
    if (manifest.root !== root || manifest.platform !== platform) return null;
    for (const [name, sum] of Object.entries(manifest.inputs))
      if (digest(readFileSync(path.join(root, name))) !== sum) return null;
    const files = {};
    for (const [name, sum] of Object.entries(manifest.outputs)) {
      const data = readFileSync(path.join(folder, name));
      if (digest(data) !== sum) return null;
      files[name] = data;
    }
    return files;
  } catch {
    return null; // not there, or not as it was written: the manifest is the only promise
  }
}

/** Loads the prepared kernel and returns its `startKernel`; null where nothing is prepared. */
function loadPrepared() {
  const prepared = readPrepared();
  return prepared && ((connectionFile) => usePrepared(preparedFolder, prepared).startKernel(connectionFile));
}

/** The kernel's functions, from the files that `readPrepared` gave, and the script that they are from. */
function usePrepared(folder, files) {
  process.setSourceMapsEnabled(true); // stacks name the sources, as with tsx
  const file = path.join(folder, "kernel.cjs");
  const bundle = new Module(file);
  bundle.filename = file;
  bundle.paths = Module._nodeModulePaths(root);
  Module._cache[file] = bundle; // with it Node would forget its source map
  bundle._compile("//# sourceMappingURL=kernel.cjs.map", file); // a script that runs with kept code has no map of its own
  const kept = readCode(files);
  const source = files["kernel.cjs"].toString("utf8");
  const script = runModule(bundle, source, "kernel.cjs", kept);
  serveCode(kept);
  serveModules(bundle.exports.modules);
  const declarations = JSON.parse(files["declarations.json"].toString("utf8"));
  const { kernel, session } = bundle.exports;
  return {
    startKernel: (connectionFile) => kernel().startKernel(connectionFile, declarations),
    newSession: () => new (session().CellSession)(declarations),
    loadKernel: kernel,
    bundle: { source, script },
  };
}

/** A module of lib is that of the bundle, whoever asks for it and by whichever name. */
function serveModules(modules) {
  const served = new Set();
  for (const [name, load] of Object.entries(modules)) {
    const file = path.join(root, name);
    const module = new Module(file);
    module.filename = file;
    module.loaded = true;
    let exports;
    Object.defineProperty(module, "exports", { get: () => (exports ??= load()) });
    Module._cache[file] = module;
    served.add(file);
  }
  const asInstalled = new RegExp(`^(${external.join("|").replaceAll("*", ".*")})(/|$)`);
  let resolve = Module._resolveFilename;
  let others = false;
  Module._resolveFilename = function (request, parent, ...rest) {
    if (/^\.{1,2}\//.test(request) || path.isAbsolute(request)) {
      const file = path.resolve(path.dirname(parent?.filename ?? ""), request);
      for (const name of [file.replace(/\.js$/, ".ts"), `${file}.ts`]) if (served.has(name)) return name;
    }
    // A person's own TypeScript, and ES modules, are loaded through tsx, as without a preparation.
    const fromCell = path.basename(parent?.filename ?? "") === "cell.ts";
    if (fromCell && !others && !Module.isBuiltin(request) && !asInstalled.test(request)) {
      others = true;
      // Below whatever finds modules by now: what a cell outside the project has from the project asks tsx too.
      const found = Module._resolveFilename;
      Module._resolveFilename = resolve;
      require("tsx/cjs");
      resolve = Module._resolveFilename;
      Module._resolveFilename = found;
    }
    return resolve.call(this, request, parent, ...rest);
  };
}

module.exports = {
  external,
  loadPrepared,
  platform,
  preparedFolder,
  readPrepared,
  root,
  usePrepared,
};
