import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Dataset } from "../../../lib/data/dataset.js";
import { openDataset } from "../../../lib/data/open-dataset.js";
import { joinDatasets } from "../../../lib/data/releases/join-datasets.js";
import { Catalogue } from "../../../lib/data/tables/catalogue.js";
import { scratch } from "../../scratch.js";
import { picture, writeZip } from "../archives/make-archives.js";

const closed: string[] = [];
function small(name: string, ids: string[], column: string | null, labels: string[] | null): Dataset {
  return {
    name,
    length: ids.length,
    ids,
    labels,
    catalogue: column
      ? new Catalogue(ids.length, new Map([[column, Float64Array.from(ids, (_, i) => i)]]))
      : null,
    sky: "optical",
    drawn: false,
    evaluation: { by: "votes" },
    provenance: { source: name, path: `/${name}`, fingerprint: `${name}fingerprint` },
    image: async (i) => ({ data: Uint8Array.of(i), width: 1, height: 1, channels: 1 }),
    async close() {
      closed.push(name);
    },
  };
}

test("datasets joined keep their order, ids, votes and labels, and NaN stands for what one does not have", async () => {
  const both = joinDatasets([
    small("one", ["a", "b"], "votes", null),
    small("two", ["b", "c", "d"], "flux", ["x", "y", "z"]),
  ]);
  assert.equal(both.name, "one+two");
  assert.deepEqual(both.ids, ["a", "one/b", "two/b", "c", "d"]);
  assert.deepEqual(both.labels, [null, null, "x", "y", "z"]);
  assert.deepEqual([...both.catalogue!.column("votes")], [0, 1, Number.NaN, Number.NaN, Number.NaN]);
  assert.deepEqual([...both.catalogue!.column("flux")], [Number.NaN, Number.NaN, 0, 1, 2]);
  assert.deepEqual([...(await both.image(4)).data], [2]);
  await assert.rejects(both.image(5), /images 0 to 4; there is no 5/);
  await both.close();
  assert.deepEqual(closed.sort(), ["one", "two"]);
  assert.notEqual(
    both.provenance.fingerprint,
    joinDatasets([small("one", ["a"], null, null)]).provenance.fingerprint,
  );
});

test("columns of text are joined too, null for what one does not have", () => {
  const one = small("one", ["a"], null, null);
  const words = new Catalogue(1, new Map(), new Map([["comment", ["blended"]]]));
  const both = joinDatasets([{ ...one, catalogue: words }, small("two", ["b"], "flux", null)]);
  assert.deepEqual([...both.catalogue!.text], [["comment", ["blended", null]]]);
  assert.deepEqual(both.catalogue!.names, ["flux"]);
});

test("a joined set says how many files its fingerprint looked at, where a part did not look at all", () => {
  const [one, two] = [small("one", ["a"], null, null), small("two", ["b"], null, null)];
  const looked = (set: Dataset, sampled: number) => ({ ...set, provenance: { ...set.provenance, sampled } });
  assert.equal(joinDatasets([one, two]).provenance.sampled, undefined);
  assert.equal(joinDatasets([one, looked(two, 500)]).provenance.sampled, 500);
  assert.equal(joinDatasets([looked(one, 500), looked(two, 500)]).provenance.sampled, 1000);
});

test("names with a plus between them open together; one that is missing is named, and a path may hold a plus", async (t) => {
  const folder = scratch(t);
  const image = await picture("png");
  const one = writeZip(join(folder, "one.zip"), { "a.png": image, "b.png": image });
  const two = writeZip(join(folder, "two+more.zip"), { "b.png": image });
  const other = writeZip(join(folder, "other.zip"), { "a.png": image, "c.png": image });
  const both = await openDataset(`${one}+${other}`, { limit: 1 });
  assert.equal(both.length, 2);
  assert.equal(new Set(both.ids).size, 2);
  await both.close();
  await assert.rejects(openDataset(`${one}+${one}`), /one\.zip is there twice/);
  await assert.rejects(openDataset(`${one}+nowhere`), /"nowhere" is neither/);
  const alone = await openDataset(two);
  assert.equal(alone.length, 1);
  await alone.close();
});
