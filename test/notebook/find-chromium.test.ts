import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tools } from "../../environment/setup/system.mjs";
import { findChromium } from "../../lib/notebook/find-chromium.mjs";
import { scratch } from "../scratch.js";

test("set-up and figures find the same Chromium: the chosen one if it can be run, else the first on PATH", (t) => {
  const folder = scratch(t);
  const before = { ...process.env };
  t.after(() => {
    process.env.PATH = before.PATH;
    if (before.LATENT_SKY_CHROMIUM === undefined) delete process.env.LATENT_SKY_CHROMIUM;
    else process.env.LATENT_SKY_CHROMIUM = before.LATENT_SKY_CHROMIUM;
  });
  const present = () => tools.find((tool) => tool.name === "Chromium")!.present();
  const path = join(folder, "google-chrome");
  writeFileSync(path, "#!/bin/sh\n");
  process.env.PATH = folder;
  delete process.env.LATENT_SKY_CHROMIUM;
  chmodSync(path, 0o755);
  assert.equal(findChromium(), path);
  // A file that is there and cannot be run was found by the set-up and by nobody else.
  process.env.LATENT_SKY_CHROMIUM = join(folder, "notes.txt");
  writeFileSync(process.env.LATENT_SKY_CHROMIUM, "");
  assert.equal(findChromium(), null);
  assert.equal(present(), false);
});
