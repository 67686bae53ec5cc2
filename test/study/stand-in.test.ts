import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { paths } from "../../lib/files/paths.js";
import { skies } from "../../lib/study/skies.js";
import { scratch } from "../scratch.js";

test("MiraBest stands beside a released survey where it is here, never beside a person's own images", async (t) => {
  scratch(t);
  const before = process.env.LATENT_SKY_DATA;
  delete process.env.LATENT_SKY_DATA;
  t.after(() => {
    if (before !== undefined) process.env.LATENT_SKY_DATA = before;
  });
  const standIn = (own: boolean) => skies.radio.standIn({ drawn: false, own });
  assert.equal(await standIn(false), "mock-radio", "it is not here");
  mkdirSync(paths.cache("downloads"), { recursive: true });
  writeFileSync(paths.cache("downloads", "MiraBest_F_batches.tar.gz"), "");
  assert.equal(await standIn(false), "mirabest");
  assert.equal(await standIn(true), "mock-radio");
});
