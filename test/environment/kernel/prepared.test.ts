import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { KernelClient, type KernelMessage } from "../../../environment/runner/kernel-client.js";
import { scratch } from "../../scratch.js";

// A project of its own, with the kernel, a small lib and a small package: both can be edited, and preparing is quick.
const project = join(scratch(), "project");
const lib = `import { word } from "small-package";
/** Twice a number. */
export function twice(x: number): number {
  if (x < 0) throw new RangeError("negative");
  return 2 * x;
}
export const said = () => word;
`;
const smallPackage = (word: string) => `exports.word = "${word}";\n`;
const edit = (file: string, text: string) => writeFile(join(project, file), text);
/** What lies in the prepared folder, read as a kernel would; null where a kernel would not use it. */
let read: () => Record<string, Buffer> | null;
let prepare: (say?: (text: string) => void) => Promise<void>;
let prepared: string;

before(async () => {
  const here = resolve();
  await mkdir(join(project, "lib/notebook"), { recursive: true });
  const copied = ["environment/kernel", "environment/setup", "environment/jupyter", "package.json"];
  copied.push("package-lock.json", "tsconfig.json", "tsconfig.package.json", "lib/package-root.ts");
  copied.push("lib/notebook/host.ts", "lib/notebook/slider-spec.ts");
  for (const name of copied) await cp(join(here, name), join(project, name), { recursive: true });
  await mkdir(join(project, "node_modules/small-package"), { recursive: true });
  for (const name of await readdir(join(here, "node_modules")))
    await symlink(join(here, "node_modules", name), join(project, "node_modules", name));
  await edit("node_modules/small-package/package.json", '{ "name": "small-package", "version": "1.0.0" }');
  await edit("node_modules/small-package/index.js", smallPackage("hello"));
  await edit("node_modules/small-package/index.d.ts", "export const word: string;\n");
  await edit("lib/index.ts", lib);
  process.chdir(project);
  const kept = createRequire(join(project, "package.json"))("./environment/kernel/prepared.cjs");
  const setup = await import(pathToFileURL(join(project, "environment/setup/prepare-kernel.mjs")).href);
  read = () => kept.readPrepared();
  prepare = (say = () => {}) => setup.prepareKernel(say);
  prepared = kept.preparedFolder;
});

const cells = [
  'import { said, twice } from "./lib/index.js";\nconst four = twice(2);\nsaid() + four',
  'import { Tensor, tensor1d } from "@tensorflow/tfjs";\nconst t: Tensor = tensor1d([1, 2]).add(1);\nt.dataSync()[1]',
  "const line = 1;\ntwice(-line)",
  'twice("two")',
  'import { own } from "./own.js";\nown + twice(four)',
];

/** What a kernel answers to `cells`, in the order of its messages, and to a hover and a completion. */
async function answers(): Promise<string[]> {
  const kernel = await KernelClient.start();
  const found: string[] = [];
  try {
    for (const code of cells) {
      const keep = ({ type, content }: KernelMessage) => {
        if (type === "stream") found.push(content.text);
        if (type === "error") found.push([content.ename, content.evalue, ...content.traceback].join("\n"));
      };
      const { status } = await kernel.execute(code, keep);
      found.push(status);
      if (status === "error") await new Promise((done) => setTimeout(done, 300)); // what waits behind it is aborted
    }
    const ask = { code: "twice(1)", detail_level: 0 };
    found.push(JSON.stringify(await kernel.ask("inspect_request", { ...ask, cursor_pos: 2 })));
    const log = { code: "console.log(1)", detail_level: 0 };
    found.push(JSON.stringify(await kernel.ask("inspect_request", { ...log, cursor_pos: 10 })));
    found.push(JSON.stringify(await kernel.ask("complete_request", { ...ask, cursor_pos: 3 })));
    return found;
  } finally {
    await kernel.shutdown();
  }
}

async function firstAnswer(code = cells[0], folder = project): Promise<string> {
  const kernel = await KernelClient.start({}, 120, folder);
  try {
    let text = "";
    await kernel.execute(code, ({ type, content }) => {
      if (type === "stream") text += content.text;
    });
    return text;
  } finally {
    await kernel.shutdown();
  }
}

test("a prepared kernel gives the results, errors and documentation of one that is not", async () => {
  await edit("own.ts", 'import { twice } from "./lib/index.js";\nexport const own: number = twice(10);\n');
  assert.equal(read(), null);
  const plain = await answers();
  await prepare();
  assert.ok(read()?.["code.bin"]);
  const quick = await answers();
  assert.deepEqual(quick, plain);
  const all = plain.join("\n");
  assert.match(all, /hello4\n/);
  assert.match(
    all,
    /RangeError: negative\n {4}at twice \(.*project\/lib\/index\.ts:4:20\)\n {4}at cell 3, line 2/,
  );
  assert.match(all, /line 1: Argument of type 'string' is not assignable to parameter of type 'number'/);
  assert.match(all, /28\n/); // own is 20, twice(four) is 8
  assert.match(all, /Twice a number/);
  assert.match(all, /Prints to `stdout` with newline/); // Node's documentation, read when asked for
});

test("one in a folder of its own finds what it takes from the project and what lies beside it", async () => {
  const outside = join(scratch(), "outside");
  await mkdir(outside);
  await edit("own.ts", 'import { twice } from "./lib/index.js";\nexport const own: number = twice(10);\n');
  await writeFile(join(outside, "beside.ts"), "export const beside: number = 3;\n");
  const first = 'import { own } from "./own.js";\nimport { beside } from "./beside.js";\n';
  const second = 'import { twice } from "latent-sky";\nown + twice(beside)';
  await prepare();
  assert.ok(read());
  assert.equal(await firstAnswer(first + second, outside), "26\n");
});

test("what was edited since, at the same length, runs as edited: lib and the packages in it", async () => {
  assert.ok(read());
  await edit("lib/index.ts", lib.replace("2 * x", "3 * x"));
  assert.equal(await firstAnswer(), "hello6\n");
  await edit("lib/index.ts", lib);
  assert.ok(read());
  await edit("node_modules/small-package/index.js", smallPackage("olleh"));
  assert.equal(await firstAnswer(), "olleh4\n");
  await prepare();
  assert.ok(read());
  assert.equal(await firstAnswer(), "olleh4\n");
});

test("a damaged or half-written folder is passed over, and made anew", async () => {
  for (const name of ["kernel.cjs", "declarations.json", "code.bin", "code.json", "manifest.json"]) {
    const whole = await readFile(join(prepared, name));
    const damaged = Buffer.from(whole);
    damaged[damaged.length >> 1] ^= 1;
    await writeFile(join(prepared, name), damaged);
    assert.equal(read(), null, `${name} with a flipped bit`);
    await writeFile(join(prepared, name), whole);
    await truncate(join(prepared, name), whole.length - 1);
    assert.equal(read(), null, `${name} cut short`);
    await writeFile(join(prepared, name), whole);
    assert.ok(read());
  }
  await writeFile(join(prepared, "kernel.cjs"), "process.abort();");
  assert.equal(await firstAnswer(), "olleh4\n");
  const said: string[] = [];
  await prepare((text) => said.push(text));
  assert.ok(read());
  assert.deepEqual(said, ["Preparing the kernel for a quick start ..."]);
  await prepare((text) => said.push(text));
  assert.equal(said.length, 1);
});

test("of two set-ups at once one is kept, whole, and nothing beside it", async () => {
  await edit("lib/index.ts", `${lib}// edited\n`);
  const killed = join(prepared, "..", "making-killed"); // by a set-up that was killed hours ago
  await mkdir(killed);
  await utimes(killed, 0, 0);
  const said: string[] = [];
  await Promise.all([prepare((text) => said.push(text)), prepare((text) => said.push(text))]);
  assert.deepEqual(new Set(said), new Set(["Preparing the kernel for a quick start ..."]));
  assert.ok(read());
  assert.equal((await readdir(join(prepared, ".."))).length, 1);
});

test("sources that do not compile leave the ordinary start, and a sentence", async () => {
  await edit("lib/index.ts", `${lib}}`);
  const said: string[] = [];
  await prepare((text) => said.push(text));
  assert.match(said[1], /^The kernel will start more slowly, for it cannot be prepared: .*lib\/index\.ts/s);
  assert.equal(read(), null);
  await edit("lib/index.ts", lib);
});
