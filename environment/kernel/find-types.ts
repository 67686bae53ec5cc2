import { isBuiltin } from "node:module";
import { posix } from "node:path";
import type ts from "typescript";

type Resolved = ts.ResolvedModuleWithFailedLookupLocations;

/** What of a program's host the compiler asks where types lie. */
type TypesHost = Pick<
  ts.WatchCompilerHost<ts.BuilderProgram>,
  "resolveModuleNameLiterals" | "resolveTypeReferenceDirectiveReferences" | "hasInvalidatedResolutions"
>;

interface Places {
  /** The folder of the notebook. */
  cwd: string;
  project: string;
  /** The files that a cell is compiled as. */
  cells: ReadonlySet<string>;
  /** Declarations of lib's modules in place of their sources, by path. */
  declarations: ReadonlyMap<string, string>;
}

/** Types that are not read: large, behind what hardly a cell asks for, and `any` without them. */
const passedOver = [
  { within: "/node_modules/danfojs-node/", name: "plotly.js-dist-min" }, // of the settings of its plots
  { within: "/node_modules/@tensorflow/tfjs-core/", name: "@webgpu/types/dist" }, // of a GPU in a browser
];

const isPassedOver = (name: string, file: string) =>
  passedOver.some((types) => types.name === name && file.includes(types.within));

/**
 * Answers in the compiler's place where imported types lie, with the answers it would give itself. It would also note
 * every place where a file might appear one day, which takes a tenth of the time to a first result, and nobody looks
 * there. What a file imports is looked up once; of a cell each time, so that what it did not find may be made meanwhile.
 * A cell outside the project finds the library as "latent-sky", and in the project what it does not have itself.
 */
export function findTypes(compiler: typeof ts, host: ts.ModuleResolutionHost, places: Places): TypesHost {
  const { cwd, project, cells, declarations } = places;
  const cache = compiler.createModuleResolutionCache(cwd, (name) => name);
  const known = new WeakMap<ts.SourceFile, Map<string, Resolved>>();
  const nothing: Resolved = { resolvedModule: undefined };
  const cellOfProject = `${project}/__tslab__.ts`;

  function find(name: string, file: string, options: ts.CompilerOptions, mode: ts.ResolutionMode): Resolved {
    const isCell = cells.has(file);
    // Node's own modules are declared by name, wherever they are imported from.
    if (isBuiltin(name) || isPassedOver(name, file)) return nothing;
    if (name.startsWith(".") && declarations.has(file)) {
      const resolvedFileName = posix.join(posix.dirname(file), name).replace(/\.js$/, ".d.ts");
      if (declarations.has(resolvedFileName))
        return { resolvedModule: { resolvedFileName, extension: ".d.ts", isExternalLibraryImport: false } };
    }
    const from = (place: string, wanted: string) =>
      compiler.resolveModuleName(wanted, place, options, host, isCell ? undefined : cache, undefined, mode);
    if (project === cwd) return from(file, name);
    if (name === "latent-sky") return from(cellOfProject, "./lib/index.js");
    const own = from(file, name);
    return own.resolvedModule || !isCell ? own : from(cellOfProject, name);
  }

  return {
    resolveModuleNameLiterals: (literals, file, _redirected, options, source) => {
      const before = known.get(source) ?? new Map<string, Resolved>();
      if (!cells.has(file)) known.set(source, before);
      return literals.map((literal) => {
        const mode = compiler.getModeForUsageLocation(source, literal, options);
        const key = `${mode} ${literal.text}`;
        const found = before.get(key) ?? find(literal.text, file, options, mode);
        before.set(key, found);
        return found;
      });
    },
    resolveTypeReferenceDirectiveReferences: (references, file, redirected, options) =>
      references.map((reference) => {
        const name = typeof reference === "string" ? reference : reference.fileName.toLowerCase();
        if (isPassedOver(name, file))
          return { resolvedTypeReferenceDirective: undefined, failedLookupLocations: [] };
        const mode = typeof reference === "string" ? undefined : reference.resolutionMode;
        return compiler.resolveTypeReferenceDirective(name, file, options, host, redirected, undefined, mode);
      }),
    hasInvalidatedResolutions: (path) => cells.has(path),
  };
}
