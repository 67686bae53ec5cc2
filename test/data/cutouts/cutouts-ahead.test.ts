import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openCutouts } from "../../../lib/data/cutouts/cutout-dataset.js";
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
