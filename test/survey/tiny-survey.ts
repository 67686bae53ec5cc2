import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { Wcs } from "../../lib/data/cutouts/wcs.js";
import { writeFits } from "../../lib/data/images/fits/write-fits.js";
import { tileHeader } from "../../lib/data/mock/mock-tiles.js";
import { atomicWrite } from "../../lib/files/atomic-write.js";
import { Random } from "../../lib/random.js";
import { type PlanOptions, planSurvey } from "../../lib/survey/plan-survey.js";

const SIDE = 240;
const grid = { columns: 2, rows: 1, tileSize: SIDE };

/** Two overlapping tiles of blobs on noise, and a catalogue in no order of theirs; a few sources lie on no tile. */
export async function tinyTiles(folder: string, n = 60): Promise<{ images: string; catalogue: string }> {
  const random = new Random(5);
  const dec = Array.from({ length: n }, () => 2.2 + random.uniform(-0.0095, 0.0095));
  const ra = Array.from({ length: n }, () => 150.1 + random.uniform(-0.0135, 0.0135));
  const width = Array.from({ length: n }, () => random.uniform(1, 4));
  for (const column of [0, 1]) {
    const cards = tileHeader(column, 0, grid);
    const wcs = new Wcs(new Map(cards));
    const noise = new Random(9 + column);
    const data = Float32Array.from({ length: SIDE * SIDE }, () => noise.normal());
    for (let i = 0; i < n; i++) {
      const [x, y] = wcs.toPixel(ra[i], dec[i])!;
      for (let py = Math.max(0, Math.ceil(y - 12)); py < Math.min(SIDE, y + 12); py++)
        for (let px = Math.max(0, Math.ceil(x - 12)); px < Math.min(SIDE, x + 12); px++)
          data[py * SIDE + px] +=
            200 * Math.exp(-((px - x) ** 2 + (py - y) ** 2 * (1 + (i % 3))) / (2 * width[i] ** 2));
    }
    await writeFits(join(folder, "tiles", `t${column}.fits`), { data, width: SIDE, height: SIDE }, cards);
  }
  const catalogue = join(folder, "catalogue.parquet");
  const doubles = (name: string, data: number[]) => ({
    name,
    data: Float64Array.from(data),
    type: "DOUBLE" as const,
  });
  const id = {
    name: "id",
    data: ra.map((_, i) => `s${String(i).padStart(4, "0")}`),
    type: "STRING" as const,
  };
  await atomicWrite(
    catalogue,
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [id, doubles("ra", ra), doubles("dec", dec), doubles("width", width)],
      }),
    ),
  );
  return { images: join(folder, "tiles"), catalogue };
}

/** Networks see 32 pixels and weights are random: seconds. */
export const tinyOptions = {
  weights: "random",
  size: 24,
  imageSize: 32,
  precision: "f32",
  clusters: 4,
  starts: 1,
  variance: 0.9,
} satisfies Partial<PlanOptions>;

/** Plans `n` sources in shards of about `shard`. */
export async function tinySurvey(to: string, tiles: { images: string; catalogue: string }, shard = 20) {
  return (await planSurvey(to, { ...tiles, ...tinyOptions, shard })).plan;
}
