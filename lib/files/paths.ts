import { join, resolve } from "node:path";

/**
 * Where things lie. Read from the environment at each call, so a test or a notebook can point elsewhere.
 * The launcher, the runner and the npm scripts all start in the project's root.
 */
export const paths = {
  /** Executed notebooks, figures, ledger: what a run is for. */
  out: (...parts: string[]) => join(resolve(process.env.LATENT_SKY_OUT ?? "out"), ...parts),
  /** What can be made again: mock survey, image stacks, checkpoints, features, downloads. */
  cache: (...parts: string[]) => join(resolve(process.env.LATENT_SKY_CACHE ?? "data/cache"), ...parts),
  /** Folders searched for a released archive, the user's own first. */
  archives: () =>
    [process.env.LATENT_SKY_DATA && resolve(process.env.LATENT_SKY_DATA), paths.cache("downloads")].filter(
      (p): p is string => Boolean(p),
    ),
};
