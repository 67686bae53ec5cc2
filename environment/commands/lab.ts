import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { onPath } from "../../lib/files/on-path.mjs";
import { lastRun } from "../../lib/study/last-run.js";
import { settingsEnvironment } from "../../lib/study/settings.js";
import { jupyterEnvironment } from "../jupyter/jupyter-folders.js";
import { exitWith } from "./exit-with.js";
import { usage } from "./usage.js";

/** `npm run lab` after the set-up. JupyterLab where it is installed, else the notebook page. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      profile: { type: "string" },
      dataset: { type: "string" },
      features: { type: "string" },
      seed: { type: "string" },
      port: { type: "string", default: "8888" },
      "no-browser": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage("lab"));
    return 0;
  }
  const jupyter = onPath("jupyter-lab") ?? onPath("jupyter-notebook");
  if (!jupyter) {
    console.error("Jupyter is not installed (see above). npm run reproduce runs the notebooks without it.");
    return 1;
  }
  const last = await lastRun();
  // A variable that is set already says more than the last run, an option more than both.
  const set = Object.fromEntries(
    Object.keys(last).flatMap((n) => (process.env[n] ? [[n, process.env[n]!]] : [])),
  );
  const chosen = { ...last, ...set, ...settingsEnvironment(values) };
  const words = Object.entries(chosen).map(([name, value]) => `${name.slice(11).toLowerCase()} ${value}`);
  if (words.length) console.log(`Notebooks open with ${words.join(", ")}.`);
  const env = { ...(await jupyterEnvironment()), ...chosen };
  const noScreen = process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;
  const args = ["--ip=127.0.0.1", `--port=${values.port}`];
  if (values["no-browser"] || noScreen) args.push("--no-browser");
  if (process.getuid?.() === 0) args.push("--allow-root");
  const server = spawn(jupyter, args, { stdio: "inherit", env: { ...process.env, ...env } });
  // Ctrl-C reaches Jupyter too, which asks before it stops: wait for its answer.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => server.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.on("exit", (code) => resolve(code ?? 0));
  });
}

exitWith(main());
