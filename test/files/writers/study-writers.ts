import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { placeRenderers } from "../../../environment/jupyter/renderers.js";
import { readNotebook, writeNotebook } from "../../../environment/runner/notebook-file.js";
import { keepTimings, readTimings } from "../../../environment/runner/run-timings.js";
import { buildSite } from "../../../environment/site/site.js";
import { readTable } from "../../../lib/data/tables/read-table.js";
import { atomicWrite } from "../../../lib/files/atomic-write.js";
import { writeExplorer } from "../../../lib/notebook/explorer.js";
import { exportFigure } from "../../../lib/notebook/export-figure.js";
import { requirePackage } from "../../../lib/package-root.js";
import { keepLastRun, lastRun } from "../../../lib/study/last-run.js";
import { record } from "../../../lib/study/ledger.js";
import { writeLeftOut } from "../../../lib/study/left-out.js";
import { StudyCache } from "../../../lib/study/study-cache.js";
import { latest, matrix, values, type Writer, whole, wholeText } from "./writer.js";

const notebook = (version: number) => ({
  cells: [{ cell_type: "markdown" as const, id: "m", metadata: {}, source: String(version).repeat(5000) }],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
});

const plotly = requirePackage.resolve("plotly.js-dist-min/plotly.min.js");
const rowIds = () => Array.from({ length: 60 }, (_, i) => String(i));

/** What a study and its notebooks write. */
export const studyWriters: Readonly<Record<string, Writer>> = {
  "a stage, a matrix": {
    write: (folder, version) => new StudyCache(folder).matrix("m", version, () => matrix(version), rowIds),
    read: (folder) => stage(folder, "m", ".npy", async (c, v) => (await c.storedMatrix("m", v))?.data),
  },
  "a stage, JSON": {
    write: (folder, version) =>
      new StudyCache(folder).json("j", version, () => Array.from(values(version)), Array.isArray),
    read: (folder) => stage(folder, "j", ".json", (c, v) => c.stored<number[]>("j", v, Array.isArray)),
  },
  "the ledger": {
    async write(folder, version) {
      process.env.LATENT_SKY_OUT = folder;
      await record({ dataset: "mock", profile: "quick", notebook: "t" }, { "clip-sigma": version });
    },
    async read(folder) {
      const entries = JSON.parse(readFileSync(join(folder, "ledger.json"), "utf8")) as { value: number }[];
      return whole(entries.map((e) => e.value));
    },
  },
  "the explorer": {
    write: (folder, version) =>
      writeExplorer(join(folder, "e.html"), {
        embedding: { data: new Float64Array(40).fill(version), shape: [20, 2] },
        ids: Array.from({ length: 20 }, (_, i) => `v${version}-${i}`),
      }),
    async read(folder) {
      const page = readFileSync(join(folder, "e.html"), "utf8");
      assert.ok(page.trimEnd().endsWith("</html>"), "half a page");
      return page.includes('"v2-19"') ? 2 : page.includes('"v1-19"') ? 1 : assert.fail("no ids");
    },
  },
  "what was left out": {
    write: (folder, version) =>
      writeLeftOut(join(folder, "l.csv"), {
        skipped: Array.from({ length: 50 }, (_, i) => ({ name: `n${i}`, reason: "r", count: version })),
        doubtful: [],
        wholeFrame: [],
        cut: [],
      }),
    read: async (folder) => whole((await readTable(join(folder, "l.csv"))).numeric.get("count")!),
  },
  "the last run's settings": {
    async write(folder, version) {
      process.env.LATENT_SKY_CACHE = folder;
      await keepLastRun({ LATENT_SKY_SEED: String(version), LATENT_SKY_PROFILE: "quick" });
    },
    async read(folder) {
      process.env.LATENT_SKY_CACHE = folder;
      return Number((await lastRun()).LATENT_SKY_SEED);
    },
  },
  "a figure's numbers": {
    async write(folder, version) {
      process.env.LATENT_SKY_OUT = folder;
      const figure = { data: [{ type: "scatter" as const, y: Array.from(values(version)) }], layout: {} };
      // Without a picture: that takes a browser.
      await exportFigure("f", figure as never, { width: 400, height: 300 }, null);
    },
    async read(folder) {
      return whole(JSON.parse(readFileSync(join(folder, "figures", "f.json"), "utf8")).data[0].y);
    },
  },
  "what Jupyter draws figures with": {
    slow: true,
    async write(folder, version) {
      await placeRenderers(join(folder, "share"), join(folder, "etc"));
      await atomicWrite(join(folder, "version"), String(version).repeat(5000));
    },
    async read(folder) {
      for (const place of ["labextensions", "nbextensions"]) {
        const at = join(folder, "share", place, "latent-sky-plotly");
        for (const file of readdirSync(at, { recursive: true }).map(String))
          if (file.endsWith("plotly.min.js"))
            assert.ok(readFileSync(join(at, file)).equals(readFileSync(plotly)), file);
      }
      return wholeText(readFileSync(join(folder, "version"), "utf8"));
    },
  },
  "how long cells took": {
    async write(folder, version) {
      process.env.LATENT_SKY_CACHE = folder;
      await keepTimings("n quick mock", { a: version, b: version });
    },
    async read(folder) {
      process.env.LATENT_SKY_CACHE = folder;
      return whole(Object.values(readTimings()["n quick mock"]));
    },
  },
  "the site": {
    slow: true,
    async write(folder, version) {
      const path = join(folder, "in", "n.ipynb");
      await writeNotebook(path, notebook(version) as never);
      await buildSite({ notebooks: [path], to: join(folder, "site") });
    },
    async read(folder) {
      const at = (...parts: string[]) => join(folder, "site", ...parts);
      for (const file of ["index.html", "n.html", "assets/site.js", "assets/math.css"])
        assert.ok(readFileSync(at(file), "utf8").length > 1000, file);
      assert.ok(!existsSync(at("..", "site.building")) && !existsSync(at("..", "site.before")));
      const { source } = (await readNotebook(at("notebooks", "n.ipynb"))).cells[0];
      return wholeText([source].flat().join(""));
    },
  },
  "a notebook": {
    write: (folder, version) => writeNotebook(join(folder, "n.ipynb"), notebook(version) as never),
    async read(folder) {
      const { source } = (await readNotebook(join(folder, "n.ipynb"))).cells[0];
      return wholeText([source].flat().join(""));
    },
  },
};

/** Which version of a stage is kept: each has a file of its own, whole where it is there. */
function stage(
  folder: string,
  name: string,
  ending: string,
  stored: (cache: StudyCache, version: number) => Promise<ArrayLike<number> | null | undefined>,
): Promise<number> {
  const cache = new StudyCache(folder);
  return latest(async (version) => {
    if (!existsSync(cache.folderOf(name, version) + ending)) return false;
    assert.equal(whole((await stored(cache, version))!), version);
    return true;
  });
}
