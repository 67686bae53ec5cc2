import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  installedFrom,
  installKernel,
  prefixPlace,
  uninstallKernel,
  userPlace,
} from "../../../environment/jupyter/installed-kernel.js";
import { onPath } from "../../../lib/files/on-path.mjs";
import { scratch } from "../../scratch.js";

/** The Python that Jupyter is installed in, from the first line of its command; null where there is none. */
function jupyterPython(): string | null {
  const jupyter = onPath("jupyter", "jupyter-notebook", "jupyter-lab");
  const python = jupyter && /^#!\s*(\S+)/.exec(readFileSync(jupyter, "utf8"))?.[1];
  return python && spawnSync(python, ["-c", "import jupyter_client"]).status === 0 ? python : null;
}
const python = jupyterPython();

const cell = `
import { mockSurvey, openDataset, show } from "latent-sky";
const mock = await openDataset(await mockSurvey({ size: 3, imageSize: 64, seed: 2 }));
const title = { text: "From anywhere" };
await show({ data: [{ type: "bar", y: [mock.length] }], layout: { title } }, { name: "anywhere" });
const here: string = process.cwd();
console.log("ran in", here, "with", mock.length);
`;

/** What any front end does, in the words of Jupyter's own library. */
const client = `
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="latent-sky", startup_timeout=120)
reply = client.execute_interactive(open(sys.argv[1]).read(), timeout=150)
client.stop_channels()
manager.shutdown_kernel()
sys.exit(reply["content"]["status"] != "ok")
`;

test("an installed kernel runs from an empty folder, started by Jupyter's own client", {
  skip: python ? false : "Jupyter is not installed: notebooks run without it",
  timeout: 180_000,
}, async (t) => {
  const folder = scratch(t);
  const place = prefixPlace(join(folder, "prefix"));
  await installKernel(place);
  const elsewhere = join(folder, "elsewhere");
  await mkdir(elsewhere);
  await writeFile(join(folder, "cell.ts"), cell);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    JUPYTER_PATH: place.data,
    JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
    LATENT_SKY_NOTEBOOK: "anywhere",
    LATENT_SKY_CHROMIUM: "/nowhere",
  };
  delete env.LATENT_SKY_OUT; // results go where the notebook is
  const args = ["-c", client, join(folder, "cell.ts")];
  const child = spawn(python!, args, { cwd: elsewhere, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  const code = await new Promise((r) => child.on("close", r));
  assert.equal(code, 0, said);
  assert.match(said, new RegExp(`ran in ${elsewhere} with 3`));
  assert.ok(existsSync(join(elsewhere, "out/figures/anywhere.json")), "results lie beside the notebook");
});

test("install and uninstall: absolute paths, nothing left, nobody else's kernel touched", async (t) => {
  const prefix = join(scratch(t), "prefix");
  const place = prefixPlace(prefix);
  const spec = join(place.data, "kernels/latent-sky/kernel.json");
  await installKernel(place);
  await installKernel(place); // again, over itself
  const { argv } = JSON.parse(await readFile(spec, "utf8"));
  assert.equal(argv[0], process.execPath);
  const [launcher, connection] = argv.slice(-2);
  assert.ok(existsSync(launcher) && launcher.startsWith("/"), launcher);
  assert.equal(connection, "{connection_file}");
  assert.deepEqual(await installedFrom(place.data), { node: argv[0], launcher });
  const lab = join(place.data, "labextensions/latent-sky-plotly");
  const { jupyterlab } = JSON.parse(await readFile(join(lab, "package.json"), "utf8"));
  assert.ok(existsSync(join(lab, jupyterlab._build.load)));
  assert.ok(existsSync(join(lab, "static/plotly.min.js")));

  await uninstallKernel(place);
  const files = await readdir(prefix, { recursive: true, withFileTypes: true });
  assert.deepEqual(
    files.filter((entry) => entry.isFile()).map((entry) => entry.name),
    [],
  );
  assert.deepEqual(await uninstallKernel(place), []);

  await mkdir(join(spec, ".."), { recursive: true });
  await writeFile(spec, '{ "argv": ["python", "-m", "other"] }');
  await assert.rejects(installKernel(place), /kernel of somebody else's/);
  assert.deepEqual(await uninstallKernel(place), []);
  assert.match(await readFile(spec, "utf8"), /other/);
});

test("a person's own folders are those of jupyter_core", () => {
  const home = (...parts: string[]) => join(homedir(), ...parts);
  assert.deepEqual(userPlace({}, "linux"), { data: home(".local/share/jupyter"), config: home(".jupyter") });
  assert.equal(userPlace({ XDG_DATA_HOME: "/x" }, "linux").data, "/x/jupyter");
  assert.equal(userPlace({}, "darwin").data, home("Library/Jupyter"));
  assert.equal(userPlace({ APPDATA: "/roaming" }, "win32").data, "/roaming/jupyter");
  const set = { JUPYTER_DATA_DIR: "/d", JUPYTER_CONFIG_DIR: "/c" };
  assert.deepEqual(userPlace(set, "linux"), { data: "/d", config: "/c" });
});
