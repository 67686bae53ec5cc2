import assert from "node:assert/strict";
import { test } from "node:test";
import { engineStats } from "../../lib/engine/engine.js";
import {
  assertClose,
  missing,
  nativeSettings,
  type Result,
  run,
  type Setting,
  TOLERANCE,
  use,
} from "./compare.js";
import { onActivations, poolingAndNorm } from "./kernel-cases/behind-convolutions.js";
import { convolutions, products } from "./kernel-cases/convolutions-and-products.js";
import { elementwise, reductionsAndCopies } from "./kernel-cases/elementwise-and-reductions.js";

/** Every kernel against tfjs' JavaScript one, on random shapes: on WebAssembly, and natively in f32 and again in bf16. */
const all = [
  ...convolutions(),
  ...products(),
  ...elementwise(),
  ...reductionsAndCopies(),
  ...poolingAndNorm(),
  ...onActivations(),
];
test(`${all.length * 2} random cases agree with tfjs' JavaScript kernels`, async (t) => {
  await use("cpu");
  const expected: Result[][] = all.map((c) => run(c.f));
  assert.ok(all.length * 2 >= 300);
  for (const setting of ["wasm", ...nativeSettings] as Setting[]) {
    await t.test(setting, { skip: missing(setting) }, async () => {
      await use(setting);
      all.forEach((c, i) => {
        assertClose(run(c.f), expected[i], TOLERANCE[setting], c.name);
      });
      assert.deepEqual(engineStats().fallbacks, {}, "one of them fell back");
    });
  }
});
