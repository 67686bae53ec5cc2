import assert from "node:assert/strict";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { startEngine } from "../../lib/engine/engine.js";
import { paths } from "../../lib/files/paths.js";
import { resnet18 } from "../../lib/nn/resnet18.js";
import type { Settings } from "../../lib/study/settings.js";
import {
  encoderFor,
  keepEncoder,
  type TrainedEncoder,
  trainedEncoders,
  wholeEncoderFor,
} from "../../lib/study/trained-encoders.js";
import { scratch } from "../scratch.js";

const encoder = (given: Partial<TrainedEncoder>): TrainedEncoder => ({
  sky: "optical",
  drawn: given.dataset === undefined || given.dataset === "mock",
  images: "some images",
  dataset: "mock",
  profile: "standard",
  seed: 1,
  start: "ImageNet",
  epochs: 8,
  trained: "2026-01-01T00:00:00.000Z",
  ...given,
});
const run = (given: Partial<Settings>): Settings => ({
  profile: "standard",
  dataset: "mock",
  seed: 1,
  ...given,
});

test("a study starts from what its own settings trained, whatever else lies in the cache", () => {
  const own = encoder({});
  const others = [
    encoder({ profile: "paper" }),
    encoder({ dataset: "galaxy-zoo-2", profile: "paper" }),
    encoder({ seed: 2 }),
  ];
  assert.equal(encoderFor(run({}), true, [...others, own]), own);
});

test("real sources start from real galaxies, drawn ones from drawn galaxies", () => {
  const drawn = encoder({ profile: "paper" });
  const real = encoder({ dataset: "galaxy-zoo-2" });
  assert.equal(encoderFor(run({ dataset: "mirabest" }), false, [drawn, real]), real);
  assert.equal(encoderFor(run({ seed: 7 }), true, [real, drawn]), drawn);
  assert.equal(encoderFor(run({ dataset: "mirabest" }), false, [drawn]), drawn);
});

test("beside a run on the mock survey real sources start from real galaxies all the same", () => {
  const own = encoder({});
  const real = encoder({ dataset: "galaxy-zoo-2", start: "random" });
  assert.equal(encoderFor(run({}), false, [own, real]), real);
  assert.equal(encoderFor(run({}), true, [own, real]), own);
});

test("then the longer training, ImageNet's start and the newest decide", () => {
  const newest = encoder({ dataset: "efigi", start: "random" });
  const older = encoder({ dataset: "efigi" });
  const oldest = encoder({ dataset: "efigi" });
  const long = encoder({ dataset: "efigi", profile: "paper", start: "random" });
  const settings = run({ dataset: "mirabest" });
  assert.equal(encoderFor(settings, false, [newest, older, oldest, long]), long);
  assert.equal(encoderFor(settings, false, [newest, older, oldest]), older);
});

test("a damaged encoder is no start: the next best is taken, and that is said", async (t) => {
  scratch(t);
  const said: string[] = [];
  t.mock.method(console, "warn", (line: string) => said.push(line));
  await startEngine();
  const net = resnet18();
  for (const trained of ["2026-02-01", "2026-01-01"])
    await keepEncoder(paths.cache("studies", "s", `encoder-${trained}`), net, encoder({ trained }));
  net.dispose();
  const encoders = await trainedEncoders("optical");
  const start = async () => (await wholeEncoderFor(run({}), true, encoders))?.trained;
  assert.equal(await start(), "2026-02-01");
  const [first, second] = encoders.map(({ file }) => file);
  truncateSync(first, 1000);
  rmSync(`${first}.sha256`); // kept by an earlier version
  assert.equal(await start(), "2026-01-01");
  assert.match(said.pop()!, /encoder-2026-02-01.* is damaged and not started from/);
  writeFileSync(second, Buffer.from(readFileSync(second)).fill(0, 100_000, 200_000));
  assert.equal(await start(), undefined);
});

test("a quick network is a start for quick runs only", () => {
  const quick = encoder({ profile: "quick" });
  assert.equal(encoderFor(run({ profile: "quick", dataset: "mirabest" }), false, [quick]), quick);
  assert.equal(encoderFor(run({ dataset: "mirabest" }), false, [quick]), null);
  assert.equal(encoderFor(run({ profile: "paper", dataset: "mirabest" }), false, [quick]), null);
  assert.equal(encoderFor(run({}), true, []), null);
});
