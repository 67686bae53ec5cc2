import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { scratch } from "../../scratch.js";
import { picture, writeZip } from "../archives/make-archives.js";

/** A release as CONTRIBUTING says to add one: what differs is its name, its file, its sky and its sure classes. */
const release = (exported: string, name: string, sky: "optical" | "radio") => `
import { oneZip } from "./named-dataset.js";
export const ${exported} = oneZip(
  { name: "${name}", file: "${name}.zip", source: "a test" },
  { sky: "${sky}", evaluation: { by: "labels", classes: { one: ["a", "b"], other: ["c"] } } },
);
`;

const check = `
import { openStudy } from "./lib/index.js";
const told = [];
for (const [dataset, sky] of [["new-optical", "optical"], ["new-radio", "radio"]]) {
  const study = await openStudy({ profile: "quick", dataset, seed: 1 }, sky);
  const { stack } = await study.images();
  const { counts } = (await study.evaluation()) ?? { counts: [] };
  const { options } = await study.representation("random");
  const starts = (await study.starts()).map((s) => s.name).join(" ");
  told.push([study.dataset.name, stack.length, stack.width, options.imageSize, counts.map((c) => c.objects).join(" "), starts]);
  await study.close();
}
console.log(JSON.stringify(told));
`;

test("a radio set and an optical set are each added by one file and one line", async (t) => {
  const folder = scratch(t);
  cpSync("lib", join(folder, "lib"), { recursive: true, filter: (from) => !/[\\/]build$/.test(from) });
  for (const file of ["package.json", "tsconfig.json"]) cpSync(file, join(folder, file));
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  const releases = join(folder, "lib/data/releases");
  const index = join(releases, "index.ts");
  for (const [exported, name, sky] of [
    ["newOptical", "new-optical", "optical"],
    ["newRadio", "new-radio", "radio"],
  ] as const) {
    writeFileSync(join(releases, `${name}.ts`), release(exported, name, sky));
    appendFileSync(index, `export { ${exported} } from "./${name}.js";\n`);
  }

  const data = join(folder, "data");
  mkdirSync(data);
  const image = await picture("png");
  const names = ["a/1", "a/2", "b/3", "c/4", "c/5", "d/6", "a/7", "b/8", "c/9", "d/10"];
  const images = Object.fromEntries(names.map((name) => [`${name}.png`, image]));
  for (const name of ["new-optical", "new-radio"]) writeZip(join(data, `${name}.zip`), images);

  writeFileSync(join(folder, "check.mts"), check);
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "check.mts"], {
    cwd: folder,
    env: { ...process.env, LATENT_SKY_DATA: data, LATENT_SKY_NUMERIC: "off" },
    encoding: "utf8",
  });
  assert.ok(stdout.includes("[["), stderr);
  const [optical, radio] = JSON.parse(stdout.slice(stdout.indexOf("[[")));
  // A galaxy is cropped to the profile's 128 pixels and shown at 64; a radio source keeps its own, shown at half of them.
  assert.deepEqual(optical.slice(0, 5), ["new-optical", 10, 128, 64, "5 3"]);
  assert.equal(optical[5], "random ImageNet");
  assert.deepEqual(radio.slice(0, 5), ["new-radio", 10, 8, 4, "5 3"]);
  assert.equal(radio[5], "random ImageNet galaxies radio");
});
