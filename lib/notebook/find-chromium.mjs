// Plain Node: the set-up runs this before node_modules exist.
import { canRun, onPath } from "../files/on-path.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const macPlaces = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of a Chromium or Chrome: LATENT_SKY_CHROMIUM, else the first on PATH or in its usual place; or null. */
export function findChromium() {
  const chosen = process.env.LATENT_SKY_CHROMIUM;
  if (chosen) return canRun(chosen) ? chosen : null;
  return onPath(...names) ?? macPlaces.find(canRun) ?? null;
}
