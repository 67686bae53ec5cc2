import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../../lib/files/on-path.mjs";
import { findChromium } from "../../lib/notebook/find-chromium.mjs";

/** Folders with the headers and libraries of a conda environment or Homebrew, searched besides the system's. */
export function extraPrefixes() {
  const brew = onPath("brew") ? ["/opt/homebrew", "/usr/local"] : [];
  return [process.env.CONDA_PREFIX, ...brew].filter((prefix) => prefix && existsSync(prefix));
}

function hasHeader(...names) {
  const folders = ["/usr", "/usr/local", ...extraPrefixes()].map((prefix) => join(prefix, "include"));
  return folders.some((folder) => names.some((name) => existsSync(join(folder, name))));
}

/**
 * What the project uses beyond Node, how to see whether it is there, what is lost without it, which native addons are
 * not built without it, and what it is called by Debian, conda-forge and Homebrew.
 */
export const tools = [
  {
    name: "a C++ compiler, make and Python (to build the native addons)",
    present: () => Boolean(onPath("c++", "g++", "clang++") && onPath("make") && onPath("python3")),
    without: "the slower engines are used",
    addons: /./,
    apt: ["g++", "make", "python3"],
    conda: ["cxx-compiler", "make", "python"],
    brew: ["gcc", "make", "python"],
  },
  {
    name: "oneDNN",
    present: () => hasHeader("dnnl.h", "oneapi/dnnl/dnnl.h"),
    without: "training runs on the wasm engine, 10 to 100 times slower",
    addons: /onednn$/,
    apt: ["libdnnl-dev"],
    conda: ["onednn"],
    brew: ["onednn"],
  },
  {
    name: "libjpeg-turbo's headers",
    present: () => hasHeader("turbojpeg.h"),
    without: "JPEGs are read at half the speed",
    addons: /turbo-jpeg$/,
    apt: ["libturbojpeg0-dev"],
    conda: ["libjpeg-turbo"],
    brew: ["jpeg-turbo"],
  },
  {
    name: "Chromium",
    present: () => Boolean(findChromium()),
    without: "figures have no PNG, SVG and PDF",
    apt: ["chromium", "fonts-dejavu-core"],
    conda: [],
    brew: [],
    brewCask: ["chromium"],
  },
  {
    name: "Jupyter",
    onlyFor: "jupyter",
    present: () => Boolean(onPath("jupyter-lab", "jupyter-notebook")),
    without: "notebooks run with `npm run reproduce` but cannot be opened here",
    apt: ["jupyter-notebook"],
    conda: ["jupyterlab"],
    brew: ["jupyterlab"],
  },
  {
    name: "Slurm",
    onlyFor: "slurm",
    // Its daemons belong on a machine that is thrown away, not on somebody's workstation.
    present: () => Boolean(onPath("slurmctld") && onPath("munged")) || !isContainer(),
    without: "the tests of surveys under Slurm are skipped",
    apt: ["slurm-wlm", "munge"],
    conda: [],
    brew: [],
  },
];

/** Root without systemd: where an installed service starts nothing by itself. */
function isContainer() {
  return process.platform === "linux" && process.getuid?.() === 0 && !existsSync("/run/systemd/system");
}

/** `apt-get` as root or through a sudo that asks no password; null where neither works. */
export function aptCommand() {
  const apt = onPath("apt-get");
  if (!apt || process.platform !== "linux") return null;
  if (process.getuid?.() === 0) return [apt];
  const sudo = onPath("sudo");
  return sudo && spawnSync(sudo, ["-n", "true"], { stdio: "ignore" }).status === 0 ? [sudo, "-n", apt] : null;
}

/** Ubuntu's chromium is a snap, which does not run in containers and cannot be driven from outside. */
export function isUbuntu() {
  try {
    return /^ID=ubuntu$/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
}
