import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type { createConverter } from "tslab/dist/converter.js";
import type { createExecutor } from "tslab/dist/executor.js";
import type ts from "typescript";
import { packageRoot } from "../../lib/package-root.js";
import { LateDocs } from "./late-docs.js";

/**
 * tslab 1.0.22 with the few lines this project needs changed, in memory: the installed package stays as it is.
 *
 * Each patch must match exactly once. A tslab that moved on therefore stops the kernel with a sentence that names
 * the patch, instead of running cells under other rules.
 */
interface Patch {
  why: string;
  find: string;
  replace: string;
}

const patches: Record<string, Patch[]> = {
  "converter.js": [
    {
      why: "cells resolve lib/*.ts through .js specifiers and packages through their exports",
      find: "moduleResolution: ts.ModuleResolutionKind.Node10,",
      replace:
        "moduleResolution: ts.ModuleResolutionKind.Bundler, customConditions: ['node'], strict: true, noImplicitAny: false, inlineSourceMap: true,",
    },
    {
      why: "Node 20 has the array methods of ES2023",
      find: `return { target: ts.ScriptTarget.ES2022, lib: ["es2022"] };`,
      replace: `return { target: ts.ScriptTarget.ES2022, lib: ["es2023"] };`,
    },
    {
      // lib is checked by `npm test`; checking all of it again before every cell would cost a second each time.
      // What declaration emit cannot write (2527, 2742, 7056, 40xx) only costs later cells the type, see below; that
      // lib lies outside the folder of the notebook (6059) costs nothing, and a person's own file may be called by its
      // whole name (5097), since tsx loads it.
      why: "only the cell itself is type-checked",
      find: "convertDiagnostics(getPreEmitDiagnosticsWithDependencies(builder, srcFile));",
      replace:
        "convertDiagnostics(ts.getPreEmitDiagnosticsOfFiles(builder.getProgram(), [srcFile]).filter((d) => ![2527, 2742, 5097, 6059, 7056].includes(d.code) && !(d.code >= 4000 && d.code < 4104)));",
    },
    {
      // Every cell makes two programs, and a builder looks through the imports of all 1300 files for each of them.
      why: "a cell is compiled without a builder's book-keeping, which none of it reads",
      find: "}, sys, null, function (d) {",
      replace: "}, sys, ts.createAbstractBuilder, function (d) {",
    },
    {
      why: "the names that a cell declares, and where its parts stand, are known without it",
      find: "builder = b;",
      replace: `builder = b;
        for (const name of rootFiles) {
            const file = b.getSourceFile(name);
            if (file) ts.bindSourceFile(file, b.getCompilerOptions());
        }`,
    },
    {
      why: "lib is run by tsx, with correct line numbers; only cells and @module cells are emitted here",
      find: "for (const dep of getAllSrcDependencies(builder, srcFile)) {",
      replace:
        "for (const dep of [srcFilename, ...virtualFiles.keys()].filter((f) => builder.getSourceFile(f))) {",
    },
    {
      why: "a variable whose type cannot be written down stays known to later cells, as any",
      find: "declOutput += remainingDecls(",
      replace:
        "if (declOutput === undefined) declOutput = [...keys].map((k) => (locals.get(k).flags & ts.SymbolFlags.Value) ? 'export declare let ' + k + ': any;\\n' : 'export declare type ' + k + ' = any;\\n').join(''); declOutput += remainingDecls(",
    },
    {
      why: "a variable of an earlier cell may stand in an object by its name alone",
      find: "if (!ts.isIdentifier(node)) {\n                return ts.visitEachChild(node, wrapPrevIdentifier, nullTransformationContext);",
      replace: `if (ts.isShorthandPropertyAssignment(node) && checker.getShorthandAssignmentValueSymbol(ts.getOriginalNode(node))?.declarations?.some((d) => d.getSourceFile() === declsFile)) {
                return ts.factory.createPropertyAssignment(node.name, ts.factory.createPropertyAccessExpression(ts.factory.createIdentifier("exports"), node.name));
            }
            if (!ts.isIdentifier(node)) {
                return ts.visitEachChild(node, wrapPrevIdentifier, nullTransformationContext);`,
    },
    {
      why: "`await (...)` and `for await` at the top of a cell are what they are in a module",
      find: "disableTopLevelAwait: true,",
      replace: "disableTopLevelAwait: false,",
    },
    {
      why: "a cell that waits at its top is run as an asynchronous one",
      find: "let hasToplevelAwait = false;",
      replace: `const waits = (node) => !ts.isFunctionLike(node) && !ts.isClassLike(node) &&
            (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && !!node.awaitModifier) || !!ts.forEachChild(node, (child) => waits(child) || undefined));
        let hasToplevelAwait = !!builder.getSourceFile(srcFilename)?.statements.some(waits);`,
    },
    {
      // A file that changed elsewhere (an editor saving lib, another notebook writing) would start a rebuild in the
      // middle of a cell. tsx keeps loaded modules too: an edited lib is read when the kernel is restarted.
      why: "a cell sees the files as they were when first imported",
      find: "const watcher = ts.sys.watchFile(path, cb, pollingInterval);",
      replace: "const watcher = { close() {} };",
    },
    {
      why: "where types lie is answered by find-types.ts",
      find: "host.afterProgramCreate = function (b) {",
      replace: `Object.assign(host, options.findTypes(host, { cwd, cells: rootFiles }));
    host.afterProgramCreate = function (b) {`,
    },
    {
      why: "a module of lib whose declarations are prepared has these in place of its source",
      find: "return ts.sys.readFile(forwardTslabPath(cwd, path), encoding);",
      replace:
        "return options.declarations.get(path) ?? ts.sys.readFile(forwardTslabPath(cwd, path), encoding);",
    },
    {
      why: "and the source is passed over",
      find: "if (ts.sys.fileExists(forwardTslabPath(cwd, path))) {\n            return true;",
      replace: `if (options.declarations.has(path)) return true;
        if (options.declarations.has(path.replace(/\\.ts$/, ".d.ts"))) return false;
        if (ts.sys.fileExists(forwardTslabPath(cwd, path))) {
            return true;`,
    },
    {
      // The names alone need no program: half of what a small cell takes.
      why: "a cell is compiled once, not once to learn its names and once more to export them",
      find: `updateContent(prevDecl, src);
        let declsFile = builder.getSourceFile(declFilename);
        let srcFile = builder.getSourceFile(srcFilename);
        const locals = srcFile.locals;`,
      replace: `const alone = ts.createSourceFile(srcFilename, srcPrefix + src, transpileTarget, true);
        ts.bindSourceFile(alone, builder.getCompilerOptions());
        const locals = alone.locals;
        let declsFile, srcFile;
        if (!locals || locals.size === 0) {
            updateContent(prevDecl, src);
            declsFile = builder.getSourceFile(declFilename);
            srcFile = builder.getSourceFile(srcFilename);
        }`,
    },
    {
      why: "types that no cell asks for are not read",
      find: "resolveJsonModule: true,",
      replace: "resolveJsonModule: true, types: ['node'],",
    },
    {
      why: "and the types of Node",
      find: `(0, tspath_1.normalizeJoin)(__dirname, "..", "node_modules", "@types")`,
      replace: `options.project + "/node_modules/@types"`,
    },
    {
      why: "nor does a new file in a folder",
      find: "let notifyUpdateSrc = null;",
      replace: "let notifyUpdateSrc = null; sys.watchDirectory = () => ({ close() {} });",
    },
    {
      why: "the line of an error is a line of the cell",
      find: "output: esModuleToCommonJSModule(output, transpileTarget),\n            declOutput,",
      replace:
        "output: (options.onEmit?.(output), esModuleToCommonJSModule(output, transpileTarget)),\n            declOutput,",
    },
    {
      why: "the second of the two translations keeps its line table too",
      find: "module: ts.ModuleKind.CommonJS,",
      replace: "module: ts.ModuleKind.CommonJS, inlineSourceMap: true,",
    },
  ],
  "typescript.js": [
    {
      why: "documentation in declarations is read when somebody asks for it, see late-docs.ts",
      find: "function addJSDocComment(node) {",
      replace: "function addJSDocComment(node) { if (module.lateDocs.skips(fileName)) return node;",
    },
    {
      why: "and this is where it is asked for",
      find: "function getJsDocCommentsFromDeclarations(declarations, checker) {",
      replace:
        "function getJsDocCommentsFromDeclarations(declarations, checker) { module.lateDocs.read(declarations);",
    },
    {
      why: "or here, for its tags",
      find: "function getJsDocTagsFromDeclarations(declarations, checker) {",
      replace:
        "function getJsDocTagsFromDeclarations(declarations, checker) { module.lateDocs.read(declarations);",
    },
    {
      // The second parse keeps the first as its original, which has no path: a type that the cell does not import, such
      // as the one of a variable, then cannot be written into the cell's declarations, and the compiler fails.
      why: "a cell parsed again for its await before a bracket is a file like any other",
      find: "return factory2.updateSourceFile(sourceFile, setTextRange(factoryCreateNodeArray(statements), sourceFile.statements));",
      replace: `const again = factory2.updateSourceFile(sourceFile, setTextRange(factoryCreateNodeArray(statements), sourceFile.statements));
          again.original = void 0;
          return again;`,
    },
  ],
  "executor.js": [
    {
      why: "an error's stack says which cell it was, and an interrupt ends this cell only",
      find: "vm_1.default.runInThisContext(wrapped, {\n                breakOnSigint: true,\n            });",
      replace: "convs.run(wrapped);",
    },
    {
      why: "a result that cannot be printed is the cell's error",
      find: "console.log(ret);",
      replace: "try { console.log(ret); } catch (e) { console.error(e); return false; }",
    },
    {
      why: "require() in a cell resolves .js specifiers to TypeScript",
      find: `"src.js"`,
      replace: `"cell.ts"`,
    },
  ],
  "jupyter.js": [
    {
      why: "what the kernel itself failed at is the server's to say, see kernel-server.ts",
      find: 'console.error("unexpected error:", e);',
      replace: "this.execQueue.reset();\n                throw e;",
    },
    {
      why: "a cell that was sent when another had failed runs; those sent before do not, see kernel-handler.ts",
      find: "this.execQueue.reset(200);",
      replace: "this.execQueue.reset();\n                this.failedAt = Date.now();",
    },
    {
      why: "no message tells what the right signature would have been",
      find: `throw new Error(\`invalid hmac \${hmac}; want \${hex}\`);`,
      replace: 'throw new Error("a message with a wrong signature");',
    },
    {
      why: "Jupyter may ask for sockets that are files of the user's own (transport ipc)",
      find: "await sock.bind(addr);",
      replace: 'await sock.bind(conn.transport === "ipc" ? "ipc://" + conn.ip + "-" + port : addr);',
    },
    {
      why: "requests that tslab does not know are the kernel's, and no cell shows them",
      find: `console.warn(\`unknown msg_type: \${msg.header.msg_type}\`);`,
      replace: "await this.handleOther(sock, msg);",
    },
    {
      // With any other sendTimeout zeromq makes every 513th message wait for the event loop, and refuses those behind it.
      why: "a cell that prints much loses no line, and no cell the message that it has ended",
      find: "this.iopub = new zmq.Publisher();",
      replace: "this.iopub = new zmq.Publisher({ sendHighWaterMark: 0, sendTimeout: 0, ...this.limits });",
    },
    {
      why: "who sends more than a cell can have is hung up on before it is read",
      find: "this.shell = new zmq.Router();\n        this.control = new zmq.Router();\n        this.stdin = new zmq.Router();\n        this.hb = new zmq.Reply();",
      replace: `this.shell = new zmq.Router(this.limits);
        this.control = new zmq.Router(this.limits);
        this.stdin = new zmq.Router(this.limits);
        this.hb = new zmq.Reply(this.limits);`,
    },
  ],
};

const requireHere = createRequire(packageRoot("package.json"));
const distribution = dirname(requireHere.resolve("tslab/dist/main.js"));
const requireThere = createRequire(join(distribution, "main.js"));

/** Returns `source` with every patch applied; throws naming the patch that does not match exactly once. */
export function applyPatches(file: string, source: string): string {
  for (const { why, find, replace } of patches[file] ?? []) {
    const at = source.indexOf(find);
    if (at < 0 || source.indexOf(find, at + 1) >= 0) {
      const matches = source.split(find).length - 1;
      throw new Error(
        `The kernel's patch of tslab/dist/${file} ("${why}") matches ${matches} times instead of once: ` +
          "install tslab 1.0.22 (npm ci).",
      );
    }
    source = source.slice(0, at) + replace + source.slice(at + find.length);
  }
  return source;
}

/** Loads a patched file under its real name, so that tslab's own `require("./converter")` finds it. */
function load<T>(filename: string, extras: object = {}): T {
  const loaded = Object.assign(new Module(filename), extras);
  loaded.filename = filename;
  const internals = Module as unknown as { _nodeModulePaths(folder: string): string[] };
  loaded.paths = internals._nodeModulePaths(dirname(filename));
  const compiled = loaded as unknown as { _compile(source: string, filename: string): void; loaded: boolean };
  requireHere.cache[filename] = loaded;
  compiled._compile(applyPatches(basename(filename), readFileSync(filename, "utf8")), filename);
  compiled.loaded = true;
  return loaded.exports as T;
}

const lateDocs = new LateDocs();

/** The TypeScript that cells are compiled with. */
export const compiler = load<typeof ts>(requireThere.resolve("@tslab/typescript-for-tslab"), { lateDocs });
lateDocs.compiler = compiler;

// In this order: each requires those before it.
export const converter = load<{ createConverter: typeof createConverter }>(
  join(distribution, "converter.js"),
);
export const executor = load<{ createExecutor: typeof createExecutor }>(join(distribution, "executor.js"));
// biome-ignore lint/suspicious/noExplicitAny: tslab declares the members that the kernel overrides as private
export const jupyter = load<any>(join(distribution, "jupyter.js"));
