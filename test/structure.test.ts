import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, normalize, relative } from "node:path";
import { test } from "node:test";
import ts from "typescript";

/** The layers in the order data flows: a file may import from its own layer and from those before it. */
const layers = [
  "files",
  "engine",
  "data",
  "preprocess",
  "nn",
  "models",
  "discovery",
  "survey",
  "figures",
  "notebook",
  "study",
  "command",
];

interface Import {
  from: string;
  to: string;
  line: number;
  /** `import()`: loaded when first needed. */
  later: boolean;
}

const files = (readdirSync("lib", { recursive: true }) as string[])
  .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
  .map((file) => join("lib", file))
  .sort();
const parsed = (file: string) =>
  ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
const sources = new Map(files.map((file) => [file, parsed(file)]));
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const source = sources.get(file)!;
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, later = false) => {
    if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith(".")) return;
    const to = normalize(join(dirname(file), specifier.text)).replace(/\.js$/, ".ts");
    const { line } = source.getLineAndCharacterOfPosition(specifier.getStart());
    found.push({ from: file, to, line: line + 1, later });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], true);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Where a file stands; files of lib itself (random numbers, worker pool) are below all layers, its index above. */
function layerOf(file: string): number {
  if (file === join("lib", "index.ts")) return layers.length;
  const [, folder, ...rest] = file.split(/[\\/]/);
  if (!rest.length) return -1;
  assert.ok(layers.includes(folder), `${file} is in no known layer: ${layers.join(", ")}`);
  return layers.indexOf(folder);
}

const shown = ({ from, to, line }: Import) => `${from}:${line} imports ${to}`;

test("every import of lib leads to a file of lib", () => {
  assert.ok(files.length > 150 && imports.length > 400, `${files.length} files, ${imports.length} imports`);
  const lost = imports.filter(({ to }) => !sources.has(to) && !to.endsWith(".mjs"));
  assert.deepEqual(lost.map(shown), []);
});

test("no import cycles in lib, types included", () => {
  const next = new Map<string, string[]>();
  for (const { from, to, later } of imports) if (!later) next.set(from, [...(next.get(from) ?? []), to]);
  assert.deepEqual(cycles(files, next), []);
});

test("the search for cycles finds one", () => {
  const next = new Map([
    ["a", ["b"]],
    ["b", ["c", "d"]],
    ["c", ["b"]],
  ]);
  assert.deepEqual(cycles(["a", "b", "c", "d"], next), ["b -> c -> b"]);
});

/** Each cycle that a depth-first walk closes, as "a -> b -> a". */
function cycles(all: readonly string[], next: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file].join(" -> "));
    if (at >= 0 || done.has(file)) return;
    for (const to of next.get(file) ?? []) walk(to, [...path, file]);
    done.add(file);
  };
  for (const file of all) walk(file, []);
  return found;
}

test("data flows one way: no layer imports from one above it, types included", () => {
  const upward = imports.filter(({ from, to }) => layerOf(to) > layerOf(from));
  assert.deepEqual(upward.map(shown), []);
});

test("models stand on the ground floor and the engine alone: they know nothing of datasets", () => {
  const known = imports.filter(
    ({ from, to }) => from.startsWith(join("lib", "models")) && to.startsWith(join("lib", "data")),
  );
  assert.deepEqual(known.map(shown), []);
});

test("lib does not reach environment, not even by a path in a string", () => {
  const reaching = files.filter((file) => /["'`/]environment\//.test(readFileSync(file, "utf8")));
  assert.deepEqual(reaching, []);
});

test("a dataset knows its sky: nothing outside data and study/skies.ts asks for its name", () => {
  const asking = files.filter(
    (file) =>
      !file.startsWith(join("lib", "data")) &&
      file !== join("lib", "study", "skies.ts") &&
      /dataset\.name ===|\.name\.startsWith|=== "radio"/.test(readFileSync(file, "utf8")),
  );
  assert.deepEqual(asking, []);
});

test("one idea per file: none of lib is longer than 300 lines, in whatever language", () => {
  const written = (readdirSync("lib", { recursive: true }) as string[])
    .filter((file) => /\.(ts|mjs|cc|h|cu)$/.test(file) && !/(^|[\\/])(build|node_modules)[\\/]/.test(file))
    .map((file) => join("lib", file));
  assert.ok(written.length > files.length + 50, `${written.length} files`);
  const long = written
    .map((file) => ({ file, lines: readFileSync(file, "utf8").split("\n").length - 1 }))
    .filter(({ lines }) => lines > 300);
  assert.deepEqual(long, []);
});

test("notebooks with their outputs are together under ten megabytes", () => {
  const names = readdirSync("notebooks").filter((name) => name.endsWith(".ipynb"));
  const bytes = names.reduce((sum, name) => sum + statSync(join("notebooks", name)).size, 0);
  assert.ok(names.length > 10 && bytes < 10e6, `${names.length} notebooks have ${bytes} bytes`);
});

test("a function does one thing: none is longer than 105 lines", () => {
  const others = (readdirSync("environment", { recursive: true }) as string[])
    .filter((file) => /\.(ts|mts)$/.test(file))
    .map((file) => join("environment", file));
  const environment = others.map((file) => [file, parsed(file)] as const);
  const long: string[] = [];
  for (const [file, source] of [...sources, ...environment]) {
    const lineOf = (at: number) => source.getLineAndCharacterOfPosition(at).line + 1;
    const visit = (node: ts.Node): void => {
      const lines = ts.isFunctionLike(node) ? 1 + lineOf(node.end) - lineOf(node.getStart()) : 0;
      if (lines > 105) long.push(`${file}:${lineOf(node.getStart())}: ${lines} lines`);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  assert.deepEqual(long, []);
});

test("lib/index.ts ascends by layer, each under a heading of its own", () => {
  const index = join("lib", "index.ts");
  const order = imports.filter(({ from }) => from === index).map(({ to }) => layerOf(to));
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  const headings = readFileSync(index, "utf8").match(/^\/\/ .+\n\n/gm) ?? [];
  assert.equal(headings.length, new Set(order).size);
});

test("every name of lib/index.ts is explained where it is defined", () => {
  const options = { strict: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const program = ts.createProgram(["lib/index.ts"], {
    ...options,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    skipLibCheck: true,
    types: ["node"],
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const index = program.getSourceFile("lib/index.ts")!;
  const names = checker.getExportsOfModule(checker.getSymbolAtLocation(index)!);
  assert.ok(names.length > 60, `${names.length} names`);
  const bare = names.filter((name) => {
    const symbol = name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name;
    return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim().length < 20;
  });
  assert.deepEqual(
    bare.map((name) => name.name),
    [],
  );
});

/** The compiler within tslab, older than the project's own: what it refuses no notebook can import. */
test("lib compiles with the kernel's TypeScript", () => {
  const kernels = createRequire(import.meta.url)("@tslab/typescript-for-tslab") as typeof ts;
  assert.equal(kernels.version, "5.0.4");
  const program = kernels.createProgram(["lib/index.ts"], {
    strict: true,
    target: kernels.ScriptTarget.ES2022,
    module: kernels.ModuleKind.ESNext,
    moduleResolution: kernels.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
    types: ["node"],
    esModuleInterop: true,
    skipLibCheck: true,
    noEmit: true,
  });
  const refused = kernels.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const name = file ? relative(".", file.fileName) : "";
    return `${name}: ${kernels.flattenDiagnosticMessageText(messageText, " ")}`;
  });
  assert.deepEqual(refused, []);
});

test("the citation names the version of the package", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  assert.match(
    readFileSync("CITATION.cff", "utf8"),
    new RegExp(`^version: ${version.replaceAll(".", "\\.")}$`, "m"),
  );
});

test("lines of the notebooks' code fit a page: 95 columns at most", () => {
  const notebooks = readdirSync("notebooks").filter((name) => name.endsWith(".ipynb"));
  const wide = notebooks.flatMap((name) =>
    (JSON.parse(readFileSync(join("notebooks", name), "utf8")).cells as Cell[])
      .filter((cell) => cell.cell_type === "code")
      .flatMap((cell) =>
        cell.source
          .join("")
          .split("\n")
          .filter((line) => line.length > 95),
      )
      .map((line) => `${name}: ${line}`),
  );
  assert.ok(notebooks.length > 11, notebooks.join());
  assert.deepEqual(wide, []);
});

interface Cell {
  cell_type: string;
  source: string[];
}
