import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../../lib/package-root.js";
import { scratch } from "../../scratch.js";

const uid = process.geteuid?.();
const asks = `
  const { privateCache } = require(${JSON.stringify(packageRoot("environment/setup/private-cache.cjs"))});
  console.log(JSON.stringify([privateCache(), process.env.TSX_DISABLE_CACHE ?? null]));`;

test("compiled code is kept in a folder of one's own or not at all", { skip: uid === undefined }, (t) => {
  const folder = scratch(t);
  const cache = join(folder, `tsx-${uid}`);
  const { TSX_DISABLE_CACHE: _, ...rest } = process.env;
  const env = { ...rest, TMPDIR: folder };
  const ask = () => JSON.parse(spawnSync(process.execPath, ["-e", asks], { encoding: "utf8", env }).stdout);
  const mode = () => lstatSync(cache).mode & 0o777;
  assert.deepEqual([ask(), mode()], [[null, null], 0o700]);
  chmodSync(cache, 0o777);
  assert.deepEqual([ask(), mode()], [[null, null], 0o700]);
  const refused = [cache, "1"];
  rmSync(cache, { recursive: true });
  mkdirSync(join(folder, "elsewhere"));
  symlinkSync(join(folder, "elsewhere"), cache);
  assert.deepEqual(ask(), refused, "a link leads anywhere");
  if (uid !== 0) return; // only root can make what belongs to another
  rmSync(cache);
  mkdirSync(cache);
  chownSync(cache, 65_534, 65_534);
  assert.deepEqual(ask(), refused);
  const setup = ["environment/setup/setup.mjs"];
  const { status, stdout } = spawnSync(process.execPath, setup, {
    encoding: "utf8",
    env,
    cwd: packageRoot(),
  });
  assert.equal(status, 1);
  assert.match(stdout, /tsx-0, from which programs would be loaded, belongs to another user: set TMPDIR/);
});
