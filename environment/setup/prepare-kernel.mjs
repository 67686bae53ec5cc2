/**
 * Prepares the kernel for a quick start: makes the folder that environment/kernel/prepared.cjs loads and describes.
 * Takes a quarter of a minute after a change in lib; where nothing changed, only digests are compared.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import ts from "typescript";
import code from "../kernel/kept-code.cjs";
import prepared from "../kernel/prepared.cjs";

const { digest } = code;
const { external, platform, preparedFolder, readPrepared, root } = prepared;

const manifest = "manifest.json";

/** What decides what is made, beside the sources themselves: settings, versions of packages, and how it is made. */
const recipe = [
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.package.json",
  "environment/kernel/kept-code.cjs",
  "environment/kernel/prepared.cjs",
  "environment/setup/prepare-kernel.mjs",
  "environment/setup/keep-code.cjs",
];

/**
 * Makes `folder` unless what lies there is of the sources as they are. It is written beside and moved, so that it is
 * whole or not there; of two that prepare at once the later stays. A running kernel has read what it needs.
 */
export async function prepareKernel(say, folder = preparedFolder) {
  if (readPrepared(folder)) return;
  say("Preparing the kernel for a quick start ...");
  let draft;
  try {
    mkdirSync(dirname(folder), { recursive: true });
    removeLeft(dirname(folder));
    draft = mkdtempSync(join(dirname(folder), "making-"));
    const inputs = new Map();
    const read = (name) => {
      const text = readFileSync(join(root, name));
      if (!inputs.has(name)) inputs.set(name, digest(text));
      return text.toString("utf8");
    };
    for (const name of recipe) read(name);
    const outputs = await bundle(folder, read);
    outputs["declarations.json"] = JSON.stringify(declarations(read));
    for (const [name, text] of Object.entries(outputs)) writeFileSync(join(draft, name), text);
    seal(draft, inputs);
    keepCode(draft, folder);
    seal(draft, inputs);
    if (!readPrepared(draft)) throw new Error("a source was edited meanwhile; say the same command again.");
    chmodSync(draft, 0o755); // also for those who only use this checkout
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } catch (error) {
    // Another set-up that moved its own there first has prepared the same.
    if (!readPrepared(folder))
      say(`The kernel will start more slowly, for it cannot be prepared: ${error.message}`);
  } finally {
    if (draft) rmSync(draft, { recursive: true, force: true });
  }
}

/** What a set-up that was killed has left; none takes an hour. */
function removeLeft(within) {
  for (const name of readdirSync(within)) {
    const path = join(within, name);
    const old =
      name.startsWith("making-") &&
      Date.now() - statSync(path, { throwIfNoEntry: false })?.mtimeMs > 3_600_000;
    if (old) rmSync(path, { recursive: true, force: true });
  }
}

/** The manifest, of what went in and of all that lies in `folder`. */
function seal(folder, inputs) {
  const names = readdirSync(folder).filter((name) => name !== manifest);
  const outputs = Object.fromEntries(names.map((name) => [name, digest(readFileSync(join(folder, name)))]));
  const content = { root, platform, inputs: Object.fromEntries(inputs), outputs };
  writeFileSync(join(folder, manifest), JSON.stringify(content, null, 1));
}

/** Has a process run a first cell, and keeps what V8 compiled for it. */
function keepCode(draft, folder) {
  const script = join(root, "environment/setup/keep-code.cjs");
  const { status, stderr } = spawnSync(process.execPath, [script, draft, folder], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`a first cell failed: ${stderr}`);
}

/** Kernel and lib in one file. Each module of lib is there by its name, and run when it is first asked for. */
async function bundle(folder, read) {
  // Not in it: the command, and what a browser runs, which waits at its top.
  const modules = sources().filter((name) => !/^lib\/(command\/|notebook\/pages\/.*main\.ts$)/.test(name));
  const table = modules.map(
    (name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(`./${name}`)})`,
  );
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `exports.modules = {${table.join(",\n")}};
        exports.kernel = () => require("./environment/kernel/kernel.ts");
        exports.session = () => require("./environment/kernel/cell-session.ts");`,
      resolveDir: root,
      loader: "js",
    },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    supported: { "dynamic-import": false }, // kept code cannot; all that is left out is CommonJS
    outfile: join(folder, "kernel.cjs"),
    minifyWhitespace: true,
    keepNames: true,
    sourcemap: "linked",
    sourcesContent: false,
    external,
    logLevel: "silent",
    define: { "import.meta.url": "$place" },
    plugins: [
      { name: "where each module stood, and what it was", setup: ({ onLoad }) => placed(onLoad, read) },
    ],
  });
  for (const name of Object.keys(metafile.inputs)) if (name !== "<stdin>") read(name);
  const [map, code] = ["kernel.cjs.map", "kernel.cjs"].map((name) =>
    outputFiles.find(({ path }) => path === join(folder, name)),
  );
  return { "kernel.cjs.map": map.text, "kernel.cjs": code.text };
}

/** Addons and workers are found beside the file that asks for them, which the bundle is not. */
function placed(onLoad, read) {
  onLoad({ filter: /[\\/]lib[\\/].*\.ts$/ }, ({ path }) => {
    const name = relative(root, path).replaceAll("\\", "/");
    if (!name.startsWith("lib/")) return undefined;
    const place = `const $place = ${JSON.stringify(pathToFileURL(path).href)};`;
    return { contents: place + read(name), loader: "ts" };
  });
}

/** Lib's declarations by the names they would have beside the sources, with less of TensorFlow.js behind them. */
function declarations(read) {
  const { config } = ts.readConfigFile(join(root, "tsconfig.package.json"), (path) =>
    read(relative(root, path)),
  );
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const names = fileNames.filter((name) => !/\/lib\/(command|notebook\/pages)\//.test(name));
  const lib = join(root, "lib");
  const program = ts.createProgram(names, { ...options, outDir: lib, emitDeclarationOnly: true });
  const made = { [smallTensorFlowName]: smallTensorFlow(read) };
  program.emit(undefined, (path, text) => {
    const name = relative(root, path).replaceAll("\\", "/");
    if (name.endsWith(".d.ts")) made[name] = withSmallTensorFlow(text, name);
  });
  for (const name of Object.keys(made))
    if (name !== smallTensorFlowName) read(name.replace(/\.d\.ts$/, ".ts"));
  return made;
}

const smallTensorFlowName = "lib/engine/small-tensorflow.d.ts";

/**
 * The tensors of TensorFlow.js, from the same files as the whole of it, so that they are the same types in a cell
 * that imports it. Lib's declarations need no more, and the whole is six hundred files; its chained operations
 * (`x.add(y)`), a file each, are put together.
 */
function smallTensorFlow(read) {
  const core = "@tensorflow/tfjs-core/dist";
  const folder = `node_modules/${core}/public/chained_ops`;
  const imports = new Set();
  const methods = [];
  for (const name of readdirSync(join(root, folder)).sort()) {
    const text = name.endsWith(".d.ts") ? read(`${folder}/${name}`) : "";
    const added = /declare module '..\/..\/tensor' \{([\s\S]*)\}/.exec(text);
    if (!added) continue;
    methods.push(added[1]);
    for (const [, names, from] of text.matchAll(/import \{ (.*) \} from '..\/..\/(.*)'/g))
      for (const name of names.split(", ")) imports.add(`import { ${name} } from "${core}/${from}";`);
  }
  if (!methods.length) throw new Error(`${folder} holds no chained operations.`);
  return [
    ...["tensor", "tensor_info", "types"].map((name) => `export * from "${core}/${name}";`),
    ...imports,
    `declare module "${core}/tensor" {${methods.join("")}}`,
    "",
  ].join("\n");
}

const small = /^(Tensor(Info|[1-6]D)?|Variable|Scalar|DataType|Rank)$/;

function withSmallTensorFlow(text, name) {
  const used = [...text.matchAll(/\btf\.(\w+)/g)].map((m) => m[1]);
  if (!used.every((type) => small.test(type))) return text;
  const to = relative(dirname(name), smallTensorFlowName.replace(/\.d\.ts$/, ".js")).replaceAll("\\", "/");
  return text.replace(/from "@tensorflow\/tfjs"/, `from "${to.startsWith(".") ? to : `./${to}`}"`);
}

function sources() {
  return readdirSync(join(root, "lib"), { recursive: true })
    .map((name) => `lib/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .sort();
}
