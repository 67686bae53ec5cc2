import promises, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

/**
 * Lets the `n`-th open, write, append, sync, link or rename from now on fail, a write after half its bytes; says whether
 * it came, and which steps were taken.
 */
export async function failingAt(
  n: number,
  work: () => Promise<unknown>,
): Promise<{ failed: string; error: unknown; steps: string[] }> {
  const handle = await promises.open("/dev/null");
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const steps: string[] = [];
  let failed = "";
  const undo: (() => void)[] = [];
  const shim = (on: object, name: string, half = false) => {
    const methods = on as Record<string, (...values: unknown[]) => Promise<unknown>>;
    const real = methods[name];
    undo.push(() => {
      methods[name] = real;
    });
    methods[name] = async function (this: unknown, ...given: unknown[]) {
      // What is opened to be read is no step of writing.
      if (name === "open" && [undefined, "r"].includes(given[1] as string)) return real.apply(this, given);
      if (steps.push(name) !== n + 1) return real.apply(this, given);
      failed = name;
      const [content] = given;
      if (half && (typeof content === "string" || content instanceof Uint8Array))
        await real.call(this, content.slice(0, content.length >> 1));
      throw Object.assign(new Error(`EIO: i/o error, ${name}`), { code: "EIO" });
    };
  };
  for (const name of ["open", "rename", "appendFile", "link", "symlink", "copyFile"]) shim(promises, name);
  for (const name of ["write", "writeFile"]) shim(prototype, name, true);
  for (const name of ["sync", "datasync"]) shim(prototype, name);
  syncBuiltinESMExports();
  try {
    await work();
    return { failed, error: null, steps };
  } catch (error) {
    return { failed, error, steps };
  } finally {
    for (const back of undo) back();
    syncBuiltinESMExports();
  }
}

/** Of the steps a run took, the first and the last of each kind. */
export const endsOf = (steps: readonly string[]): number[] =>
  steps.flatMap((kind, n) => (n === steps.indexOf(kind) || n === steps.lastIndexOf(kind) ? [n] : []));
