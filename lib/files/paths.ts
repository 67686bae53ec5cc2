import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { isCheckout, packageRoot } from "../package-root.js";

/**
 * Where things lie. Read from the environment at each call, so a test or a notebook can point elsewhere.
 * A checkout keeps both folders to itself, whatever the working directory. As another project's dependency the
 * library writes results to that project's `out`, and what can be made again to the user's cache.
 */
export const paths = {
  /** Executed notebooks, figures, ledger: what a run is for. */
  out: (...parts: string[]) =>
    join(asSet("LATENT_SKY_OUT") ?? (isCheckout ? packageRoot("out") : resolve("out")), ...parts),
  /** What can be made again: mock survey, image stacks, checkpoints, features, downloads. */
  cache: (...parts: string[]) =>
    join(asSet("LATENT_SKY_CACHE") ?? (isCheckout ? packageRoot("data/cache") : usersCache()), ...parts),
  /** Folders searched for a released archive, the user's own first. */
  archives: () => [asSet("LATENT_SKY_DATA"), paths.cache("downloads")].filter((p): p is string => Boolean(p)),
};

/**
 * A path as it is shown: from the working directory where it lies within, so that a notebook that is handed on does
 * not tell its owner's folders; whole elsewhere. Opens the same file either way.
 */
export function shownPath(path: string): string {
  const from = relative(process.cwd(), path);
  return from.split(sep)[0] === ".." || isAbsolute(from) ? path : from || ".";
}

function asSet(variable: string): string | undefined {
  const folder = process.env[variable];
  return folder ? resolve(folder) : undefined;
}

const usersCache = () => join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "latent-sky");
