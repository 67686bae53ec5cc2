import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { requirePackage } from "../package-root.js";
import { findChromium } from "./find-chromium.mjs";
import { notebookHost } from "./host.js";

/** Flags of every Chromium started here: no screen, no sandbox (root in a container), nothing fetched by itself. */
export const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let page: Promise<Page | null> | null = null;
let context: BrowserContext | null = null;
let profile = "";

/**
 * The one page of this process in which figures are drawn: headless, with plotly.js loaded, started at the first
 * call and closed with the process. Null where no Chromium was found.
 */
export function figurePage(): Promise<Page | null> {
  page ??= open();
  return page;
}

/** Closes the page; the next `figurePage()` opens a new one. A script calls it at its end; the kernel does so itself. */
export async function closeFigurePage(): Promise<void> {
  const [closing, left] = [context, profile];
  // Another may be opened meanwhile.
  page = null;
  context = null;
  profile = "";
  await closing?.close();
  if (left) await rm(left, { recursive: true, force: true });
}

async function open(): Promise<Page | null> {
  const executablePath = findChromium();
  if (!executablePath) return null;
  profile = await mkdtemp(join(tmpdir(), "latent-sky-chromium-"));
  // Half a second and 35 MB of objects: only who shows a figure pays for them.
  const { chromium } = await import("playwright-core");
  // The signals are the notebook's: an interrupted cell must not take the page (and the kernel) with it.
  context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: chromiumFlags,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    viewport: { width: 1000, height: 800 },
  });
  const opened = context.pages()[0] ?? (await context.newPage());
  await opened.setContent(
    "<!doctype html><html><body style='margin:0'><div id='figure'></div></body></html>",
  );
  await opened.addScriptTag({ path: requirePackage.resolve("plotly.js-dist-min/plotly.min.js") });
  notebookHost()?.beforeExit(closeFigurePage);
  return opened;
}
