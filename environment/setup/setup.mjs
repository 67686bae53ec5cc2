/**
 * Gets a machine ready: `node environment/setup/setup.mjs [--kernel] [--jupyter] [--slurm]`. Plain Node, for it runs
 * before node_modules exist.
 *
 * Looks at what is there and does only what is missing: Debian packages (as root or with sudo; else it prints the
 * commands), `npm ci`, the native addons, with `--kernel` what lets a kernel start quickly. What cannot be had is named
 * together with what is lost, and the rest goes on. A second run takes about a second.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildAddons } from "./addons.mjs";
import cache from "./private-cache.cjs";
import { sayMissing } from "./say-missing.mjs";
import { aptCommand, isUbuntu, tools } from "./system.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const say = (text) => process.stdout.write(`${text}\n`);

if (process.argv.includes("--help") || process.argv.includes("-h")) {
  say(
    "Gets the machine ready: npm packages, native addons, the kernel's quick start; a second call does nothing.\n\n  npm run build",
  );
  process.exit(0);
}
checkNode();
checkCache();
installTools();
installPackages();
buildAddons(root, say);
if (process.argv.includes("--kernel")) await prepareForQuickStart();

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(
    `latent-sky needs Node 20.19 or newer; this is ${process.version}. Install it from https://nodejs.org.`,
  );
  process.exit(1);
}

function checkCache() {
  const folder = cache.privateCache();
  if (!folder) return;
  say(
    `${folder}, from which programs would be loaded, belongs to another user: set TMPDIR to a folder of your own.`,
  );
  process.exit(1);
}

function installTools() {
  const wanted = ({ onlyFor }) => !onlyFor || process.argv.includes(`--${onlyFor}`);
  const missing = () => tools.filter((tool) => wanted(tool) && !tool.present());
  let lacking = missing();
  if (!lacking.length) return;
  const apt = aptCommand();
  const packages = lacking.flatMap((tool) => tool.apt).filter((name) => name !== "chromium" || !isUbuntu());
  if (apt && packages.length) {
    say(`Installing ${packages.join(" ")} ...`);
    const [command, ...first] = apt;
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const run = (...args) =>
      spawnSync(command, [...first, ...args], { env, stdio: ["ignore", "ignore", "inherit"] });
    run("-qq", "update");
    // One that cannot be had must not keep the others away.
    for (const tool of lacking) {
      const names = tool.apt.filter((name) => packages.includes(name));
      if (names.length) run("-qq", "install", "-y", "--no-install-recommends", ...names);
    }
    lacking = missing();
  }
  sayMissing(lacking, "the same command again", say);
}

/** `npm ci`, unless node_modules already holds exactly what the lockfile says. */
function installPackages() {
  if (packagesAreCurrent()) return;
  say("Installing npm packages ...");
  // No install scripts: the packages bring their binaries ready-made, and what has to be compiled is built below.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  say("npm ci failed (see above): check the network connection and run the same command again.");
  process.exit(1);
}

function packagesAreCurrent() {
  const read = (file) => JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  if (!existsSync(join(root, "node_modules/.package-lock.json"))) return false;
  const installed = read("node_modules/.package-lock.json");
  // Optional packages are those of other platforms.
  return Object.entries(read("package-lock.json")).every(
    ([path, { version, optional }]) => path === "" || optional || installed[path]?.version === version,
  );
}

/** Only now are there the packages that it takes. */
async function prepareForQuickStart() {
  const { prepareKernel } = await import("./prepare-kernel.mjs");
  await prepareKernel(say);
}
