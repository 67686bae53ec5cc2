#!/usr/bin/env node
/**
 * The command `latent-sky`. Installed, it runs the compiled library; in a checkout, where none is compiled, tsx runs the
 * sources.
 */
import { existsSync } from "node:fs";

const source = new URL("../lib/command/latent-sky.ts", import.meta.url);
if (existsSync(source)) {
  (await import("./setup/private-cache.cjs")).default.privateCache();
  (await import("tsx/esm/api")).register();
}
const { latentSky } = await import(existsSync(source) ? source.href : "../dist/command/latent-sky.js");
process.exitCode = await latentSky(process.argv.slice(2));
// An engine's threads would keep the process waiting for nothing.
process.exit();
