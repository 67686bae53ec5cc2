import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { readAnswers } from "../../lib/discovery/label-file.js";
import { explore } from "../../lib/notebook/explore.js";
import { noBrowser, testBrowser } from "../browser.js";
import { scratch } from "../scratch.js";
import { coloured } from "./label-images.js";

const withBrowser = { skip: noBrowser };
const folder = scratch();

// Sixty points in a line, one unit apart; features in which the even ones lie together.
const n = coloured.ids.length;
const embedding = {
  data: Float64Array.from({ length: 2 * n }, (_, k) => (k % 2 ? (k >> 1) % 2 : k >> 1)),
  shape: [n, 2] as [number, number],
};
const features = {
  data: Float64Array.from({ length: 2 * n }, (_, k) => (k % 2 ? 0.001 * (k >> 1) : 100 * ((k >> 1) % 2))),
  shape: [n, 2] as [number, number],
};
const columns = [
  { name: "cluster", values: coloured.ids.map((_, i) => i % 3), kind: "category" as const },
  { name: "magnitude", values: coloured.ids.map((_, i) => 20 - (i % 7)) },
  { name: "RAJ2000", values: coloured.ids.map((_, i) => 150.1234567 + i) },
  { name: "DEJ2000", values: coloured.ids.map((_, i) => i - 30) },
];
const given = { embedding, ids: coloured.ids, thumbnails: coloured, columns, title: "Live" };

interface Globals {
  explorer: { screenX(x: number): number; screenY(y: number): number };
  drawing?: { completed: number };
}

async function open(url: string): Promise<Page> {
  const page = await (await testBrowser()).newPage({ viewport: { width: 1200, height: 760 } });
  page.on("pageerror", (error) => assert.fail(`the page failed: ${error.message}`));
  await page.goto(url);
  await page.waitForFunction(() => (window as unknown as Globals).drawing?.completed);
  return page;
}

/** Draws a lasso around the points `from` to `to`. */
async function lasso(page: Page, from: number, to: number): Promise<void> {
  const box = (await page.locator("#plot").boundingBox())!;
  const corners = [
    [from - 0.5, -0.5],
    [to + 0.5, -0.5],
    [to + 0.5, 1.5],
    [from - 0.5, 1.5],
  ];
  const places = await page.evaluate((all) => {
    const { explorer } = window as unknown as Globals;
    return all.map(([x, y]) => [explorer.screenX(x), explorer.screenY(y)]);
  }, corners);
  await page.keyboard.down("Shift");
  await page.mouse.move(box.x + places[0][0], box.y + places[0][1]);
  await page.mouse.down();
  for (const [x, y] of places.slice(1)) await page.mouse.move(box.x + x, box.y + y, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.up("Shift");
}

const cells = (page: Page, count: number) =>
  page
    .waitForFunction((k) => {
      const all = [...document.querySelectorAll<HTMLElement>(".cell")];
      return all.length === k && all.every((cell) => cell.title) && all.map((cell) => cell.title);
    }, count)
    .then((found) => found.jsonValue() as Promise<string[]>);

test(
  "lasso, a class for all, a score, more like this, sort, filter, links: labels are in the file",
  withBrowser,
  async () => {
    const labels = join(folder, "explore.jsonl");
    const panel = await explore({
      ...given,
      features,
      labels,
      classes: ["ring"],
      person: "Ann",
      serve: true,
    });
    const page = await open(panel.url!);
    try {
      await lasso(page, 10, 13);
      assert.deepEqual(await cells(page, 4), ["J1010", "J1011", "J1012", "J1013"]);
      await page.waitForSelector(".cell img[data-loaded]");
      assert.match(await page.getAttribute("#about a", "href").then(String), /Coord=160\.1234567%20-20/);
      assert.equal(await page.getAttribute("#about a", "rel"), "noopener noreferrer");
      await page.keyboard.press("Control+a");
      await page.keyboard.press("r");
      await page.waitForFunction(() => document.getElementById("count")?.textContent === "4 labelled");
      await page.keyboard.press("3");
      await page.waitForFunction(() => document.querySelector(".cell b")?.textContent === "3 \u00b7 ring");
      const { answers } = await readAnswers(labels);
      assert.deepEqual(
        [...answers.ids()].map((id) => [
          id,
          answers.standing(id)?.class,
          answers.score(id),
          answers.standing(id)?.by,
        ]),
        [10, 11, 12, 13].map((i) => [`J10${i}`, "ring", i === 10 ? 3 : undefined, "Ann"]),
      );

      await page.selectOption("#sort", { label: "magnitude" });
      await page.waitForFunction(() => document.querySelector<HTMLElement>(".cell")?.title === "J1013");
      await page.click('.cell[title="J1012"]');
      await page.keyboard.press("+");
      await page.waitForFunction(() =>
        document.querySelector("#chosen h2")?.textContent?.includes("like this one"),
      );
      await page.waitForFunction(() => document.querySelectorAll<HTMLElement>(".cell")[2]?.title === "J1014");
      const like = await page.$$eval(".cell", (all) => all.slice(0, 5).map((c) => (c as HTMLElement).title));
      assert.deepEqual(like, ["J1012", "J1010", "J1014", "J1008", "J1016"]);

      // A second explorer and a reload show the same labels.
      await page.reload();
      await page.waitForFunction(() => document.getElementById("count")?.textContent === "4 labelled");
      await page.selectOption("#show", { label: "ring" });
      await page.click("#all");
      assert.deepEqual(await cells(page, 4), ["J1010", "J1011", "J1012", "J1013"]);
      await page.selectOption("#show", "unlabelled");
      assert.match(await page.innerText("#chosen h2"), /Nothing/, "all that was chosen has a label");
      await page.keyboard.press("Escape");
      await page.click("#addFilter");
      await page.selectOption('.condition select[aria-label="Column"]', { label: "magnitude" });
      await page.fill('.condition input[aria-label="from"]', "19");
      await page.keyboard.press("Tab");
      await page.click("#all");
      const bright = coloured.ids.filter((_, i) => 20 - (i % 7) >= 19 && !(i >= 10 && i <= 13));
      await page.waitForFunction(
        (k) => document.querySelector("#chosen h2")?.textContent === `${k} images chosen`,
        bright.length,
      );
      assert.equal(await page.getAttribute(".cell", "title"), bright[0]);
    } finally {
      await page.close();
      await panel.close();
    }
    await assert.rejects(fetch(panel.url!), "nothing listens after close");
  },
);

test("nobody there: the offline page is written, or nothing is; mistaken input is named", async () => {
  const file = join(folder, "offline.html");
  assert.equal((await explore({ ...given, file })).url, null);
  assert.match(await readFile(file, "utf8"), /id="data"/);
  assert.equal((await explore(given)).url, null);
  const few = { data: new Float64Array(4), shape: [2, 2] as [number, number] };
  await assert.rejects(explore({ ...given, features: few, serve: true }), /2 rows of features for 60 points/);
  await assert.rejects(explore({ ...given, ids: ["a"], serve: true }), /1 values of "ids" for 60 points/);
  await assert.rejects(access(join(folder, "out", "labels")), "no label file before there is a page");
});
