import assert from "node:assert/strict";
import { test } from "node:test";
import { openRealGalaxies } from "../../lib/study/real-galaxies.js";
import { scratch } from "../scratch.js";

const run = { profile: "quick", seed: 1 } as const;

test("real galaxies are not studied beside a person's own images, nor without the set that judges", async (t) => {
  scratch(t);
  const before = process.env.LATENT_SKY_DATA;
  delete process.env.LATENT_SKY_DATA;
  t.after(() => {
    if (before !== undefined) process.env.LATENT_SKY_DATA = before;
  });
  const own = await openRealGalaxies({ ...run, dataset: "/home/you/my-images" });
  assert.deepEqual([own.study, /images of your own/.test(own.note)], [null, true]);
  const missing = await openRealGalaxies({ ...run, dataset: "mock" });
  assert.equal(missing.study, null);
  assert.match(
    missing.note,
    /needs Galaxy Zoo 2 \(.*galaxy-zoo-2-sample\.zip\): npm run data -- galaxy-zoo-2/,
  );
});

const skip = process.env.LATENT_SKY_DATA ? false : "LATENT_SKY_DATA is not set";
test("the quick profile takes the sample and the smallest of the other sets", { skip }, async (t) => {
  scratch(t);
  const { study, note } = await openRealGalaxies({ ...run, dataset: "mock" });
  t.after(() => study?.close());
  assert.equal(study?.dataset.name, "galaxy-zoo-2+decals-examples");
  assert.match(note, /judged on galaxy-zoo-2/);
});
