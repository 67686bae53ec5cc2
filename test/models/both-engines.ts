import { test } from "node:test";
import { numeric } from "../../lib/engine/numeric/numeric.js";

/** Runs `check` once with the TypeScript references and once with the native loops (skipped where not built). */
export function bothEngines(name: string, check: () => void | Promise<void>): void {
  test(`${name} (TypeScript)`, () => withoutNative(check));
  const built = numeric() !== null;
  test(`${name} (native)`, { skip: built ? false : "the numeric addon is not built" }, check);
}

/** `run` with the native loops switched off. */
export async function withoutNative<T>(run: () => T | Promise<T>): Promise<T> {
  const before = process.env.LATENT_SKY_NUMERIC;
  process.env.LATENT_SKY_NUMERIC = "off";
  try {
    return await run();
  } finally {
    if (before === undefined) delete process.env.LATENT_SKY_NUMERIC;
    else process.env.LATENT_SKY_NUMERIC = before;
  }
}
