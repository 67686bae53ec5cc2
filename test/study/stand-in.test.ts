import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { paths } from "../../lib/files/paths.js";
import { profileSizes } from "../../lib/study/profile-sizes.js";
import { miraBestMissing } from "../../lib/study/real-radio.js";
import { skies } from "../../lib/study/skies.js";
import { scratch } from "../scratch.js";

const release = () => paths.cache("downloads", "MiraBest_F_batches.tar.gz");

function noData(t: TestContext): void {
  scratch(t);
  const before = process.env.LATENT_SKY_DATA;
  delete process.env.LATENT_SKY_DATA;
  t.after(() => {
    if (before !== undefined) process.env.LATENT_SKY_DATA = before;
  });
  mkdirSync(paths.cache("downloads"), { recursive: true });
}

test("MiraBest is studied where it is here, never beside a person's own images", async (t) => {
  noData(t);
  writeFileSync(release(), "");
  assert.deepEqual(await skies.radio.standIn({ own: false }), { name: "mirabest" });
  assert.deepEqual(await skies.radio.standIn({ own: true }), { name: "mock-radio" });
});

test("MiraBest is fetched once where it is not here, and what hinders it is said", async (t) => {
  noData(t);
  const offline = async () => {
    throw new Error("no network");
  };
  assert.match(
    (await miraBestMissing(offline)) ?? "",
    /not on this machine, and fetching it failed: no network/,
  );
  assert.match((await miraBestMissing(async () => {})) ?? "", /not where it should be/);
  let fetched = 0;
  const fetch = async () => {
    fetched++;
    writeFileSync(release(), "");
  };
  assert.equal(await miraBestMissing(fetch), null);
  assert.equal(await miraBestMissing(fetch), null);
  assert.equal(fetched, 1);
});

test("a real radio image keeps its pixels but in the quick profile, a drawn one has the profile's size", () => {
  const side = (profile: "quick" | "standard" | "paper", drawn: boolean) =>
    skies.radio.imageSize({ drawn } as never, 150, profileSizes(profile, "radio"));
  assert.deepEqual([side("quick", false), side("standard", false), side("paper", false)], [75, 150, 150]);
  assert.equal(side("standard", true), 75);
});
