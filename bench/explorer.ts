import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import type { PixelImage } from "../lib/data/images/image.js";
import { median } from "../lib/median.js";
import { chromiumFlags } from "../lib/notebook/chromium-page.js";
import { explore } from "../lib/notebook/explore.js";
import { writeExplorer } from "../lib/notebook/explorer.js";
import { findChromium } from "../lib/notebook/find-chromium.mjs";
import { label } from "../lib/notebook/label.js";
import { Random } from "../lib/random.js";
import type { BenchOptions, BenchRow } from "./bench-row.js";

const N = 1_000_000;
const SECONDS = 4;
const window = { width: 1280, height: 900 };

/**
 * What a person waits for who opens a million objects in a browser without a GPU: from the navigation's start until
 * every point (or every image in view) is on the screen, and the frames while the mouse drags, zooms or scrolls. A frame
 * is the time from one `requestAnimationFrame` to the next, so 17 ms where nothing is late.
 */
export async function run({ repeats = 5 }: BenchOptions): Promise<BenchRow[]> {
  const executablePath = findChromium();
  if (!executablePath)
    throw new Error("The bench of the explorer found no Chromium; LATENT_SKY_CHROMIUM names one.");
  const folder = await mkdtemp(join(tmpdir(), "latent-sky-bench-explorer-"));
  const browser = await chromium.launch({ executablePath, args: chromiumFlags });
  const given = million();
  const file = join(folder, "explorer.html");
  const labels = join(folder, "labels.jsonl");
  try {
    await writeExplorer(file, { ...given, thumbnails: undefined });
    const explorer = await explore({ ...given, labels, serve: true });
    const { ids, columns, thumbnails } = given;
    const panel = await label({ images: thumbnails, ids, columns, file: labels, by: "person" });
    try {
      return [
        await opening("explorer", browser, explorer.url!, pointsDrawn, repeats),
        await opening("explorer, offline file", browser, pathToFileURL(file).href, pointsDrawn, repeats),
        ...(await moving(browser, explorer.url!)),
        await opening("label page", browser, panel.url!, imagesDrawn, repeats),
        await scrolling(browser, panel.url!),
      ];
    } finally {
      await explorer.close();
      await panel.close();
    }
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Forty groups of points, with a column of each kind; images of one plain colour, so that decoding is not measured. */
function million() {
  const random = new Random(1);
  const centres = Array.from({ length: 40 }, () => [10 * random.uniform(), 10 * random.uniform()]);
  const data = new Float32Array(2 * N);
  const cluster = new Uint8Array(N);
  for (let i = 0; i < N; i++) {
    cluster[i] = random.integer(centres.length);
    const [x, y] = centres[cluster[i]];
    data[2 * i] = x + 0.5 * random.normal();
    data[2 * i + 1] = y + 0.5 * random.normal();
  }
  const score = Float32Array.from({ length: N }, () => random.uniform());
  const ids = Array.from({ length: N }, (_, i) => `J${String(i).padStart(7, "0")}`);
  const pixels = new Uint8Array(64 * 64 * 3).fill(90);
  const image: PixelImage = { data: pixels, width: 64, height: 64, channels: 3 };
  return {
    embedding: { data, shape: [N, 2] as [number, number] },
    ids,
    thumbnails: { ids, image: async () => image },
    columns: [
      { name: "cluster", values: cluster, kind: "category" as const },
      { name: "score", values: score },
    ],
  };
}

/** When the last tile was drawn in the colours of the legend, in ms since the navigation began; 0, not yet. */
const pointsDrawn = () =>
  document.getElementById("legend")?.hasChildNodes()
    ? ((globalThis as unknown as { drawing?: { completed: number } }).drawing?.completed ?? 0)
    : 0;

/** The same of the images in view. */
const imagesDrawn = () => {
  const images = [...document.querySelectorAll(".cell img")];
  return images.length && images.every((i) => i.hasAttribute("data-loaded")) ? performance.now() : 0;
};

async function opening(
  what: string,
  browser: Browser,
  url: string,
  drawn: () => number,
  repeats: number,
): Promise<BenchRow> {
  const seconds: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const page = await browser.newPage({ viewport: window });
    seconds.push((await open(page, url, drawn)) / 1000);
    await page.close();
  }
  return {
    stage: `${what}: 10^6 opened, all in view drawn`,
    ours: median(seconds),
    peer: null,
    unit: "s",
    ratio: null,
    target: "< 3 s",
    note: `slowest of ${repeats}: ${Math.max(...seconds).toFixed(2)} s`,
  };
}

async function open(page: Page, url: string, drawn: () => number): Promise<number> {
  await page.goto(url);
  return await (await page.waitForFunction(drawn, undefined, { polling: "raf" })).jsonValue();
}

async function moving(browser: Browser, url: string): Promise<BenchRow[]> {
  const page = await browser.newPage({ viewport: window });
  await open(page, url, pointsDrawn);
  const [x, y] = [430, 500];
  const circle = async (turn: number) => {
    const [a, b] = [Math.cos(turn), Math.sin(turn)];
    await page.mouse.move(x + 250 * a, y + 250 * b);
  };
  const dragged = async (what: string) => {
    await circle(0);
    await page.mouse.down();
    const row = await frames(page, `explorer: a frame while panning, ${what}`, (k) => circle(k / 15));
    await page.mouse.up();
    return row;
  };
  const zoom = async (delta: number) => {
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, delta);
  };
  const rows = [await dragged("all in view")];
  for (let k = 0; k < 6; k++) await zoom(-200);
  await page.waitForFunction(pointsDrawn);
  rows.push(await dragged("zoomed in 11 times"));
  rows.push(await frames(page, "explorer: a frame while zooming", (k) => zoom(k % 80 < 40 ? 60 : -60)));
  await page.close();
  return rows;
}

async function scrolling(browser: Browser, url: string): Promise<BenchRow> {
  const page = await browser.newPage({ viewport: window });
  await open(page, url, imagesDrawn);
  await page.mouse.move(600, 500);
  const row = await frames(page, "label page: a frame while scrolling", () => page.mouse.wheel(0, 120));
  await page.close();
  return row;
}

/** How long frames take while `act` is done again and again. */
async function frames(page: Page, stage: string, act: (k: number) => Promise<void>): Promise<BenchRow> {
  // Methods and arrows without a name: tsx gives others a helper that the page does not have.
  await page.evaluate(() => {
    const clock = {
      times: [] as number[],
      tick(now: number) {
        clock.times.push(now);
        requestAnimationFrame((next) => clock.tick(next));
      },
    };
    Object.assign(globalThis, { clock });
    requestAnimationFrame((now) => clock.tick(now));
  });
  const until = performance.now() + 1000 * SECONDS;
  for (let k = 0; performance.now() < until; k++) await act(k);
  const times = await page.evaluate(
    () => (globalThis as unknown as { clock: { times: number[] } }).clock.times,
  );
  const each = times.slice(1).map((t, k) => t - times[k]);
  each.sort((a, b) => a - b);
  const at = (share: number) => each[Math.min(each.length - 1, Math.floor(share * each.length))];
  return {
    stage,
    ours: at(0.95),
    peer: null,
    unit: "ms, p95",
    ratio: null,
    target: "< 50 ms",
    note: `median ${at(0.5).toFixed(0)} ms, longest ${at(1).toFixed(0)} ms of ${each.length} frames`,
  };
}
