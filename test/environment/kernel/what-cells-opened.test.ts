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
async function run(code: string, onText: (text: string) => void = () => {}): Promise<string> {
  const texts: string[] = [];
  await kernel.execute(code, ({ type, content }: KernelMessage) => {
    if (type === "error") texts.push(content.ename);
    if (type !== "stream") return;
    texts.push(content.text);
    onText(content.text);
  });
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

/** Cells that come at once behind one that failed are not run. */
const soon = () => new Promise((r) => setTimeout(r, 400));

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
  await soon();
  assert.match(await run("const bar = progress('Work', 9); bar(1); 'made'"), /made/);
  const worked = await run(
    "console.log('go'); for (let i = 2; ; i++) { await new Promise((r) => setTimeout(r, 5)); try { bar(i); } catch { (globalThis as any).stopped = true; break; } }",
    (text) => text.includes("go") && kernel.interrupt(),
  );
  assert.match(worked, /Interrupted/);
  await soon();
  assert.match(
    await run("(globalThis as any).stopped"),
    /true/,
    "a bar of an earlier cell stops the work too",
  );
});
