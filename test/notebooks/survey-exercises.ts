import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readNpy } from "../../lib/data/tables/npy.js";
import * as lib from "../../lib/index.js";
import { scratch } from "../scratch.js";
import { tinySurvey, tinyTiles } from "../survey/tiny-survey.js";

/** A value that is made when it is first asked for. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A survey of some forty sources on two tiles, run to its end; the exercises of notebook 11 share it. */
const survey = once(async () => {
  const base = scratch();
  const tiles = await tinyTiles(base, 44);
  const planned = async (name: string, shard: number) => {
    const { key } = await tinySurvey(join(base, name), tiles, shard);
    await lib.runSurvey(join(base, name));
    return { folder: join(base, name), key };
  };
  return { ...(await planned("survey", 20)), planned };
});
const rowsOf = async (folder: string) => {
  const table = await lib.readTable(join(folder, "survey.parquet"));
  const ids = table.text.get("id")!;
  const pcs = table.names.filter((name) => /^pc\d+$/.test(name)).map((name) => table.numeric.get(name)!);
  const data = Float64Array.from(
    { length: ids.length * pcs.length },
    (_, q) => pcs[q % pcs.length][Math.floor(q / pcs.length)],
  );
  return { ids, x: { data, shape: [ids.length, pcs.length] as [number, number] } };
};

/** A solution of each exercise of notebook 11. */
export const surveyExercises: (() => Promise<void>)[] = [
  async () => {
    const { folder } = await survey();
    const [first] = readdirSync(join(folder, "table")).sort();
    const before = readFileSync(join(folder, "table", first));
    rmSync(join(folder, "table", first));
    const status = await lib.surveyStatus(folder);
    const said = status.flatMap((s) => s.missing.map((m) => `${s.stage} ${m.shard}: ${m.why}`));
    assert.match(said.join(), /^table 0: table\/part-00000\.parquet is gone/);
    await lib.runSurvey(folder);
    assert.ok(readFileSync(join(folder, "table", first)).equals(before));
  },
  async () => {
    const { folder, key, planned } = await survey();
    const other = await planned("larger-shards", 40);
    assert.notEqual(other.key, key, "another plan: nothing of one is taken for the other's");
    // The order of the sources is the tiles', so each source has the same features; what is summed over shards and
    // written by shard has other bytes.
    const [a, b] = [await rowsOf(folder), await rowsOf(other.folder)];
    assert.deepEqual(b.ids, a.ids);
    const features = async (at: string) => {
      const files = readdirSync(join(at, "features"))
        .filter((name) => name.endsWith(".npy"))
        .sort();
      return Buffer.concat(
        await Promise.all(
          files.map(async (name) => Buffer.from((await readNpy(join(at, "features", name))).data.buffer)),
        ),
      );
    };
    assert.ok((await features(folder)).equals(await features(other.folder)));
    const parts = (at: string) => readdirSync(join(at, "table")).length;
    assert.ok(parts(other.folder) < parts(folder));
  },
  async () => {
    const { folder } = await survey();
    const { ids, x } = await rowsOf(folder);
    const found = await lib.similarInSurvey(folder, ids[3], 5);
    const here = lib.similar(x, 3, { k: 5 });
    assert.deepEqual(
      found.map((f) => f.id),
      here.map((f) => ids[f.index]),
    );
  },
];
