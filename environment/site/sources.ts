import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { paths } from "../../lib/files/paths.js";

/**
 * The notebooks a site is made of, in order of their names. `from` names a folder whose notebooks are taken as they
 * are. Without it the project's own: each as it was last run (`out/notebooks`), else as it is in `notebooks`.
 */
export async function siteSources(from?: string): Promise<string[]> {
  const folder = from ?? "notebooks";
  const names = await notebooksOf(folder);
  if (!names.length) {
    throw new Error(`There are no notebooks in ${resolve(folder)}: name a folder that has some with --from.`);
  }
  if (from) return names.map((name) => join(from, name));
  const executed = new Set(await notebooksOf(paths.out("notebooks")));
  return names.map((name) => (executed.has(name) ? paths.out("notebooks", name) : join(folder, name)));
}

async function notebooksOf(folder: string): Promise<string[]> {
  if (!(await stat(folder).catch(() => null))?.isDirectory()) return [];
  return (await readdir(folder)).filter((name) => name.endsWith(".ipynb")).sort();
}
