import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { test } from "node:test";
import { mockRadio } from "../../../lib/data/mock/mock-radio.js";
import { pickle } from "../../../lib/data/mock/pickle.js";
import { renderRadioGalaxy } from "../../../lib/data/mock/radio-galaxy.js";
import { openDataset } from "../../../lib/data/open-dataset.js";
import { unpickle } from "../../../lib/data/pickle/pickle.js";
import { evaluationOf } from "../../../lib/data/votes/evaluation.js";
import { scratch } from "../../scratch.js";

scratch();

test("the MiraBest loader reads it: classes in proportion, the same bytes for a seed", async () => {
  const path = await mockRadio({ size: 160, seed: 3 });
  const dataset = await openDataset(path);
  assert.equal(dataset.length, 160);
  const count = (code: string) => dataset.labels!.filter((l) => l === code).length;
  // 160 of MiraBest's 1256: 339 and 432 become 43 and 55.
  assert.deepEqual([count("100"), count("200")], [43, 55]);
  const { indices, classes } = evaluationOf({ labels: dataset.labels, votes: null }, dataset.evaluation)!;
  assert.deepEqual(classes, ["FRI", "FRII"]);
  assert.ok(indices.length > 90 && indices.length < 120);
  const image = await dataset.image(7);
  assert.deepEqual([image.width, image.height, image.channels], [150, 150, 1]);
  assert.equal(Math.max(...image.data), 255);
  assert.match(dataset.ids[0], /^\d{3}_\d{3}\.\d{3}[+-]\d{2}\.\d{3}_\d\.\d{4}_\d{4}\.\d{2}$/);
  await dataset.close();
  const bytes = readFileSync(path);
  rmSync(path);
  assert.ok(readFileSync(await mockRadio({ size: 160, seed: 3 })).equals(bytes));
});

test("FRI are brightest in the middle, FRII at the ends, and most of the sky is clipped", () => {
  const outerShare = (kind: "FRI" | "FRII", seed: number) => {
    const { data } = renderRadioGalaxy({ kind, seed, extent: 60, typicality: 1, core: 0.1, asymmetry: 1 });
    let [all, outer, empty] = [0, 0, 0];
    for (let k = 0; k < data.length; k++) {
      const r = Math.hypot((k % 150) - 74.5, Math.floor(k / 150) - 74.5);
      all += data[k];
      if (r > 20 && r < 40) outer += data[k];
      if (data[k] === 0) empty++;
    }
    assert.ok(empty > 0.8 * data.length);
    return outer / all;
  };
  const mean = (kind: "FRI" | "FRII") =>
    Array.from({ length: 12 }, (_, s) => outerShare(kind, s)).reduce((a, b) => a + b) / 12;
  assert.ok(mean("FRII") > mean("FRI") + 0.15, `${mean("FRII")} against ${mean("FRI")}`);
});

test("wide lobes and relics light more of the sky", () => {
  const lit = (more: object) => {
    let n = 0;
    for (let seed = 0; seed < 8; seed++)
      for (const v of renderRadioGalaxy({ seed, extent: 60, signalToNoise: 300, ...more }).data)
        if (v > 0) n++;
    return n;
  };
  assert.ok(lit({ lobeWidth: 0.25 }) > 1.2 * lit({ lobeWidth: 0.06 }));
  assert.ok(lit({ relic: 1.5 }) > 1.2 * lit({}));
});

test("the pickle writer's values come back, and only numpy's own functions are named", () => {
  const value = { name: "batch é", list: [0, -5, 255, 70000, 1.5, null], nested: [["a"], []] };
  const back = unpickle(pickle(value), { allow: {} }) as Map<string, unknown>;
  assert.deepEqual(Object.fromEntries(back), value);
  const called: string[] = [];
  assert.throws(() =>
    unpickle(pickle([{ data: Uint8Array.of(1, 2), shape: [2] }]), {
      allow: (name) => {
        called.push(name);
        return undefined;
      },
    }),
  );
  assert.deepEqual(called, ["numpy.core.multiarray._reconstruct"]);
});
