import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { LabelFile, readAnswers } from "../../lib/discovery/label-file.js";
import { label } from "../../lib/notebook/label.js";
import { noBrowser, testBrowser } from "../browser.js";
import { scratch } from "../scratch.js";
import { coloured } from "./label-images.js";
import { reverseProxy } from "./reverse-proxy.js";

const options = { skip: noBrowser };
const folder = scratch();

/** What stands in a file: id, score or class, by whom. */
async function standing(file: string): Promise<string[]> {
  const { answers } = await readAnswers(file);
  const lines = [...answers.ids()].map((id) => {
    const { score, class: name, by } = answers.standing(id)!;
    return [id, score ?? name ?? "skipped", by].join(" ").trim();
  });
  return lines.sort();
}

async function open(url: string): Promise<Page> {
  const page = await (await testBrowser()).newPage({ viewport: { width: 900, height: 700 } });
  page.on("pageerror", (error) => assert.fail(`the page failed: ${error.message}`));
  await page.goto(url);
  await page.waitForSelector(".cell img[data-loaded]");
  return page;
}

const count = (page: Page, text: string) =>
  page.waitForFunction((t) => document.getElementById("count")?.textContent === t, text);
const cells = (page: Page) => page.$$eval(".cell", (all) => all.map((cell) => (cell as HTMLElement).title));
const press = async (page: Page, ...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};

test(
  "a grid of one's own images: scores by key, a selection at once, filter, undo, reload",
  options,
  async () => {
    const file = join(folder, "grid.jsonl");
    const magnitudes = coloured.ids.map((_, i) => (i === 3 ? Number.NaN : 20 - (i % 10)));
    const columns = [
      { name: "ra", values: coloured.ids.map((_, i) => 150.1234567 + i) },
      { name: "dec", values: coloured.ids.map((_, i) => i - 30) },
      { name: "magnitude", values: magnitudes },
    ];
    const panel = await label({ images: coloured, columns, file, by: "person", person: "Ann" });
    const page = await open(panel.url!);
    try {
      assert.equal(await page.inputValue("#person"), "Ann");
      // Typed faster than the disk answers: each key goes to the next image.
      await press(page, "5", "0", "3");
      await count(page, "3 of 60 labelled");
      await press(page, "s", "Shift+ArrowRight", "Shift+ArrowDown");
      const selected = await page.$$eval('.cell[aria-selected="true"]', (all) => all.length);
      assert.ok(selected > 2);
      await page.waitForFunction(() => document.getElementById("note")?.textContent?.includes("selected"));
      await press(page, "2");
      await count(page, `${4 + selected} of 60 labelled`);
      await press(page, "u"); // the whole selection
      await count(page, "4 of 60 labelled");
      assert.deepEqual(await standing(file), [
        "J1000 5 Ann",
        "J1001 0 Ann",
        "J1002 3 Ann",
        "J1003 skipped Ann",
      ]);

      await page.selectOption("#show", "unlabelled");
      await page.waitForFunction(() => document.querySelector<HTMLElement>(".cell")?.title === "J1004");
      await page.selectOption("#show", "score 5");
      await page.waitForFunction(() => document.querySelectorAll(".cell").length === 1);
      await page.selectOption("#show", "all");
      await page.selectOption("#sort", { label: "magnitude" });
      await page.waitForFunction(() => document.querySelector<HTMLElement>(".cell")?.title === "J1009");
      await page.click("#addFilter");
      await page.selectOption('.condition select[aria-label="Column"]', { label: "magnitude" });
      await page.fill('.condition input[aria-label="to"]', "12");
      await press(page, "Tab");
      await page.waitForFunction(() => document.querySelectorAll(".cell").length === 12);
      assert.deepEqual((await cells(page)).slice(0, 2), ["J1009", "J1019"]);

      await page.reload();
      await count(page, "4 of 60 labelled");
      await press(page, "u");
      await count(page, "3 of 60 labelled");
      await press(page, "g");
      await page.waitForFunction(() => document.getElementById("id")?.textContent?.endsWith("J1003"));
      assert.match(await page.getAttribute("#id a", "href").then(String), /Coord=153\.1234567%20-27/);
      await press(page, "?");
      assert.ok(await page.isVisible("#help"));
    } finally {
      await page.close();
      await panel.close();
    }
  },
);

test(
  "two tabs, two persons, another process: each sees the others' labels and takes back only its own",
  options,
  async () => {
    const file = join(folder, "two.jsonl");
    const panel = await label({ images: coloured, file, by: "person", classes: ["spiral", "ring"] });
    const [ann, bo] = [await open(panel.url!), await open(panel.url!)];
    try {
      await ann.fill("#person", "Ann");
      await bo.fill("#person", "Bo");
      await ann.click('.cell[title="J1000"]');
      await bo.click('.cell[title="J1001"]');
      await Promise.all([press(ann, "p"), press(bo, "r")]); // letters of the classes
      await Promise.all([count(ann, "2 of 60 labelled"), count(bo, "2 of 60 labelled")]);
      const elsewhere = await LabelFile.open(file);
      await elsewhere.append({ id: "J1059", class: "merger", by: "Cy" });
      await elsewhere.close();
      await Promise.all([count(ann, "3 of 60 labelled"), count(bo, "3 of 60 labelled")]);
      assert.match(await ann.innerText("#classes"), /merger/);
      // A class named in the page.
      await ann.fill("#className", "=odd");
      await ann.press("#className", "Enter");
      await ann.click('.cell[title="J1001"]');
      await ann.click('#classes button[data-class="=odd"]');
      await bo.waitForFunction(
        () => document.querySelector('.cell[title="J1001"] b')?.textContent === "=odd",
      );
      await press(bo, "u");
      while ((await readFile(file, "utf8")).split("undo").length < 2) await bo.waitForTimeout(20);
      assert.deepEqual(await standing(file), ["J1000 spiral Ann", "J1001 =odd Ann", "J1059 merger Cy"]);
      const csv = await (await fetch(new URL("labels.csv", panel.url!))).text();
      assert.match(csv, /^id,score,class,skipped,labelled_by,/);
      assert.match(csv, /\nJ1001,,'=odd,0,Ann,/, "a spreadsheet does not run it");
    } finally {
      await Promise.all([ann.close(), bo.close()]);
      await panel.close();
    }
  },
);

test(
  "a killed kernel: the page says that it waits and which label is not saved; all acknowledged stand",
  options,
  async () => {
    const file = join(folder, "killed-page.jsonl");
    const child = spawn(process.execPath, ["--import", "tsx", "test/notebook/own-data-child.ts", file]);
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    while (!/URL (\S+)/.test(text)) await once(child.stdout, "data");
    const page = await open(/URL (\S+)/.exec(text)![1]);
    try {
      await press(page, "1", "2");
      await count(page, "2 of 60 labelled");
      child.kill("SIGKILL");
      await once(child, "exit");
      await press(page, "1");
      await page.locator("#note.error", { hasText: "The last label was not saved" }).waitFor();
      await page.locator("#note.error", { hasText: "this page waits for it" }).waitFor();
      assert.match(await page.innerText("#count"), /^2 of 60/, "what was not saved does not count");
      assert.deepEqual(await standing(file), ["J1000 spiral", "J1001 ring"]);
    } finally {
      child.kill("SIGKILL");
      await page.close();
    }
  },
);

test(
  "under a path of a reverse proxy the page works; a stranger's Host, Origin or token does not",
  options,
  async () => {
    const prefix = "/user/ann/proxy";
    const file = join(folder, "proxied.jsonl");
    process.env.JUPYTERHUB_SERVICE_PREFIX = "/user/ann/";
    const panel = await label({ images: coloured, file, by: "person" });
    delete process.env.JUPYTERHUB_SERVICE_PREFIX;
    const path = panel.url!;
    assert.match(path, new RegExp(`^${prefix}/\\d+/[\\w-]{32}/$`));
    const hub = await reverseProxy(prefix);
    // The hub is asked for by a name, and hands that name on.
    const named = await reverseProxy(prefix, { host: "hub.example", origin: "https://hub.example" });
    const strange = await reverseProxy(prefix, { host: "evil.example", "x-forwarded-context": "/" });
    const crossed = await reverseProxy(prefix, { host: "hub.example", origin: "https://evil.example" });
    const page = await open(hub.origin + path);
    try {
      await press(page, "4");
      await count(page, "1 of 60 labelled");
      assert.deepEqual(await standing(file), ["J1000 4"]);
      const give = async (origin: string, to = path) =>
        (await fetch(`${origin}${to}label`, { method: "POST", body: '{"rows":[1],"score":1}' })).status;
      assert.equal(await give(named.origin), 200);
      assert.equal(await give(strange.origin), 403, "another Host");
      assert.equal(await give(crossed.origin), 403, "another page's Origin");
      assert.equal(await give(hub.origin, path.replace(/[\w-]{32}/, "x".repeat(32))), 403, "another token");
      assert.equal((await readFile(file, "utf8")).trim().split("\n").length, 2);
    } finally {
      await page.close();
      await panel.close();
      for (const proxy of [hub, named, strange, crossed]) proxy.close();
    }
  },
);
