import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

const places = ["LATENT_SKY_OUT", "LATENT_SKY_CACHE"] as const;

/**
 * A folder of its own for one test or, without `t`, for the whole test file, gone afterwards. out/ and the cache lie in
 * it too, so that what a test writes can be counted and nothing outlives it.
 */
export function scratch(t?: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "latent-sky-test-"));
  const before = places.map((name) => process.env[name]);
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.env.LATENT_SKY_OUT = join(folder, "out");
  process.env.LATENT_SKY_CACHE = join(folder, "cache");
  // A file's tests run in a process of their own; at its exit all that they started has ended.
  if (!t) process.once("exit", remove);
  t?.after(() => {
    for (const [i, name] of places.entries())
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    remove();
  });
  return folder;
}
