import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import type { PixelImage } from "../../lib/data/images/image.js";
import type { Matrix } from "../../lib/matrix.js";
import { writeExplorer } from "../../lib/notebook/explorer.js";
import { noBrowser, testBrowser } from "../browser.js";
import { scratch } from "../scratch.js";

const withBrowser = { skip: noBrowser };
const folder = scratch();

// A grid of 20 x 15 points one unit apart: point i lies at (i % 20, floor(i / 20)); 300 need two sheets.
const n = 300;
const ids = Array.from({ length: n }, (_, i) => (i === 7 ? "J7</script><b>" : `J${i}`));
const embedding: Matrix = {
  data: Float64Array.from({ length: 2 * n }, (_, k) => (k % 2 ? Math.floor((k >> 1) / 20) : (k >> 1) % 20)),
  shape: [n, 2],
};
const colourOf = (i: number) => [(i * 5) % 256, (i * 3 + 40) % 256, 200 - (i % 150)];
const images = {
  ids,
  async image(i: number): Promise<PixelImage> {
    if (i === 13) throw new Error("a broken file");
    const data = Uint8Array.from({ length: 12 * 12 * 3 }, (_, p) => colourOf(i)[p % 3]);
    return { data, width: 12, height: 12, channels: 3 };
  },
};
const columns = [
  { name: "Cluster", values: Float64Array.from({ length: n }, (_, i) => i % 13), kind: "category" as const },
  { name: "Score", values: Float64Array.from({ length: n }, (_, i) => (i === 3 ? Number.NaN : i)) },
  { name: "Class", values: ids.map((_, i) => (i % 3 ? (i % 3 === 1 ? "spiral" : "round") : null)) },
];

async function open(options: { thumbnails: boolean }): Promise<{ page: Page; requests: string[] }> {
  const path = join(folder, `explorer-${options.thumbnails}.html`);
  await writeExplorer(path, {
    embedding,
    ids,
    columns,
    title: "A <test>",
    thumbnails: options.thumbnails ? images : undefined,
  });
  const page = await (await testBrowser()).newPage({ viewport: { width: 1100, height: 700 } });
  const requests: string[] = [];
  page.on("request", (r) => !r.url().startsWith("data:") && requests.push(r.url()));
  page.on("pageerror", (error) => requests.push(`error ${error.message}`));
  await page.goto(pathToFileURL(path).href);
  await drawn(page);
  return { page, requests };
}

/** Waits until every tile of the view is drawn. */
async function drawn(page: Page): Promise<void> {
  await page.waitForFunction(
    () => (window as unknown as { drawing?: { completed: number } }).drawing?.completed,
  );
}

/** Where a point of the plane is on the screen, by the page's own projection. */
async function onScreen(page: Page, x: number, y: number): Promise<{ x: number; y: number }> {
  const box = (await page.locator("#plot").boundingBox())!;
  const at = await page.evaluate(
    ([px, py]) => {
      const { explorer } = window as unknown as {
        explorer: { screenX(x: number): number; screenY(y: number): number };
      };
      return [explorer.screenX(px), explorer.screenY(py)];
    },
    [x, y],
  );
  return { x: box.x + at[0], y: box.y + at[1] };
}

async function lasso(page: Page, corners: [number, number][]): Promise<void> {
  const path = await Promise.all([...corners, corners[0]].map(([x, y]) => onScreen(page, x, y)));
  await page.mouse.move(path[0].x, path[0].y);
  await page.mouse.down();
  for (const p of path.slice(1)) await page.mouse.move(p.x, p.y, { steps: 4 });
  await page.mouse.up();
}

/** The ids in the grid, once there are as many. */
async function shownIds(page: Page, count: number): Promise<string[]> {
  await page.waitForFunction(
    (n) => {
      const cells = [...document.querySelectorAll<HTMLElement>("#grid .cell")];
      return cells.length === n && cells.every((cell) => cell.title);
    },
    count,
    { timeout: 5000 },
  );
  return page.$$eval("#grid .cell", (cells) => cells.map((cell) => (cell as HTMLElement).title));
}

test(
  "a lasso chooses the points within it, at any zoom, and its ids can be copied",
  withBrowser,
  async () => {
    const { page, requests } = await open({ thumbnails: true });
    try {
      await page.click("#lasso");
      await lasso(page, [
        [1.5, 1.5],
        [4.5, 1.5],
        [4.5, 3.5],
        [1.5, 3.5],
      ]);
      const expected = [42, 43, 44, 62, 63, 64].map((i) => `J${i}`);
      assert.deepEqual((await shownIds(page, 6)).sort(), expected);
      assert.match(await page.innerText("#chosen h2"), /^6 images chosen$/);
      // The images are those points' own, read back from the pixels.
      await page.waitForFunction(() => document.querySelectorAll("#grid canvas[data-loaded]").length === 6);
      const pixels = await page.$$eval("#grid canvas", (all) =>
        all.map((c) => [...(c as HTMLCanvasElement).getContext("2d")!.getImageData(20, 20, 1, 1).data]),
      );
      for (const [k, id] of (await shownIds(page, 6)).entries())
        colourOf(Number(id.slice(1))).forEach((v, c) => {
          assert.ok(
            Math.abs(pixels[k][c] - v) < 14,
            `${id} channel ${c}: ${pixels[k][c]} where the image has ${v}`,
          );
        });

      await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.click("#copy");
      await page.waitForFunction(() => document.getElementById("copy")?.textContent === "6 copied");
      assert.deepEqual(
        (await page.evaluate(() => navigator.clipboard.readText())).split("\n").sort(),
        expected,
      );

      // Zoomed in on another corner, with a shape that is not convex; then with a cluster hidden.
      await page.keyboard.press("Escape");
      const there = await onScreen(page, 17, 12);
      await page.mouse.move(there.x, there.y);
      await page.mouse.wheel(0, -400);
      await page.waitForTimeout(100);
      await lasso(page, [
        [15.5, 10.5],
        [18.5, 10.5],
        [18.5, 13.5],
        [17.5, 13.5],
        [17.5, 11.5],
        [15.5, 11.5],
      ]);
      const ell = [236, 237, 238, 258, 278]; // (16..18, 11), (18, 12), (18, 13)
      assert.deepEqual(
        await shownIds(page, 5),
        ell.map((i) => `J${i}`),
      );
      const cluster = 237 % 13;
      await page.click(`#legend button:nth-child(${cluster + 1})`);
      await page.keyboard.press("Escape");
      await lasso(page, [
        [15.5, 10.5],
        [18.5, 10.5],
        [18.5, 11.5],
        [15.5, 11.5],
      ]);
      assert.deepEqual(await shownIds(page, 2), ["J236", "J238"]);
      assert.deepEqual(
        requests.filter((r) => !r.startsWith("file:")),
        [],
        "nothing but the file itself was loaded",
      );
    } finally {
      await page.close();
    }
  },
);

test(
  "hovering shows image, id and values; ids are text, never markup; every column colours",
  withBrowser,
  async () => {
    const { page, requests } = await open({ thumbnails: true });
    try {
      assert.equal(await page.innerText("h1"), "A <test>");
      const point = await onScreen(page, 7, 0);
      await page.mouse.move(point.x + 2, point.y + 1);
      await page.waitForSelector("#card:not([hidden]) canvas[data-loaded]");
      const card = await page.innerText("#card");
      assert.ok(card.includes("J7</script><b>"), card);
      assert.match(card, /Cluster\s+7\s+Score\s+7\s+Class\s+spiral/);
      for (const [k, expected] of [
        [1, /^2\s+297$/m],
        [2, /none.*\(100\)/s],
      ] as const) {
        await page.selectOption("#column", String(k));
        await page.waitForTimeout(50);
        assert.match(await page.innerText("#legend"), expected);
      }
      await page.fill("#find", "j250");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector("#card b")?.textContent === "J250");
      assert.deepEqual(
        requests.filter((r) => r.startsWith("error")),
        [],
      );
    } finally {
      await page.close();
    }
  },
);

test("without thumbnails the grid lists ids", withBrowser, async () => {
  const { page } = await open({ thumbnails: false });
  try {
    await page.click("#lasso");
    await lasso(page, [
      [-0.5, -0.5],
      [1.5, -0.5],
      [1.5, 0.5],
      [-0.5, 0.5],
    ]);
    assert.deepEqual(await shownIds(page, 2), ["J0", "J1"]);
    assert.equal(await page.innerText("#grid"), "J0\nJ1");
  } finally {
    await page.close();
  }
});

test(
  "offline: what a rectangle holds gets a class, stays in the browser, and is saved as CSV",
  withBrowser,
  async () => {
    const { page, requests } = await open({ thumbnails: true });
    try {
      await page.keyboard.press("b");
      const [from, to] = [await onScreen(page, 3.5, 3.5), await onScreen(page, 5.5, 4.5)];
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move(to.x, to.y, { steps: 3 });
      await page.mouse.up();
      assert.deepEqual(await shownIds(page, 2), ["J84", "J85"]);
      await page.fill("#className", "ring");
      await page.press("#className", "Enter");
      await page.keyboard.press("Control+a");
      await page.keyboard.press("r");
      await page.waitForFunction(() => document.getElementById("count")?.textContent === "2 labelled");
      await page.keyboard.press("5"); // the cursor's own, a score beside its class
      await page.waitForFunction(() => document.querySelector(".cell b")?.textContent?.startsWith("5"));
      await page.reload();
      await drawn(page);
      assert.equal(await page.innerText("#count"), "2 labelled", "kept over a reload");
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("#csv")]);
      const csv = await readFile(await download.path(), "utf8");
      assert.equal(csv, "id,score,class,labelled_by\nJ84,5,ring,\nJ85,,ring,\n");
      assert.deepEqual(
        requests.filter((r) => !/^(file|blob):/.test(r)),
        [],
      );
    } finally {
      await page.close();
    }
  },
);

test("mistaken input is named, and nothing half-written is left", async () => {
  const path = join(folder, "bad.html");
  await assert.rejects(
    writeExplorer(path, { embedding, ids: ids.slice(1) }),
    /299 values of "ids" for 300 points/,
  );
  const stop = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(writeExplorer(path, { embedding, ids, thumbnails: images, signal: stop }), /stopped/);
  await assert.rejects(readFile(path), /ENOENT/);
});
