import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { packageRoot } from "../../lib/package-root.js";
import { placeRenderers, rendererPlaces, writeJson } from "./renderers.js";

/** The name by which front ends know the installed kernel. */
const kernelName = "latent-sky";

/** Where one installation of Jupyter, or all of one person's, looks for kernels and extensions. */
export interface JupyterPlace {
  /** `share/jupyter` of a prefix, or the person's own data folder. */
  data: string;
  /** `etc/jupyter` of a prefix, or the person's own configuration. */
  config: string;
}

/** The folders of a prefix: a virtual or conda environment, /usr/local. */
export function prefixPlace(prefix: string): JupyterPlace {
  return { data: join(prefix, "share/jupyter"), config: join(prefix, "etc/jupyter") };
}

/** The person's own folders, as `jupyter --paths` gives them (jupyter_core, paths.py). */
export function userPlace(env: NodeJS.ProcessEnv = process.env, platform = process.platform): JupyterPlace {
  const home = homedir();
  const data =
    platform === "darwin"
      ? join(home, "Library/Jupyter")
      : platform === "win32"
        ? join(env.APPDATA ?? join(home, "AppData/Roaming"), "jupyter")
        : join(env.XDG_DATA_HOME || join(home, ".local/share"), "jupyter");
  return {
    data: env.JUPYTER_DATA_DIR || data,
    config: env.JUPYTER_CONFIG_DIR || join(home, ".jupyter"),
  };
}

/**
 * Installs kernel and renderers: every front end that looks there can start this checkout's kernel from any folder,
 * and JupyterLab, Notebook 7 and the classic page draw its figures. The paths within are absolute: a checkout that
 * moved is installed again. Returns what was written.
 */
export async function installKernel({ data, config }: JupyterPlace): Promise<string[]> {
  const spec = specFile(data);
  if (existsSync(spec) && !(await installedFrom(data)))
    throw new Error(`${spec} is a kernel of somebody else's; remove it or choose another --prefix.`);
  await writeJson(spec, {
    // The option is for interrupts of what a timer computes (kernel/interrupts.ts).
    argv: [process.execPath, "--no-force-async-hooks-checks", launcher(), "{connection_file}"],
    display_name: "TypeScript (latent-sky)",
    language: "typescript",
    interrupt_mode: "signal",
    metadata: { debugger: false },
  });
  return [join(spec, ".."), ...(await placeRenderers(data, config))];
}

/** Removes what `installKernel` wrote; returns it, empty where there was nothing. */
export async function uninstallKernel({ data, config }: JupyterPlace): Promise<string[]> {
  if (!(await installedFrom(data))) return [];
  const ours = [join(specFile(data), ".."), ...rendererPlaces(data, config)];
  for (const path of ours) await rm(path, { recursive: true, force: true });
  return ours;
}

/** What an installed kernel needs: Node and its launcher. Null where this kernel is not installed. */
export async function installedFrom(data: string): Promise<{ node: string; launcher: string } | null> {
  const text = await readFile(specFile(data), "utf8").catch(() => null);
  if (text === null) return null;
  const [node, ...args] = (JSON.parse(text) as { argv?: string[] }).argv ?? [];
  const launcher = args.find((arg) => arg.endsWith("launch.cjs"));
  return node && launcher ? { node, launcher } : null;
}

/** Where kernels are looked for here: the person's own, those of the active environment, the system's. */
export function searchedPlaces(env: NodeJS.ProcessEnv = process.env): JupyterPlace[] {
  const prefixes = [env.VIRTUAL_ENV, env.CONDA_PREFIX, "/usr/local", "/usr"];
  return [userPlace(env), ...prefixes.flatMap((prefix) => (prefix ? [prefixPlace(resolve(prefix))] : []))];
}

const specFile = (data: string) => join(data, "kernels", kernelName, "kernel.json");
const launcher = () => packageRoot("environment/jupyter/kernels/latent-sky/launch.cjs");
