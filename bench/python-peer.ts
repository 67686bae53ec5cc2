import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

/** The Python that peers run in: LATENT_SKY_PYTHON, or the system's. */
export const python = process.env.LATENT_SKY_PYTHON ?? "/usr/bin/python3";

/**
 * The environment of a peer. OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE, which some machines set for old libraries, would
 * keep numpy from the kernels made for this CPU.
 */
function peerEnvironment(): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _type, OPENBLAS_L2_SIZE: _size, ...rest } = process.env;
  return rest;
}

/** The versions of what the peers are made of, by module, for those that are installed; "openblas" is what numpy uses of it. */
export function peerVersions(): Record<string, string> {
  const script = `
import importlib, json, platform
found = {"python": platform.python_version()}
for name in ["numpy", "torch", "sklearn", "umap", "astropy", "cv2", "PIL"]:
    try:
        found[name] = importlib.import_module(name).__version__
    except ImportError:
        continue
    if name == "numpy":  # before the others bring an OpenBLAS of their own
        try:
            import threadpoolctl
            found["openblas"] = next(i["architecture"] for i in threadpoolctl.threadpool_info() if i["internal_api"] == "openblas")
        except (ImportError, StopIteration):
            pass
print(json.dumps(found))`;
  const { stdout, status } = spawnSync(python, ["-W", "ignore", "-c", script], {
    env: peerEnvironment(),
    encoding: "utf8",
  });
  if (status !== 0)
    throw new Error(`${python} does not run: install Python, or name one in LATENT_SKY_PYTHON.`);
  return JSON.parse(stdout) as Record<string, string>;
}

/** What a peer answers: its seconds, and whatever it wants compared. */
export interface PeerAnswer {
  seconds: number;
  [name: string]: unknown;
}

/**
 * A Python process that stays alive between measurements, so that ours and the peer's can be taken in turn and no
 * import is timed. The script reads one task name per line and answers with one line of JSON.
 */
export class PythonPeer {
  private readonly child;
  private readonly lines;
  private errors = "";

  constructor(script: string, args: string[] = [], command = python) {
    this.child = spawn(command, [script, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      env: peerEnvironment(),
    });
    this.child.stderr.on("data", (chunk) => (this.errors = (this.errors + chunk).slice(-2000)));
    this.child.on("error", (error) => (this.errors += error.message));
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async run(task: string): Promise<PeerAnswer> {
    this.child.stdin.write(`${task}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`The Python peer ended without an answer to "${task}": ${this.errors.trim()}`);
    return JSON.parse(value) as PeerAnswer;
  }

  stop(): void {
    this.child.stdin.end();
    this.child.kill();
  }
}
