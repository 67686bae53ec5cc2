import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Worker } from "node:worker_threads";
import { openCutouts } from "../../../lib/data/cutouts/cutout-dataset.js";
import { CutoutsAhead } from "../../../lib/data/cutouts/cutouts-ahead.js";
import type { CutoutPlace } from "../../../lib/data/cutouts/place-sources.js";
import { findTiles } from "../../../lib/data/cutouts/survey-tile.js";
import { type TilePass, type TilePassPixels, work } from "../../../lib/data/cutouts/tile-pass.js";
import { writeFits } from "../../../lib/data/images/fits/write-fits.js";
import type { PixelImage } from "../../../lib/data/images/image.js";
import { tileHeader } from "../../../lib/data/mock/mock-tiles.js";
import { Random } from "../../../lib/random.js";
import { WorkerPool } from "../../../lib/worker-pool.js";
import { scratch } from "../../scratch.js";

const SIDE = 300;

/** Two tiles side by side, of noise, in as many bands; a catalogue of sources of three sizes, some over the edges. */
async function survey(folder: string, bands: readonly string[]) {
  const random = new Random(3);
  for (const column of [0, 1])
    for (const band of bands)
      await writeFits(
        join(folder, `t${column}-${band}.fits`),
        {
          data: Float32Array.from({ length: SIDE * SIDE }, () => random.uniform(0, 1)),
          width: SIDE,
          height: SIDE,
        },
        tileHeader(column, 0, { columns: 2, rows: 1, tileSize: SIDE }),
      );
  const lines = Array.from({ length: 300 }, (_, i) => {
    const [ra, dec] = [150.1 + random.uniform(-0.025, 0.025), 2.2 + random.uniform(-0.012, 0.012)];
    return `${i},${ra},${dec},${[5, 9, 40][i % 3]}`;
  });
  const catalogue = join(folder, "c.csv");
  writeFileSync(catalogue, ["id,ra,dec,width", ...lines].join("\n"));
  const size = { column: "width", unit: "arcsec" } as const;
  return { images: folder, catalogue, size, ...(bands.length > 1 ? { bands } : {}) };
}

for (const bands of [["r"], ["i", "r", "g"]])
  test(`one after the other or by themselves, cutouts in ${bands.length} band(s) have the same pixels`, async (t) => {
    const set = await survey(scratch(t), bands);
    const dataset = await openCutouts(set as never);
    const inOrder: PixelImage[] = [];
    for (let i = 0; i < dataset.length; i++) inOrder.push(await dataset.image(i));
    await dataset.close();
    const alone = await openCutouts(set as never);
    // Far jumps: never a run.
    const order = new Random(1).permutation(alone.length);
    let over = 0;
    for (const i of order) {
      const image = await alone.image(i);
      over += Number(Array.from(image.data).some(Number.isNaN));
      assert.deepEqual(image, inOrder[i], `cutout ${i}`);
    }
    if (bands.length === 1) assert.ok(over > 0, "some reach over the edge");
    await alone.close();
  });

test("a cutting thread that dies is started again, in a sentence; too often, and the rest is cut without", async (t) => {
  const folder = scratch(t);
  await survey(folder, ["i", "r", "g"]);
  const { tiles } = await findTiles(folder, { bands: ["i", "r", "g"] });
  // Large enough for threads; every forty sources another tile, and so another pass.
  const side = 260;
  const places = Array.from({ length: 320 }, (_, i): CutoutPlace => {
    const [x, y] = [140 + (i % 7), 150];
    return { id: `${i}`, row: i, ra: 0, dec: 0, tile: Math.floor(i / 40) % 2, x, y, side };
  });
  const workers: Worker[] = [];
  const born = (worker: Worker) => workers.push(worker);
  process.on("worker", born);
  t.after(() => process.off("worker", born));
  const said = t.mock.method(console, "warn", () => {});
  const wanted = new Map([0, 1].map((tile) => [tile, 160 * side * side]));
  const ahead = new CutoutsAhead(tiles, places, { wanted, threads: 2 });
  const check = async (group: number) => {
    for (let i = 40 * group; i < 40 * group + 40; i++) {
      const image = await ahead.image(i);
      if (i % 40 !== 30) continue;
      const { ra, dec, x, y, tile } = places[i];
      const [r, d, px, py] = [ra, dec, x, y].map((v) => Float64Array.of(v));
      const alone = {
        tile: tiles[tile],
        ra: r,
        dec: d,
        x: px,
        y: py,
        side: Int32Array.of(side),
        wanted: 1e9,
      };
      assert.deepEqual(image?.data, (await work(alone)).data, `cutout ${i}`);
    }
  };
  // When its last job is done the pool lets go of its threads, the dying one among them, and nothing else would keep
  // the process until that has ended.
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  await check(0);
  assert.equal(workers.length, 2, "it cuts in threads");
  for (let death = 1; death <= 4; death++) {
    const [victim] = workers.splice(0);
    await victim.terminate();
    await check(death);
    assert.equal(said.mock.callCount(), death);
    assert.equal(workers.length, death <= 3 ? 2 : 0);
  }
  const words = said.mock.calls.map(({ arguments: [text] }) => String(text));
  assert.match(
    words[0],
    /^A thread that cuts sources out of tiles died: .* The threads are started again\.$/,
  );
  assert.match(words[3], /Sources are cut out without threads from here on/);
});

test("a thread gives the pixels that a pass gives where it is called", async (t) => {
  const folder = scratch(t);
  await survey(folder, ["r"]);
  const { tiles } = await findTiles(folder);
  const pass: TilePass = {
    tile: tiles[0],
    ra: Float64Array.of(0, 0, 0),
    dec: Float64Array.of(0, 0, 0),
    x: Float64Array.of(20, 2, 290.5),
    y: Float64Array.of(10.2, 150, 299),
    side: Int32Array.of(16, 21, 32),
    wanted: 1e9,
  };
  const pool = new WorkerPool<TilePass, TilePassPixels>("data/cutouts/tile-pass", null, 2);
  const [there, here] = [await pool.run(pass), await work(pass)];
  await pool.close();
  assert.equal(there.bytesRead, here.bytesRead);
  assert.deepEqual(Buffer.from(there.data), Buffer.from(here.data));
  const beside = await work({ ...pass, wanted: 1 });
  assert.deepEqual(Buffer.from(beside.data), Buffer.from(here.data), "read one by one too");
});
