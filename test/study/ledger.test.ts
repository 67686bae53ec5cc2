import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  didNotHappen,
  ledger,
  paperBesideHere,
  record,
  verdict,
  verdictsByKind,
} from "../../lib/study/ledger.js";
import { paperValues } from "../../lib/study/paper-values.js";
import { scratch } from "../scratch.js";

const mock = { dataset: "mock", profile: "quick", notebook: "04" };
const radio = { dataset: "mirabest", profile: "quick", notebook: "09" };

function emptyFolder(t: TestContext): string {
  const folder = scratch(t);
  process.env.LATENT_SKY_OUT = folder;
  t.after(() => delete process.env.LATENT_SKY_OUT);
  return folder;
}

test("every number of the paper has a row, measured or not, whole and for one dataset", async (t) => {
  emptyFolder(t);
  const ids = paperValues.map((p) => p.id);
  assert.deepEqual(
    (await ledger()).map((r) => r.id),
    ids,
  );
  assert.ok((await ledger()).every((r) => r.verdict === "not measured" && r.here === null));
  await record(mock, { "knn-accuracy": 0.9, "knn-k": 5 });
  await record(radio, { "radio-images": 1256 });
  await record(mock, { "knn-accuracy": { value: 0.94, note: "again" } });
  const here = await ledger(mock);
  assert.deepEqual(
    here.map((r) => r.id),
    ids,
  );
  const measured = here.filter((r) => r.here !== null).map(({ id, here, note }) => [id, here, note]);
  assert.deepEqual(
    new Set(measured.map(String)),
    new Set(["knn-accuracy,0.94,again", "knn-k,5,", "radio-images,1256,on mirabest"]),
  );
  await record({ ...mock, notebook: "09" }, { "radio-images": 480 });
  const own = (await ledger(mock)).filter((r) => r.id === "radio-images").map((r) => [r.here, r.note]);
  assert.deepEqual(own, [[480, ""]], "what was measured on the set itself goes first");
  await record(radio, { "knn-k": 7 });
  const both = (await ledger()).filter((r) => r.id === "knn-k").map((r) => [r.dataset, r.here, r.verdict]);
  assert.deepEqual(both, [
    ["mock", 5, "reproduced"],
    ["mirabest", 7, "differs"],
  ]);
});

test("what was looked for and did not happen differs from the paper, and is not left blank", async (t) => {
  emptyFolder(t);
  const source = { ...mock, notebook: "07" };
  const note = "not in 20 queries";
  await record(source, { "al-hone": { value: null, note }, mergers: undefined });
  const row = (await ledger(mock)).find((r) => r.id === "al-hone")!;
  assert.deepEqual([row.here, row.verdict, row.note], [null, "differs", note]);
  assert.equal((await ledger(mock)).find((r) => r.id === "mergers")!.verdict, "not measured");
  assert.deepEqual(
    (await paperBesideHere(source)).map((r) => [r.paper, r.here, r.verdict]),
    [[5, didNotHappen, "differs"]],
  );
  const paper = paperValues.find((p) => p.id === "al-hone")!;
  assert.equal(verdict(paper, null, "/home/me/images"), "no verdict");
  await record(source, { "al-hone": { value: 6, note: "" } });
  assert.equal((await ledger(mock)).find((r) => r.id === "al-hone")!.here, 6, "a later run replaces it");
});

test("what cannot be recorded is refused, and a damaged ledger is named and kept", async (t) => {
  const dir = emptyFolder(t);
  await assert.rejects(record(mock, { "no-such-number": 1 }), /The paper states no "no-such-number"/);
  await assert.rejects(record(mock, { "knn-k": Number.NaN }), /finite numbers, but "knn-k" is NaN/);
  writeFileSync(join(dir, "ledger.json"), "[{");
  await assert.rejects(ledger(), /ledger\.json cannot be read/);
  await assert.rejects(record(mock, { "knn-k": 5 }), /cannot be read/);
});

test("a verdict goes by what kind of number it is", () => {
  const paper = (kind: string) => ({ ...paperValues[0], kind, value: 100, unit: "images" }) as never;
  assert.equal(verdict(paper("choice"), 100, "mock"), "reproduced");
  assert.equal(verdict(paper("choice"), 99, "mock"), "differs");
  assert.equal(verdict(paper("count"), 99, "mock"), "not comparable");
  assert.equal(verdict(paper("count"), 99, "galaxy-zoo-decals"), "differs");
  assert.equal(verdict(paper("cost"), 100, "galaxy-zoo-decals"), "not comparable");
  assert.equal(verdict({ ...(paper("words") as object), value: null } as never, 100, "mock"), "no verdict");
  const results = [91, 89, 51, 49, 199, 201].map((here) => verdict(paper("result"), here, "mock"));
  const [near, same, far] = ["reproduced", "within a factor of two", "differs"];
  assert.deepEqual(results, [near, same, same, far, same, far]);
  const fraction = { ...paperValues[0], kind: "result", value: 0.95, unit: "fraction" } as never;
  assert.deepEqual(
    [0.93, 0.91].map((here) => verdict(fraction, here, "mock")),
    [near, same],
    "an error of 0.09 is not one of 0.05",
  );
});

test("a person's own images have no verdict, and verdicts are counted by kind", () => {
  const paper = (kind: string) => ({ ...paperValues[0], kind, value: 100, unit: "images" }) as never;
  for (const own of ["/home/me/images", "galaxy-zoo-2+/home/me/images"])
    assert.deepEqual(
      ["count", "result", "cost"].map((kind) => verdict(paper(kind), 100, own)),
      ["no verdict", "no verdict", "no verdict"],
    );
  assert.equal(verdict(paper("choice"), 99, "/home/me/images"), "differs", "a setting is the same anywhere");
  assert.equal(verdict(paper("result"), 100, "galaxy-zoo-2+efigi"), "reproduced");
  const counted = verdictsByKind([
    { kind: "choice", verdict: "reproduced" },
    { kind: "choice", verdict: "reproduced" },
    { kind: "result", verdict: "differs" },
  ]);
  assert.deepEqual(
    counted.map((c) => [c.numbers, c.reproduced, c.differs]),
    [
      ["settings", 2, 0],
      ["counts", 0, 0],
      ["results", 0, 1],
      ["results in words", 0, 0],
      ["costs", 0, 0],
    ],
  );
});
