import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { saveImages } from "../../../lib/data/images/save-images.js";
import { startEngine } from "../../../lib/engine/engine.js";
import { packageRoot } from "../../../lib/package-root.js";
import { scratch } from "../../scratch.js";
import { tinyDataset } from "../../study/tiny-study.js";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));

function run(command: string, args: string[], cwd: string, env: Record<string, string> = {}): string {
  const child = spawnSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, ...env } });
  assert.equal(child.status, 0, `${command} ${args.join(" ")}: ${child.stderr}${child.stdout}`);
  return child.stdout;
}

/**
 * What `npm install latent-sky-X.tgz` gives in an empty folder, without its minutes: the tarball's own files, the
 * packages that its manifest asks for taken from this project, and the addons as this project built them.
 */
function installElsewhere(folder: string): void {
  run("npm", ["pack", "--pack-destination", folder, "--loglevel=error"], packageRoot());
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  run("tar", ["-xzf", tarball], folder);
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  cpSync(join(folder, "package"), join(modules, "latent-sky"), { recursive: true });
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    if (!existsSync(packageRoot("node_modules", name))) continue;
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(packageRoot("node_modules", name), join(modules, name));
  }
  for (const addon of ["lib/engine/onednn", "lib/engine/cuda", "lib/engine/numeric", "lib/data/turbo-jpeg"]) {
    assert.ok(
      existsSync(join(modules, "latent-sky", addon, "src")),
      `${addon} has no sources in the package`,
    );
    const built = packageRoot(addon, "build/Release");
    if (existsSync(built))
      cpSync(built, join(modules, "latent-sky", addon, "build/Release"), { recursive: true });
  }
}

const folder = scratch();
before(() => installElsewhere(folder));

test("the package runs in another project: six lines from mock galaxies to clusters, on the engine of here", async () => {
  writeFileSync(
    join(folder, "clusters.mjs"),
    `import { BayesianGaussianMixture, extractFeatures, openDataset, Pca, preprocess, resnet18, startEngine } from "latent-sky";
    const { backend } = await startEngine();
    const { stack } = await preprocess(await openDataset("mock", { mock: { size: 24, imageSize: 64 } }), { size: 32, threads: 2 });
    const features = await extractFeatures(resnet18(), stack);
    const reduced = new Pca({ nComponents: 4 }).fit(features).transform(features);
    const clusters = new BayesianGaussianMixture({ nComponents: 2, nInit: 1, seed: 1 }).fit(reduced).predict(reduced);
    console.log(JSON.stringify({ backend, shape: features.shape, clusters: clusters.length }));`,
  );
  const printed = run(process.execPath, ["clusters.mjs"], folder, {
    LATENT_SKY_CACHE: join(folder, "cache"),
  });
  const { backend } = await startEngine();
  assert.deepEqual(JSON.parse(printed.trim().split("\n").at(-1)!), {
    backend,
    shape: [24, 512],
    clusters: 24,
  });
});

test("the command from the package: features, clusters, search and the explorer of a folder, downloads, and errors in a sentence", async () => {
  const command = join(folder, "node_modules/latent-sky", manifest.bin["latent-sky"]);
  const env = { LATENT_SKY_CACHE: join(folder, "cache") };
  const sky = (...args: string[]) => run(process.execPath, [command, ...args], folder, env);
  assert.match(sky("--help"), /features .*\n.*clusters .*\n.*search /);
  const images = join(folder, "images");
  const drawn = tinyDataset();
  const ids = (await saveImages(drawn, [...Array(24).keys()], images)).map((_, i) => `blob_${i}`);
  assert.match(
    sky("features", images, "--weights", "random", "--size", "32", "--out", "f.parquet"),
    /24 images, 512 numbers each: f\.parquet/,
  );
  assert.match(
    sky("clusters", images, "--features", "f.parquet", "--out", "c.csv"),
    /clusters of 24 images: c\.csv/,
  );
  assert.match(
    readFileSync(join(folder, "c.csv"), "utf8"),
    /^id,(label,)?cluster,probability,umap_x,umap_y,pc1/,
  );
  writeFileSync(
    join(folder, "scores.csv"),
    `id,score\n${ids
      .slice(0, 4)
      .map((id, i) => `${id},${i + 1}`)
      .join("\n")}\n`,
  );
  const found = sky(
    "search",
    images,
    "--features",
    "f.parquet",
    "--labels",
    "scores.csv",
    "--n",
    "3",
    "--out",
    "r.csv",
  );
  assert.match(found, /24 images, from 4 scores: r\.csv/);
  sky("explore", images, "--features", "f.parquet", "--out", "map.html");
  assert.match(readFileSync(join(folder, "map.html"), "utf8").slice(0, 200_000), /features f\.parquet/);
  assert.match(sky("survey", "--help"), /npx latent-sky survey plan DIR/);
  assert.match(sky("data"), /mirabest: [\s\S]*npx latent-sky data NAME/);
  const refused = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [command, ...args], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, ...env, LATENT_SKY_DATA: folder },
    });
    assert.deepEqual([status, stderr.trim().split("\n").length], [1, 1], stderr);
    return stderr;
  };
  assert.match(refused("clusters", "nowhere"), /nowhere/);
  assert.match(refused("survey", "status", "nowhere"), /make one with npx latent-sky survey plan nowhere/);
  assert.match(refused("features", "nowhere"), /"nowhere" is neither a file or folder nor a known dataset/);
  assert.match(
    refused("features", images),
    /weights are not here: run `npx latent-sky data resnet18-imagenet`/,
  );
});

test("another project's compiler knows the library's types", () => {
  const program = join(folder, "program.mts");
  writeFileSync(
    program,
    `import { Pca } from "latent-sky";
    export const ok: number = new Pca({ variance: 0.95 }).fit({ data: new Float64Array(4), shape: [2, 2] }).nComponents;
    // @ts-expect-error: an option that does not exist
    new Pca({ varience: 0.95 });`,
  );
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"];
  run(process.execPath, [packageRoot("node_modules/typescript/bin/tsc"), ...options, program], folder);
});

test("the library's types ask for no package that may be absent, with the declarations checked too", () => {
  symlinkSync(packageRoot("node_modules/@types/node"), join(folder, "node_modules/@types/node"));
  const program = join(folder, "whole.mts");
  writeFileSync(
    program,
    'import { openDataset } from "latent-sky";\nexport const dataset = openDataset("mock");\n',
  );
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"];
  const tsc = packageRoot("node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, ...options, program], {
    cwd: folder,
    encoding: "utf8",
  });
  // What packages that are there say of themselves is theirs.
  const ours = stdout.split("\n").filter((line) => /^(?:node_modules\/latent-sky\/|whole)/.test(line));
  assert.deepEqual(ours, []);
});

test("lib imports only packages that the manifest names", () => {
  const named = Object.keys({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  });
  const known = new Set([...named, ...named.map((name) => name.replace(/^@types\//, ""))]);
  const strangers: string[] = [];
  for (const file of readdirSync("lib", { recursive: true }) as string[]) {
    if (!file.endsWith(".ts")) continue;
    const source = readFileSync(join("lib", file), "utf8");
    for (const [, specifier] of source.matchAll(
      /(?:from\s|import\(|requirePackage(?:\.resolve)?\()\s*"([^".][^"]*)"/g,
    )) {
      const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
      if (!specifier.startsWith("node:") && !known.has(name)) strangers.push(`${file}: ${name}`);
    }
  }
  assert.deepEqual(strangers, []);
});
