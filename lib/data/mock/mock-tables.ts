import { parquetWriteBuffer } from "hyparquet-writer";
import { atomicWrite } from "../../files/atomic-write.js";
import { Random } from "../../random.js";
import type { SkyPosition } from "../sky-position.js";
import { decisionTree, voteColumns } from "../votes/decision-tree.js";
import type { Galaxy } from "./galaxy.js";
import { concentration, PETROSIAN_SHORTFALL, pixelScale } from "./render-galaxy.js";
import { clarity, drawVotes, type Votes } from "./volunteers.js";

/** Columns of a table of the mock survey. */
type Columns = {
  name: string;
  data: string[] | Float64Array | Int32Array;
  type: "STRING" | "DOUBLE" | "INT32";
}[];

/** The release's table: where each galaxy lies, how large and bright it is, and what forty volunteers said of it. */
export function voteTableColumns(
  galaxies: Galaxy[],
  positions: SkyPosition[],
  names: string[],
  seed: number,
): Columns {
  const n = galaxies.length;
  const double = (name: string, of: (g: Galaxy, i: number) => number): Columns[number] => ({
    name,
    data: Float64Array.from({ length: n }, (_, i) => of(galaxies[i], i)),
    type: "DOUBLE",
  });
  const redshifts = galaxies.map(
    (_, i) => 0.075 * Math.exp(new Random(seed).fork(`redshift ${i}`).normal(0, 0.45)),
  );
  // Counts per camera pixel to nanomaggies, with r = 25.1 mag arcsec^-2 for one sigma of sky.
  const flux = (g: Galaxy) => 10 ** (-0.4 * (25.1 - 22.5)) * g.brightness * 2 * Math.PI * g.radius ** 2 * 1.9;
  const magnitude = (g: Galaxy, z: number) =>
    22.5 - 2.5 * Math.log10(flux(g)) - 5 * Math.log10(((299792.458 * z) / 70) * (1 + z / 2)) - 25;
  const r50 = (g: Galaxy) => PETROSIAN_SHORTFALL * g.radius;
  const columns: Columns = [
    { name: "iauname", data: names, type: "STRING" },
    double("ra", (_, i) => positions[i].ra),
    double("dec", (_, i) => positions[i].dec),
    double("redshift", (_, i) => redshifts[i]),
    double("elpetro_absmag_r", (g, i) => magnitude(g, redshifts[i])),
    double("sersic_nmgy_r", flux),
    double("petro_th50", r50),
    double("petro_th90", (g) => r50(g) * concentration(g)),
    double("petro_theta", (g) => r50(g) * concentration(g) * 0.85),
  ];
  const votes = galaxies.map((g, i) => drawVotes(g, new Random(seed).fork(`votes ${i}`)));
  for (const { name, answers } of decisionTree) {
    const count = (v: Votes, answer: string) => v.get(name)?.get(answer) ?? 0;
    const totals = votes.map((v) => answers.reduce((sum, a) => sum + count(v, a.name), 0));
    columns.push({ name: voteColumns.total(name), data: Int32Array.from(totals), type: "INT32" });
    for (const answer of answers) {
      const counts = Int32Array.from(votes, (v) => count(v, answer.name));
      columns.push({ name: voteColumns.count(name, answer.name), data: counts, type: "INT32" });
      // Nobody asked: 0 / 0, NaN, as in the release.
      columns.push(double(voteColumns.fraction(name, answer.name), (_, i) => counts[i] / totals[i]));
    }
  }
  return columns;
}

/** What decided each galaxy's look: its class, and every parameter it was drawn from. */
export function truthColumns(galaxies: Galaxy[], names: string[]): Columns {
  const text = (name: string, of: (g: Galaxy) => string): Columns[number] => ({
    name,
    data: galaxies.map(of),
    type: "STRING",
  });
  const columns: Columns = [
    { name: "iauname", data: names, type: "STRING" },
    text("class", (g) => (g.artefact ? "artefact" : g.kind)),
    text("kind", (g) => g.kind),
    text("artefact", (g) => g.artefact ?? "none"),
  ];
  const numeric = Object.keys(galaxies[0]).filter((k) => typeof galaxies[0][k as keyof Galaxy] === "number");
  for (const name of numeric)
    columns.push({
      name,
      data: Float64Array.from(galaxies, (g) => g[name as keyof Galaxy] as number),
      type: "DOUBLE",
    });
  columns.push({ name: "clarity", data: Float64Array.from(galaxies, clarity), type: "DOUBLE" });
  columns.push({ name: "pixel_scale", data: Float64Array.from(galaxies, pixelScale), type: "DOUBLE" });
  return columns;
}

/** Writes a table of a mock set. Its bytes are what the recipes promise: another writer would make others. */
export async function writeMockTable(path: string, columnData: Columns): Promise<void> {
  await atomicWrite(path, new Uint8Array(parquetWriteBuffer({ columnData })));
}
