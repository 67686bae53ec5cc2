import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { KernelClient, type KernelMessage } from "../../../environment/runner/kernel-client.js";
import { scratch } from "../../scratch.js";

let kernel: KernelClient;
const folder = scratch();
before(async () => {
  kernel = await KernelClient.start();
  await run('import { explore, label, progress, slider } from "./lib/index.js";');
});
after(() => kernel?.shutdown());

/** A cell's text; `onText` is called with what it prints. */
async function run(code: string, onText: (text: string) => void = () => {}, cell?: string): Promise<string> {
  const texts: string[] = [];
  const onMessage = ({ type, content }: KernelMessage) => {
    if (type === "error") texts.push(content.ename);
    if (type !== "stream") return;
    texts.push(content.text);
    onText(content.text);
  };
  await kernel.execute(code, onMessage, cell);
  return texts.join("");
}

const panel = (name: string) =>
  `const ${name} = await explore({ embedding: { data: new Float64Array(4), shape: [2, 2] }, ids: ["a", "b"], labels: "${folder}/${name}.jsonl" });
  console.log(${name}.url);`;

/** Asks until the answer is as expected, for 10 s: a panel closes after the cell has ended. */
async function answers(url: string, expected: boolean): Promise<boolean> {
  for (let i = 0; ; i++) {
    const found = await fetch(`${url}head`).then(
      () => true,
      () => false,
    );
    if (found === expected || i === 100) return found;
    await new Promise((r) => setTimeout(r, 100));
  }
}

test("an interrupt closes the panels of its own cell, and no other's", async () => {
  const other = (await run(panel("other"))).trim();
  let own = "";
  const ended = await run(`${panel("own")} await new Promise(() => {});`, (text) => {
    own = text.trim();
    kernel.interrupt();
  });
  assert.match(ended, /Interrupted/);
  assert.equal(await answers(own, false), false, "the interrupted cell's own panel is closed");
  assert.equal(await answers(other, true), true, "another cell's panel is not");
  assert.match(await run("const bar = progress('Work', 9); bar(1); 'made'"), /made/);
  const worked = await run(
    "console.log('go'); for (let i = 2; ; i++) { await new Promise((r) => setTimeout(r, 5)); try { bar(i); } catch { (globalThis as any).stopped = true; break; } }",
    (text) => text.includes("go") && kernel.interrupt(),
  );
  assert.match(worked, /Interrupted/);
  await new Promise((r) => setTimeout(r, 200)); // until the bar is called again
  assert.match(
    await run("(globalThis as any).stopped"),
    /true/,
    "a bar of an earlier cell stops the work too",
  );
});

const inCell = (cell: string, code: string) => run(code, undefined, cell);

test("a cell that runs again closes the panel it opened before, once it opens one; other cells' stay", async () => {
  const two = `${panel("left")} ${panel("right")}`;
  const other = (await inCell("other", panel("other"))).trim();
  const nameless = (await run(panel("nameless"))).trim();
  const first = (await inCell("again", two)).trim().split("\n");
  assert.deepEqual(await Promise.all(first.map((url) => answers(url, true))), [true, true]);
  await inCell("again", "1 + 1");
  assert.equal(await answers(first[0], true), true, "it opened none: its page may stand in a tab of its own");
  const second = (await inCell("again", two)).trim().split("\n");
  assert.deepEqual(await Promise.all(first.map((url) => answers(url, false))), [false, false]);
  await run(panel("nameless"));
  const open = [...second, other, nameless];
  assert.deepEqual(await Promise.all(open.map((url) => answers(url, true))), [true, true, true, true]);
  const port = new URL(second[0]).port;
  await run("await left.close();");
  const fixed = panel("fixed").replace("ids:", `port: ${port}, ids:`);
  for (let i = 0; i < 2; i++) assert.match(await inCell("port", fixed), new RegExp(`:${port}/`));
});

test("what a slider or a panel of an earlier run held is let go", async () => {
  await run(
    'import v8 from "node:v8"; import vm from "node:vm"; v8.setFlagsFromString("--expose-gc"); const collect = vm.runInNewContext("gc"); const held: WeakRef<object>[] = [];',
  );
  const cells = {
    slider:
      "await slider({ label: 'x', min: 0, max: 1 }, (v) => ({ data: [{ type: 'scatter', y: [v, big[0]] }], layout: {} }) as any);",
    panel: `await explore({ embedding: { data: big, shape: [2, 2] }, features: { data: big, shape: [2, 2] }, ids: ["a", "b"], labels: "${folder}/held.jsonl" });`,
    closed: `const p = await label({ images: { ids: ["a"], image: async () => big } as any, file: "${folder}/closed.jsonl" }); await p.close();`,
  };
  const made = (code: string) => `{ const big = new Float64Array(4); held.push(new WeakRef(big)); ${code} }`;
  for (const [cell, code] of Object.entries(cells))
    for (let i = 0; i < 2; i++) await inCell(cell, made(code));
  await run("1 + 1"); // the signal of the last cell is let go with it
  const kept = await run(
    "for (let i = 0; i < 20; i++) { await new Promise((r) => setTimeout(r, 100)); collect(); }\nheld.map((h) => (h.deref() ? 1 : 0)).join('')",
  );
  assert.equal(kept.trim(), "010100");
});
