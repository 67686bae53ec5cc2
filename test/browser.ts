import { after } from "node:test";
import { type Browser, chromium } from "playwright-core";
import { chromiumFlags } from "../lib/notebook/chromium-page.js";
import { findChromium } from "../lib/notebook/find-chromium.mjs";

const executablePath = findChromium();
let browser: Promise<Browser> | null = null;

/** Why no page can be opened here, or false: for a test's `skip`. */
export const noBrowser = executablePath ? false : "no Chromium found (LATENT_SKY_CHROMIUM names one)";

/** The browser of a test file: started by the first test that asks, closed after the last. */
export function testBrowser(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: executablePath as string, args: chromiumFlags });
  return browser;
}

after(async () => {
  await (await browser)?.close();
});
