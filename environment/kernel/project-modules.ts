import Module from "node:module";
import { join } from "node:path";

type Resolve = (request: string, parent: { filename?: string } | null, ...rest: unknown[]) => string;

/**
 * Lets cells of a notebook outside the project load the library as "latent-sky", and from the project whatever their own
 * folder does not have: a copy of a notebook of this book, with its "./lib/index.js", runs anywhere. `cellFile` is the
 * name under which cells are compiled. The compiler finds the same files, see patched-tslab.
 */
export function findProjectModules(project: string, cellFile: string): void {
  const internals = Module as unknown as {
    _resolveFilename: Resolve;
    _nodeModulePaths(folder: string): string[];
  };
  const fromProject = new Module(join(project, "cell.ts"));
  fromProject.filename = fromProject.id;
  fromProject.paths = internals._nodeModulePaths(project);
  const resolve = internals._resolveFilename;
  internals._resolveFilename = function (request, parent, ...rest) {
    if (parent?.filename !== cellFile) return resolve.call(this, request, parent, ...rest);
    if (request === "latent-sky") return resolve.call(this, "./lib/index.js", fromProject, ...rest);
    try {
      return resolve.call(this, request, parent, ...rest);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
      try {
        return resolve.call(this, request, fromProject, ...rest);
      } catch {
        throw error; // it names the person's folder, not the project's
      }
    }
  };
}
