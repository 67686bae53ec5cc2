import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { delimiter, dirname, join, relative, resolve } from "node:path";
import { extraPrefixes, tools } from "./system.mjs";

/**
 * Builds the native addon in `folder` with node-gyp, unless its sources and those it shares, Node, the processor and the
 * libraries are those of the last build. A build that failed is not tried again until one of them changes; `without` says what the
 * project then goes on with.
 */
export function buildAddon(root, folder, without, say) {
  const at = resolve(root, folder);
  if (!existsSync(join(at, "binding.gyp"))) return;
  if (tools.some((tool) => tool.addons?.test(folder) && !tool.present())) return;
  const stamp = join(at, "build", "built-from");
  const hash = sourceHash(at);
  const last = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (last === hash) return;
  if (last === `failed ${hash}`) {
    say(`${folder} does not build on this machine (see ${folder}/build/build.log); ${without}.`);
    return;
  }
  say(`Building ${folder} ...`);
  const result = spawnSync(
    process.execPath,
    [createRequire(import.meta.url).resolve("node-gyp/bin/node-gyp.js"), ...gypArguments()],
    {
      cwd: at,
      env: compilerEnvironment(),
      encoding: "utf8",
      maxBuffer: 1 << 28,
    },
  );
  mkdirSync(join(at, "build"), { recursive: true });
  writeFileSync(join(at, "build", "build.log"), `${result.stdout}\n${result.stderr}`);
  writeFileSync(stamp, result.status === 0 ? hash : `failed ${hash}`);
  if (result.status === 0) return;
  const errors = `${result.stdout}\n${result.stderr}`
    .split("\n")
    .filter((line) => /error|cannot find/i.test(line));
  say(`${folder} did not build; ${without}. The first errors (all in ${folder}/build/build.log):`);
  for (const line of errors.slice(0, 5)) say(`  ${line}`);
}

/** Node's own headers where they are installed beside it, so that node-gyp downloads nothing. */
function gypArguments() {
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, "include/node/node_api.h")) ? [`--nodedir=${prefix}`] : [];
  return ["rebuild", ...headers];
}

/** Lets the compiler find what conda or Homebrew installed. */
function compilerEnvironment() {
  const env = { ...process.env };
  for (const prefix of extraPrefixes()) {
    env.CPATH = [env.CPATH, join(prefix, "include")].filter(Boolean).join(delimiter);
    env.LIBRARY_PATH = [env.LIBRARY_PATH, join(prefix, "lib")].filter(Boolean).join(delimiter);
    env.LDFLAGS = [env.LDFLAGS, `-Wl,-rpath,${join(prefix, "lib")}`].filter(Boolean).join(" ");
  }
  return env;
}

function sourceHash(folder) {
  const hash = createHash("sha256");
  hash.update(
    [process.versions.modules, process.arch, cpus()[0]?.model ?? "", ...extraPrefixes()].join("\n"),
  );
  const gyp = join(folder, "binding.gyp");
  // Sources that addons share lie in another's folder, as their include_dirs say.
  const shared = [...readFileSync(gyp, "utf8").matchAll(/"(\.\.\/[\w/-]+\/src)"/g)].map(([, at]) => at);
  const sources = ["src", ...shared].flatMap((at) =>
    readdirSync(join(folder, at), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
  );
  const files = [gyp, ...sources.sort()];
  for (const file of files) hash.update(relative(folder, file)).update(readFileSync(file));
  return hash.digest("hex");
}
