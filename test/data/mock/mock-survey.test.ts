import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import type { Galaxy } from "../../../lib/data/mock/galaxy.js";
import { drawGalaxy } from "../../../lib/data/mock/galaxy-population.js";
import { iauName } from "../../../lib/data/mock/iau-name.js";
import { mockSurvey } from "../../../lib/data/mock/mock-survey.js";
import { renderGalaxy } from "../../../lib/data/mock/render-galaxy.js";
import { drawVotes } from "../../../lib/data/mock/volunteers.js";
import { openDataset } from "../../../lib/data/open-dataset.js";
import { decisionTree } from "../../../lib/data/votes/decision-tree.js";
import { digest } from "../../../lib/digest.js";
import { Random } from "../../../lib/random.js";
import { scratch } from "../../scratch.js";

const caches = scratch();
function freshCache(): void {
  process.env.LATENT_SKY_CACHE = mkdtempSync(join(caches, "cache-"));
}

/** Over the names and contents of all images and tables. */
function digestOf(folder: string): string {
  const files = (readdirSync(folder, { recursive: true }) as string[]).sort();
  const own = files.filter((file) => /\.(png|parquet)$/.test(file));
  return digest(own.flatMap((file) => [file, readFileSync(join(folder, file))]));
}

test("the release's layout, the same bytes for a seed, and an interrupted survey goes on", {
  timeout: 60_000,
}, async () => {
  freshCache();
  const options = { size: 24, seed: 5, imageSize: 96 };
  const first = await mockSurvey(options);
  const whole = digestOf(first);
  const images = (readdirSync(join(first, "images"), { recursive: true }) as string[]).filter((f) =>
    f.endsWith(".png"),
  );
  assert.equal(images.length, 24);
  for (const file of images) assert.match(file, /^J\d{3}[/\\]J\d{6}\.\d\d[+-]\d{6}\.\d\.png$/);
  assert.equal(await mockSurvey(options), first);

  // As a killed run leaves it: some images, no tables, the folder not yet under its name.
  const partial = `${first}.partial`;
  renameSync(first, partial);
  rmSync(join(partial, "truth.parquet"));
  rmSync(join(partial, "gz_decals_volunteers_1_and_2.parquet"));
  for (const file of images.slice(5, 16)) rmSync(join(partial, "images", file));
  const told: number[] = [];
  await mockSurvey({ ...options, threads: 1, onProgress: ({ done }) => told.push(done) });
  assert.equal(told[0], 13);
  assert.equal(told.at(-1), 24);
  assert.equal(digestOf(first), whole);

  freshCache();
  assert.equal(digestOf(await mockSurvey({ ...options, threads: 1 })), whole);
  assert.notEqual(digestOf(await mockSurvey({ ...options, seed: 6 })), whole);
});

test("the Galaxy Zoo loader reads the same ids and votes back", { timeout: 60_000 }, async () => {
  freshCache();
  const folder = await mockSurvey({ size: 16, seed: 2, imageSize: 64 });
  const dataset = await openDataset(folder);
  assert.equal(dataset.length, 16);
  const read = async (name: string) =>
    (await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, name)) })) as Record<
      string,
      number | string
    >[];
  const table = await read("gz_decals_volunteers_1_and_2.parquet");
  assert.deepEqual([...dataset.ids].sort(), table.map((r) => r.iauname as string).sort());
  const votes = dataset.catalogue!;
  for (const { name, answers } of decisionTree)
    for (const column of [
      `${name}_total-votes`,
      ...answers.flatMap((a) => [`${name}_${a.name}`, `${name}_${a.name}_fraction`]),
    ])
      for (const [i, id] of dataset.ids.entries()) {
        const expected = Number(table.find((r) => r.iauname === id)![column] ?? Number.NaN);
        assert.ok(Object.is(votes.column(column)[i], expected), `${id} ${column}`);
      }
  const truth = await read("truth.parquet");
  assert.ok(truth.every((r) => typeof r.class === "string" && Number.isFinite(r.inclination)));
  assert.deepEqual([(await dataset.image(0)).width, (await dataset.image(0)).channels], [64, 3]);
  await dataset.close();
});

test("an abort stops the survey", async () => {
  freshCache();
  const stopper = new AbortController();
  const run = mockSurvey({ size: 500, imageSize: 64, signal: stopper.signal });
  setTimeout(() => stopper.abort(new Error("enough")), 50);
  await assert.rejects(run, /enough/);
});

test("the paper's cuts select every class", () => {
  const n = 1500;
  const counts = { round: 0, spiral: 0, edgeOn: 0, merger: 0 };
  for (let i = 0; i < n; i++) {
    const votes = drawVotes(drawGalaxy(1, i), new Random(i));
    const total = (q: string) => [...(votes.get(q)?.values() ?? [])].reduce((a, b) => a + b, 0);
    const fraction = (q: string, a: string) => (votes.get(q)?.get(a) ?? 0) / Math.max(1, total(q));
    const single = fraction("merging", "merger") < 0.2;
    const passes = (q: string, a: string) => total(q) >= 5 && fraction(q, a) > 0.8;
    if (single && passes("how-rounded", "completely") && fraction("smooth-or-featured", "smooth") > 0.8)
      counts.round++;
    if (
      single &&
      passes("has-spiral-arms", "yes") &&
      fraction("smooth-or-featured", "featured-or-disk") > 0.8
    )
      counts.spiral++;
    if (single && passes("disk-edge-on", "yes")) counts.edgeOn++;
    if (total("merging") >= 10 && fraction("merging", "merger") + fraction("merging", "both") > 0.4)
      counts.merger++;
  }
  for (const [name, count] of Object.entries(counts))
    assert.ok(count / n > 0.05 && count / n < 0.2, `${name}: ${count} of ${n}`);
  assert.ok(counts.merger / n < 0.12, `mergers: ${counts.merger} of ${n}`);
});

test("one parameter changes only what it should", () => {
  const small = { kind: "spiral", imageSize: 96, seed: 9 } as const;
  assert.deepEqual(renderGalaxy(small), renderGalaxy(small));
  const corner = (image: { data: ArrayLike<number> }) => Array.from({ length: 24 }, (_, i) => image.data[i]);
  // The noise and the field far from the galaxy stay when the arms are wound up.
  assert.deepEqual(
    corner(renderGalaxy({ ...small, armPitch: 8, crowding: 0 })),
    corner(renderGalaxy({ ...small, armPitch: 30, crowding: 0 })),
  );
  const spread = (noise: number) => {
    const { data } = renderGalaxy({ ...small, noise, crowding: 0 });
    const values = Array.from({ length: 96 * 10 * 3 }, (_, i) => data[i]);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length);
  };
  assert.ok(spread(1.5) > 1.5 * spread(0.7));
  assert.throws(() => renderGalaxy({ inclination: 95 }), /inclination: 95 lies outside 0 to 90/);
  assert.throws(() => renderGalaxy({ kind: "nebula" as never }), /"nebula" is not a kind of galaxy/);
});

test("sky, outskirts and the catalogue's size do what their names say", () => {
  const plain = { kind: "elliptical", imageSize: 96, seed: 4, crowding: 0, noise: 0 } as const;
  const image = (more: Partial<Galaxy>) => renderGalaxy({ ...plain, ...more }).data;
  const mean = (data: ArrayLike<number>, of: (x: number, y: number) => boolean) => {
    let [sum, n] = [0, 0];
    for (let k = 0; k < 96 * 96; k++)
      if (of(k % 96, Math.floor(k / 96)))
        [sum, n] = [sum + data[3 * k] + data[3 * k + 1] + data[3 * k + 2], n + 3];
    return sum / n;
  };
  const corner = (x: number, y: number) => x < 12 && y < 12;
  const halo = (x: number, y: number) => Math.abs(Math.hypot(x - 48, y - 48) - 26) < 2;
  const nucleus = (x: number, y: number) => Math.hypot(x - 48, y - 48) < 2;
  // One sigma of sky is about eleven grey levels of the stretch; the bands differ by some tens of per cent.
  assert.ok(mean(image({ sky: 1 }), corner) > mean(image({}), corner) + 4);
  const edges = [(x: number) => x < 8, (x: number) => x > 87, (_: number, y: number) => y < 8];
  const opposite = edges.map((of) => mean(image({ skyGradient: 3 }), of) - mean(image({}), of));
  assert.ok(Math.max(...opposite) - Math.min(...opposite) > 6, `${opposite}`);
  assert.ok(mean(image({ outskirts: 1 }), halo) > mean(image({}), halo) + 5);
  assert.ok(mean(image({ catalogueSize: 1.6 }), halo) < mean(image({}), halo) - 5, "smaller in its frame");
  assert.ok(Math.abs(mean(image({ outskirts: 1 }), nucleus) - mean(image({}), nucleus)) < 12);
});

test("colours overlap: some ellipticals are blue, some spirals red", () => {
  const red = (kind: string) => {
    const all = Array.from({ length: 3000 }, (_, i) => drawGalaxy(2, i)).filter((g) => g.kind === kind);
    return all.filter((g) => g.redness > 0.95).length / all.length;
  };
  // One elliptical in ten is drawn blue, one spiral in five red, and the blue cloud's own scatter reaches over.
  assert.ok(red("elliptical") > 0.75 && red("elliptical") < 0.95, `${red("elliptical")}`);
  assert.ok(red("spiral") > 0.2 && red("spiral") < 0.4, `${red("spiral")}`);
});

test("volunteers agree less about what is blurred", () => {
  const featured = (psf: number) => {
    const votes = drawVotes(
      {
        ...drawGalaxy(1, 3),
        kind: "spiral",
        artefact: null,
        inclination: 20,
        armStrength: 0.8,
        radius: 4,
        brightness: 40,
        psf,
      },
      new Random(1),
    );
    return votes.get("smooth-or-featured")?.get("featured-or-disk") ?? 0;
  };
  assert.ok(featured(0.8) > featured(5) + 8);
});

test("IAU names truncate and carry the sign", () => {
  assert.equal(iauName({ ra: 0, dec: 0 }), "J000000.00+000000.0");
  assert.equal(iauName({ ra: 172.4745, dec: -0.0744 }), "J112953.88-000427.8");
  assert.equal(iauName({ ra: 359.99999, dec: 32.99999 }), "J235959.99+325959.9");
});
