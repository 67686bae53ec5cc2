import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { buildAddon } from "../../../environment/setup/build-addon.mjs";
import { tools } from "../../../environment/setup/system.mjs";
import { onPath } from "../../../lib/files/on-path.mjs";
import { requirePackage } from "../../../lib/package-root.js";
import { scratch } from "../../scratch.js";

const folder = scratch();

const without = "a slower engine is used";
const skip =
  onPath("g++", "c++", "clang++") && onPath("make") && onPath("python3") ? false : "no compiler here";

/** An addon in the scratch folder; node-gyp is this project's. */
async function addon(name: string, source: string): Promise<() => string[]> {
  const at = join(folder, name);
  await mkdir(join(at, "src"), { recursive: true });
  await mkdir(join(folder, "shared", "src"), { recursive: true });
  const gyp = {
    targets: [{ target_name: name, sources: ["src/addon.c"], include_dirs: ["../shared/src"] }],
  };
  await writeFile(join(at, "binding.gyp"), JSON.stringify(gyp));
  await writeFile(join(at, "src", "addon.c"), source);
  return () => {
    const said: string[] = [];
    buildAddon(process.cwd(), at, without, (text: string) => said.push(text));
    return said;
  };
}

const good = `#include <node_api.h>
NAPI_MODULE_INIT() { return exports; }`;

test("an addon is built once, and again when its sources or those it shares change", { skip }, async () => {
  const build = await addon("works", good);
  const header = join(folder, "shared", "src", "shared.h");
  await writeFile(header, "#define NUMBER 1\n");
  assert.match(build().join("\n"), /^Building .*works \.\.\.$/);
  assert.deepEqual(build(), []);
  await writeFile(join(folder, "works", "src", "addon.c"), `${good}\n/* changed */`);
  assert.equal(build().length, 1);
  await writeFile(header, "#define NUMBER 2\n");
  assert.equal(build().length, 1);
  assert.deepEqual(build(), []);
});

test("an addon that does not build says why once, and is not tried again", { skip }, async () => {
  const build = await addon("broken", "#error this processor is not known\n");
  assert.match(
    build().join("\n"),
    /did not build; a slower engine is used[\s\S]*this processor is not known/,
  );
  const again = build();
  assert.equal(again.length, 1);
  assert.match(again[0], /does not build on this machine.*build\.log/);
});

test("an addon is built where the path has spaces, brackets and letters beyond ASCII", {
  skip: skip || !tools.find((tool) => tool.addons?.test("turbo-jpeg"))?.present(),
}, async () => {
  const root = join(folder, "M\u00e9lanie's (new) disk");
  // Its own copy, for a link would lead out of the folder again.
  const headers = dirname(requirePackage.resolve("node-addon-api/package.json"));
  await cp(headers, join(root, "node_modules/node-addon-api"), { recursive: true });
  const at = join(root, "lib/data/turbo-jpeg");
  for (const name of ["binding.gyp", "src"])
    await cp(join("lib/data/turbo-jpeg", name), join(at, name), { recursive: true });
  const said: string[] = [];
  buildAddon(root, at, without, (text: string) => said.push(text));
  assert.equal(said.length, 1, said.join("\n"));
  assert.ok(existsSync(join(at, "build/Release/turbo_jpeg.node")));
});
