import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Random } from "../lib/random.js";
import { archiveTargets } from "./fuzz/archive-targets.js";
import { imageTargets } from "./fuzz/image-targets.js";
import { mutate } from "./fuzz/mutate.js";
import { tableTargets } from "./fuzz/table-targets.js";
import { AcceptedError, type MakeTarget } from "./fuzz/target.js";
import { textTargets } from "./fuzz/text-targets.js";
import { weightTargets } from "./fuzz/weight-targets.js";

/**
 * Every parser on files that something has damaged:
 *
 *   node --import tsx test/fuzz.ts [--targets fits,csv] [--inputs 40000] [--seed 0]
 *   node --import tsx test/fuzz.ts --targets fits --only 1234      one input again, with what it did
 *
 * Input k of a target depends on the seed and k alone. Each target runs in a process of its own, which its parent
 * watches. What counts as a fault: the process dies; an input takes over 5 s of the process's own time (Linux tells
 * it; a busy machine makes none slow) or over a minute by the clock; the process comes to over 1 GB; what is
 * accepted breaks what must hold of it (lengths, shapes, one entry an image); of a format with checksums, something is
 * accepted that is not what was saved; an error that is JavaScript's own rather than a sentence about the file. Run by
 * hand before a release, and after a change of a reader; a million inputs take about an hour of two cores.
 */
const targets: Record<string, MakeTarget> = {
  ...imageTargets,
  ...tableTargets,
  ...archiveTargets,
  ...weightTargets,
  ...textTargets,
};

const slowest = 5000;
const longest = 60_000;
const mostMemory = 1024;

interface Count {
  tried: number;
  accepted: number;
  refused: number;
  /** Kind of fault -> how often, and the first input. */
  faults: Record<string, { times: number; first: number }>;
  slowest: { ms: number; input: number };
  memory: number;
}

/** What JavaScript says where a parser went wrong: no sentence about a file. */
const internal =
  /Cannot (read prop|set|convert|mix|destructure|create|perform)|is not (a function|iterable|defined|an object)|Invalid (array|typed array|string|count|time)|Maximum call stack|out(side the)? (of )?bounds|\bundefined\b(?! entity)|\[object|must be (of type|an instance)|Array buffer allocation|Assertion|ERR_|expected type|circular structure/;

function faultOf(error: unknown): string | null {
  if (error instanceof AcceptedError) return `accepted: ${error.message}`;
  if (!(error instanceof Error)) return `thrown: ${typeof error}`;
  const own = error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
  // What it quotes are the file's own words.
  return own || internal.test(error.message.replace(/"[^"]*"/g, '""'))
    ? `unclear: ${error.constructor.name}: ${error.message}`
    : null;
}

/** One run of numbers or a quoted text is as good as another. */
const kindOf = (fault: string) =>
  fault
    .replace(/\/[^ ]*latent-sky-fuzz[^ ]*/g, "PATH")
    .replace(/"[^"]*"/g, '""')
    .replace(/\d+/g, "N")
    .slice(0, 160);

const nothingYet = (): Count => ({
  tried: 0,
  accepted: 0,
  refused: 0,
  faults: {},
  slowest: { ms: 0, input: 0 },
  memory: 0,
});

async function attack(name: string, seed: number, from: number, to: number, folder: string, only: boolean) {
  const target = await targets[name](folder);
  const originals = new Set<string>();
  if (target.isSummed) for (const bytes of target.seeds) originals.add(await target.run(bytes));
  const at = openSync(join(folder, "at"), "w");
  const count = nothingYet();
  for (let k = from; k < to; k++) {
    writeSync(at, `${String(k).padEnd(12)}${Date.now()}`, 0);
    const bytes = mutate(target.seeds, new Random(seed).fork(`${name} ${k}`), target.isText ?? false);
    if (only) writeFileSync("/tmp/fuzz-input", bytes);
    const began = performance.now();
    let fault: string | null = null;
    try {
      const sum = await target.run(bytes);
      count.accepted++;
      if (target.isSummed && sum !== "said" && !originals.has(sum))
        fault = "silent: other content than was saved";
      if (only) console.log("accepted", sum);
    } catch (error) {
      count.refused++;
      fault = faultOf(error);
      if (only) console.log(error);
    }
    const ms = Math.round(performance.now() - began);
    count.tried++;
    if (ms > count.slowest.ms) count.slowest = { ms, input: k };
    count.memory = Math.round(process.resourceUsage().maxRSS / 1024);
    if (count.memory > mostMemory) fault ??= `memory: over ${mostMemory} MB`;
    if (fault) (count.faults[kindOf(fault)] ??= { times: 0, first: k }).times++;
    if (k % 100 === 0 || k === to - 1 || fault || count.memory > mostMemory) process.send?.(count);
    if (count.memory > mostMemory) process.exit(9);
  }
  process.disconnect?.();
}

/** Milliseconds that all threads of a process have computed, in its hundredths of a second; null where nothing tells. */
function spent(pid: number): number | null {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, "latin1")
      .split(") ")
      .at(-1)!
      .split(" ")
      .slice(11, 13);
    return 10 * (Number(user) + Number(system));
  } catch {
    return null;
  }
}

/** Runs a target to its end, starting its process anew behind an input that it did not survive. */
async function watch(name: string, inputs: number, seed: number, folder: string): Promise<Count> {
  const total = nothingYet();
  const add = (fault: string, input: number, times = 1) => {
    const known = (total.faults[fault] ??= { times: 0, first: input });
    known.times += times;
  };
  for (let from = 0; from < inputs; ) {
    const file = join(folder, "at");
    writeFileSync(file, "");
    let last: Count | null = null;
    let hung = false;
    const child = fork(
      fileURLToPath(import.meta.url),
      ["child", name, String(seed), String(from), String(inputs)],
      {
        env: { ...process.env, LATENT_SKY_FUZZ: folder, LATENT_SKY_CACHE: join(folder, "cache") },
        execArgv: [...process.execArgv, "--max-old-space-size=700"],
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      },
    );
    let said = "";
    child.stderr!.on("data", (d) => {
      said = (said + d).slice(-600);
    });
    child.on("message", (count) => {
      last = count as Count;
    });
    const place = () => readFileSync(file, "latin1").split(/\s+/).map(Number);
    let seen = { input: -1, spent: 0 };
    const timer = setInterval(() => {
      const [input, since] = place();
      const now = spent(child.pid!) ?? Date.now();
      if (input !== seen.input) seen = { input, spent: now };
      else if (since && (now - seen.spent > slowest || Date.now() - since > longest)) {
        hung = true;
        child.kill("SIGKILL");
      }
    }, 500);
    const [code, signal] = await new Promise<[number | null, string | null]>((done) =>
      child.once("close", (...ended) => done(ended)),
    );
    clearInterval(timer);
    const [k = from] = place();
    const ended = last as Count | null;
    if (ended) {
      total.accepted += ended.accepted;
      total.refused += ended.refused;
      for (const [fault, { times, first }] of Object.entries(ended.faults)) add(fault, first, times);
      if (ended.slowest.ms > total.slowest.ms) total.slowest = ended.slowest;
      total.memory = Math.max(total.memory, ended.memory);
    }
    total.tried += k - from + 1;
    if (code === 0) break;
    if (code !== 9) {
      if (!ended && !k && !hung) throw new Error(`The target ${name} does not start: ${said}`);
      add(hung ? `hang: over ${slowest / 1000} s` : `crash: ${signal ?? code} ${said.slice(-200)}`, k);
    }
    from = k + 1;
  }
  return total;
}

async function main() {
  if (process.argv[2] === "child") {
    const [name, ...numbers] = process.argv.slice(3);
    const [seed, from, to] = numbers.map(Number);
    return attack(name, seed, from, to, process.env.LATENT_SKY_FUZZ!, false);
  }
  const { values } = parseArgs({
    options: {
      targets: { type: "string" },
      inputs: { type: "string", default: "40000" },
      seed: { type: "string", default: "0" },
      only: { type: "string" },
    },
  });
  const chosen = values.targets?.split(",") ?? Object.keys(targets);
  const unknown = chosen.filter((name) => !(name in targets));
  if (unknown.length)
    throw new Error(`No target ${unknown.join(", ")}; there are ${Object.keys(targets).join(", ")}.`);
  const folder = mkdtempSync(join(tmpdir(), "latent-sky-fuzz-"));
  let tried = 0;
  let faults = 0;
  try {
    for (const name of chosen) {
      const own = join(folder, name);
      mkdirSync(own);
      if (values.only !== undefined) {
        process.env.LATENT_SKY_CACHE = join(own, "cache");
        await attack(name, Number(values.seed), Number(values.only), Number(values.only) + 1, own, true);
        continue;
      }
      const began = Date.now();
      const c = await watch(name, Number(values.inputs), Number(values.seed), own);
      tried += c.tried;
      const seconds = Math.round((Date.now() - began) / 1000);
      console.log(
        `${name.padEnd(20)} ${c.tried} tried, ${c.accepted} accepted, ${c.refused} refused; ` +
          `slowest ${c.slowest.ms} ms (input ${c.slowest.input}), ${c.memory} MB; ${seconds} s`,
      );
      for (const [fault, { times, first }] of Object.entries(c.faults)) {
        faults += times;
        console.log(`  FAULT ${times} x, first input ${first}: ${fault}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (values.only === undefined) console.log(`${tried} inputs, ${faults} faults`);
  process.exitCode = faults ? 1 : 0;
}

await main();
