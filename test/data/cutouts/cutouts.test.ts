import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openCutouts } from "../../../lib/data/cutouts/cutout-dataset.js";
import { findTiles, openBand } from "../../../lib/data/cutouts/survey-tile.js";
import { TileIndex } from "../../../lib/data/cutouts/tile-index.js";
import { TileReader } from "../../../lib/data/cutouts/tile-reader.js";
import { Wcs } from "../../../lib/data/cutouts/wcs.js";
import { writeFits } from "../../../lib/data/images/fits/write-fits.js";
import { luptonRgb } from "../../../lib/data/images/lupton.js";
import { mockTiles, tileHeader } from "../../../lib/data/mock/mock-tiles.js";
import { openDataset } from "../../../lib/data/open-dataset.js";
import { Random } from "../../../lib/random.js";
import { scratch } from "../../scratch.js";
import { galaxyZoo2Columns } from "../votes/galaxy-zoo-2-table.js";

interface Golden {
  width: number;
  height: number;
  tiles: [string, string | number][][];
  sources: {
    ra: number;
    dec: number;
    side: number;
    on: { tile: number; x: number; y: number; empty: number; sum: number; corner: number | null }[];
  }[];
  lupton: {
    bands: [number[], number[], number[]];
    width: number;
    height: number;
    cases: { minimum: number | [number, number, number]; stretch: number; Q: number; bytes: number[] }[];
  };
}
const golden: Golden = JSON.parse(readFileSync("test/reference/data-cutouts.json", "utf8"));
const { width, height } = golden;

async function writeTiles(folder: string): Promise<void> {
  for (const [t, cards] of golden.tiles.entries()) {
    const data = Float32Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      return (13 * x + 7 * y + 101 * t) % 1009;
    });
    await writeFits(join(folder, `t${t}.fits`), { data, width, height }, cards);
  }
}

test("cutouts of four overlapping, turned, distorted tiles are astropy's, pixel for pixel", async (t) => {
  const folder = scratch(t);
  await writeTiles(folder);
  const { tiles } = await findTiles(folder);
  // Read in strips, and read alone: both ways give the same pixels.
  const readers = [new TileReader(tiles), new TileReader(tiles, () => 0)];
  let placed = 0;
  for (const { ra, dec, side, on } of golden.sources)
    for (const { tile, x, y, empty, sum, corner } of on) {
      const [px, py] = new Wcs(new Map(golden.tiles[tile])).toPixel(ra, dec)!;
      // The bar is 0.01 pixels; both invert the distortion to 1e-6 and better.
      assert.ok(Math.hypot(px - x, py - y) < 1e-5, `${px}, ${py} for ${x}, ${y}`);
      for (const reader of readers) {
        const data = await reader.cut(tile, 0, px, py, side);
        assert.equal(data.filter(Number.isNaN).length, empty);
        assert.equal(
          Array.from(data).reduce((total, v, i) => total + (Number.isNaN(v) ? 0 : v * ((i % 97) + 1)), 0),
          sum,
        );
        assert.equal(Number.isNaN(data[0]) ? null : data[0], corner);
      }
      placed++;
    }
  assert.ok(placed > 90);
  for (const reader of readers) await reader.close();
});

test("each source is cut from the tile in which it is farthest from the edge; those on none are listed", async (t) => {
  const folder = scratch(t);
  await writeTiles(folder);
  const grids = golden.tiles.map((cards) => ({ wcs: new Wcs(new Map(cards)), width, height }));
  const index = new TileIndex(grids);
  for (const { ra, dec, on } of golden.sources) {
    const found = index.find(ra, dec);
    assert.equal(found === null, on.length === 0);
    if (!found) continue;
    const edge = ({ x, y }: { x: number; y: number }) => Math.min(x, y, width - 1 - x, height - 1 - y);
    const best = on.reduce((a, b) => (edge(b) > edge(a) ? b : a));
    assert.equal(found.tile, best.tile);
  }
  const catalogue = join(folder, "catalogue.csv");
  const lines = golden.sources.map(({ ra, dec, side }, i) => `s${i},${ra},${dec},${side},note s${i}`);
  writeFileSync(catalogue, ["name,RA_deg,DEC_deg,npix,note", ...lines].join("\n"));
  const size = { column: "npix", unit: "pixel" as const };
  const dataset = await openDataset({ images: folder, catalogue, size });
  const on = golden.sources.filter((s) => s.on.length);
  assert.equal(dataset.length, on.length);
  assert.deepEqual(
    new Set(dataset.ids),
    new Set(golden.sources.flatMap((s, i) => (s.on.length ? [`s${i}`] : []))),
  );
  const reasons = dataset.skipped!.map((s) => s.reason).join("; ");
  assert.match(reasons, new RegExp(`${golden.sources.length - on.length} sources lie on no tile`));
  const over = dataset.skipped!.find((s) => /reach beyond their tile/.test(s.reason))!;
  const named =
    over.name.split(" and ")[0].split(", ").length + Number(/ and (\d+) more$/.exec(over.name)?.[1] ?? 0);
  assert.equal(named, Number.parseInt(over.reason, 10), "all that reach beyond are named or counted");
  const source = golden.sources[Number(dataset.ids[3].slice(1))];
  for (const [name, value] of Object.entries({
    RA_deg: source.ra,
    ra: source.ra,
    dec: source.dec,
    npix: source.side,
  }))
    assert.equal(dataset.catalogue!.column(name)[3], value, name);
  assert.equal(dataset.catalogue!.text.get("note")![3], `note ${dataset.ids[3]}`);
  const image = await dataset.image(3);
  assert.equal(image.width, source.side);
  await dataset.close();
  await assert.rejects(
    openCutouts({ images: folder, catalogue, size: { column: "nope" } }),
    /no column "nope"/,
  );
  await assert.rejects(openCutouts({ images: folder, catalogue, size: "3 parsec" }), /no size/);
  await assert.rejects(openCutouts({ images: folder, catalogue, size: "3 deg" }), /pixels wide; up to 4096/);
  writeFileSync(catalogue, "ra,dec\n10,10\n");
  await assert.rejects(
    openCutouts({ images: folder, catalogue, size: 8 }),
    /None of the 1 sources .* lies on one of the 4 tiles/,
  );
  writeFileSync(catalogue, "id,ra,dec\na,10,10\na,1,1\n");
  await assert.rejects(
    openCutouts({ images: folder, catalogue, size: 8 }),
    /"a" is the id of more than one row/,
  );
  writeFileSync(catalogue, "id,ra,dec\na,10:00:01,10\n");
  await assert.rejects(openCutouts({ images: folder, catalogue, size: 8 }), /holds text such as "10:00:01"/);
  writeFileSync(catalogue, "id,ra\na,10\n");
  await assert.rejects(
    openCutouts({ images: folder, catalogue, size: 8 }),
    /no column of the declination.*decColumn/,
  );
});

test("a catalogue's votes are the tree's, row numbers of pandas are none of its columns, and notes are kept", async (t) => {
  const folder = scratch(t);
  await writeTiles(folder);
  const catalogue = join(folder, "catalogue.csv");
  const votes = galaxyZoo2Columns(["count"]);
  const write = (columns: readonly string[], encoding: "utf8" | "latin1") => {
    const rows = golden.sources.map((s, i) => [i, `s${i}`, s.ra, s.dec, "\u00e9", ...columns.map(() => 5)]);
    writeFileSync(catalogue, [["", "id", "ra", "dec", "who", ...columns], ...rows].join("\n"), encoding);
  };
  write(votes, "utf8");
  const whole = await openCutouts({ images: folder, catalogue, size: 4 });
  assert.ok(!whole.catalogue!.has(""));
  assert.equal(whole.catalogue!.column("smooth-or-featured_total-votes")[0], 15);
  assert.deepEqual(whole.evaluation, { by: "votes", cuts: { cut: 0.6, debiased: [] } });
  assert.ok(!whole.skipped!.some((s) => s.name === catalogue));
  await whole.close();
  write(
    votes.filter((name) => !name.startsWith("t03")),
    "latin1",
  );
  const part = await openCutouts({ images: folder, catalogue, size: 4 });
  const said = part.skipped!.filter((s) => s.name === catalogue).map((s) => s.reason);
  assert.match(said.join("; "), /Latin-1.*; it has no votes on bar/);
  await part.close();
});

test("of more than five hundred tiles the fingerprint says how many it looked into", async (t) => {
  const folder = scratch(t);
  for (let k = 0; k < 501; k++)
    await writeFits(join(folder, `t${k}.fits`), { data: new Float32Array(4), width: 2, height: 2 }, [
      ["CTYPE1", "RA---TAN"],
      ["CTYPE2", "DEC--TAN"],
      ["CRVAL1", k / 2],
      ["CRVAL2", 0],
      ["CRPIX1", 1],
      ["CRPIX2", 1],
      ["CDELT1", 0.01],
      ["CDELT2", 0.01],
    ]);
  const catalogue = join(folder, "catalogue.csv");
  writeFileSync(catalogue, "id,ra,dec\na,100,0\n");
  const dataset = await openCutouts({ images: folder, catalogue, size: 2 });
  assert.equal(dataset.provenance.sampled, 500);
  await dataset.close();
});

test("however many sources, in whatever order, each pixel of a tile is read once", async (t) => {
  const folder = scratch(t);
  const side = 600;
  for (const [column, row] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ])
    await writeFits(
      join(folder, `tile-${column}-${row}.fits`),
      { data: new Float32Array(side * side), width: side, height: side },
      tileHeader(column, row, { columns: 2, rows: 2, tileSize: side }),
    );
  const random = new Random(8);
  const n = 3000;
  const lines = Array.from(
    { length: n },
    (_, i) => `${i},${150.1 + random.uniform(-0.04, 0.04)},${2.2 + random.uniform(-0.04, 0.04)}`,
  );
  writeFileSync(join(folder, "c.csv"), ["id,ra,dec", ...lines].join("\n"));
  const dataset = await openCutouts({ images: folder, catalogue: join(folder, "c.csv"), size: "12 arcsec" });
  assert.ok(dataset.length > 2500);
  assert.equal((await dataset.image(0)).width, 46); // 12 / 0.262 = 45.8
  const lanes = Array.from({ length: 6 }, async (_, lane) => {
    for (let i = lane; i < dataset.length; i += 6) await dataset.image(i);
  });
  await Promise.all(lanes);
  // Beside the passes one strip of 128 rows: the first images came before it showed that all are wanted.
  const atMost = 4 * side * side * 4 + 128 * side * 4;
  assert.ok(dataset.bytesRead <= atMost, `${dataset.bytesRead} bytes of ${atMost}`);
  await dataset.close();
  // A few sources read only their own pixels.
  const few = await openCutouts({ images: folder, catalogue: join(folder, "c.csv"), size: 16 }, { limit: 5 });
  for (let i = 0; i < 5; i++) await few.image(i);
  assert.ok(few.bytesRead <= 5 * 16 * 16 * 4);
  await few.close();
});

test("a tile that is a cube is refused, however it is come by: no plane is taken in silence", async (t) => {
  const folder = scratch(t);
  const path = join(folder, "cube.fits");
  // 2 x 2 pixels a plane: all of them lie in the block of 2880 bytes that is written for the first.
  const write = async (planes: number) => {
    const cards = [...golden.tiles[0], ["NAXIS3", 1], ["NAXIS4", planes]] as const;
    await writeFits(path, { data: new Float32Array(4), width: 2, height: 2 }, cards);
    const text = readFileSync(path, "latin1");
    writeFileSync(path, text.replace(/^(.{80}.{80}NAXIS {3}= {20})2/, "$14"), "latin1");
  };
  await write(1);
  assert.equal((await findTiles(folder)).tiles.length, 1, "axes of length 1 are none");
  await write(3);
  const why = /axes 2 x 2 x 1 x 3 where a tile has two; save its planes as files of their own .* bands/;
  await assert.rejects(findTiles(folder), why);
  await assert.rejects(findTiles([path], { bands: ["cube"] }), why);
  await assert.rejects(openBand({ path, bytes: statSync(path).size, unit: 0 }), why);
});

test("Lupton's colours are astropy's to one grey level", () => {
  const { bands, width: w, height: h, cases } = golden.lupton;
  for (const { bytes, ...options } of cases) {
    const { data } = luptonRgb(bands, w, h, options);
    // astropy truncates products in another order of operations.
    for (const [i, v] of data.entries())
      assert.ok(Math.abs(v - bytes[i]) <= 1, `${v} for ${bytes[i]} at ${i}`);
  }
  assert.throws(() => luptonRgb(bands, w, h, { stretch: 0 }), /stretch is 0/);
});

test("three bands in files of their own make a colour image; a tile that lacks one is listed", async (t) => {
  const cache = process.env.LATENT_SKY_CACHE;
  process.env.LATENT_SKY_CACHE = scratch(t);
  t.after(() => {
    if (cache === undefined) delete process.env.LATENT_SKY_CACHE;
    else process.env.LATENT_SKY_CACHE = cache;
  });
  const { images, catalogue } = await mockTiles({ columns: 2, rows: 1, tileSize: 300, sources: 20 });
  const bands = ["z", "r", "g"] as const;
  const dataset = await openCutouts({
    images,
    catalogue,
    size: { column: "radius", factor: 8, minimum: 32 },
    bands,
  });
  assert.ok(dataset.length >= 18, `${dataset.length}`);
  const image = await dataset.image(0);
  assert.equal(image.channels, 3);
  const middle = Math.floor(image.width / 2) * (image.width + 1);
  const bright = image.data[3 * middle] + image.data[3 * middle + 1] + image.data[3 * middle + 2];
  assert.ok(bright > 150, `the source is in the middle: ${bright}`);
  const { fingerprint } = dataset.provenance;
  await dataset.close();
  const redder = await openCutouts({ images, catalogue, size: 32, bands, lupton: { stretch: 9 } });
  assert.notEqual(redder.provenance.fingerprint, fingerprint);
  await redder.close();
  writeFileSync(join(images, "tile-0-0-g.fits"), "nothing");
  const { tiles, skipped } = await findTiles(images, { bands });
  assert.deepEqual(
    tiles.map((tile) => tile.name),
    ["tile-1-0"],
  );
  assert.deepEqual(skipped.map((s) => s.reason.replace(/^it is not FITS.*/, "not FITS")).sort(), [
    "it has no band g",
    "not FITS",
  ]);
  await assert.rejects(findTiles(images, { bands: ["i"] }), /None of the 6 FITS files can be used/);
});
