import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, test } from "node:test";
import { paths } from "../../lib/files/paths.js";
import { keepLastRun, lastRun } from "../../lib/study/last-run.js";
import { settings, settingsEnvironment } from "../../lib/study/settings.js";
import { scratch } from "../scratch.js";

const variables = ["LATENT_SKY_PROFILE", "LATENT_SKY_DATASET", "LATENT_SKY_SEED"];
const before = variables.map((name) => process.env[name]);
afterEach(() => {
  for (const [i, name] of variables.entries()) {
    if (before[i] === undefined) delete process.env[name];
    else process.env[name] = before[i];
  }
});
const clear = () => {
  for (const name of variables) delete process.env[name];
};

test("quick, mock, 0 where nobody says anything; the cell's words otherwise", () => {
  clear();
  assert.deepEqual(settings(), { profile: "quick", dataset: "mock", seed: 0 });
  assert.deepEqual(settings({ profile: "paper", seed: 7 }), { profile: "paper", dataset: "mock", seed: 7 });
});

test("what was set for the run wins over the cell", () => {
  clear();
  process.env.LATENT_SKY_PROFILE = "standard";
  process.env.LATENT_SKY_SEED = "12";
  assert.deepEqual(settings({ profile: "paper", dataset: "mirabest", seed: 7 }), {
    profile: "standard",
    dataset: "mirabest",
    seed: 12,
  });
});

test("a wrong value is named with its source and the choices", () => {
  clear();
  process.env.LATENT_SKY_PROFILE = "fast";
  assert.throws(() => settings(), /LATENT_SKY_PROFILE.*"fast".*quick, standard, paper/);
  clear();
  assert.throws(() => settings({ seed: 1.5 }), /seed must be a whole number/);
  process.env.LATENT_SKY_SEED = "-1";
  assert.throws(() => settings(), /LATENT_SKY_SEED: the seed/);
  clear();
  assert.throws(() => settings({ sead: 1 } as never), /not sead/);
});

test("the options of a command become the environment of its kernels; a folder is meant from where npm was called", () => {
  process.env.INIT_CWD = "/home/me";
  assert.deepEqual(settingsEnvironment({ profile: "paper", dataset: "./images", seed: "5" }), {
    LATENT_SKY_PROFILE: "paper",
    LATENT_SKY_SEED: "5",
    LATENT_SKY_DATASET: "/home/me/images",
  });
  assert.deepEqual(settingsEnvironment({ dataset: "mirabest" }), { LATENT_SKY_DATASET: "mirabest" });
  assert.deepEqual(settingsEnvironment({ dataset: "galaxy-zoo-2+./images" }), {
    LATENT_SKY_DATASET: "galaxy-zoo-2+/home/me/images",
  });
  assert.throws(() => settingsEnvironment({ seed: "many" }), /--seed: the seed must be a whole number/);
});

test("what the last run was told is known to the next command, and nothing else of its environment", async (t) => {
  scratch(t);
  assert.deepEqual(await lastRun(), {}, "nothing was run");
  const told = { LATENT_SKY_PROFILE: "quick", LATENT_SKY_DATASET: "/home/me/images" };
  await keepLastRun({ ...told, LATENT_SKY_SEED: "", HOME: "/home/me" });
  assert.deepEqual(await lastRun(), told);
  mkdirSync(dirname(paths.cache("last-run.json")), { recursive: true });
  writeFileSync(paths.cache("last-run.json"), "{ half");
  assert.deepEqual(await lastRun(), {});
});
