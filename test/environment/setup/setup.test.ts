import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { buildAddon } from "../../../environment/setup/build-addon.mjs";
import { onPath } from "../../../lib/files/on-path.mjs";
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
