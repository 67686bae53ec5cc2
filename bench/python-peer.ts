import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

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

  constructor(
    script: string,
    args: string[] = [],
    python = process.env.LATENT_SKY_PYTHON ?? "/usr/bin/python3",
  ) {
    this.child = spawn(python, [script, ...args], { stdio: ["pipe", "pipe", "pipe"] });
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
