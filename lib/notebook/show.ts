import type { Figure } from "../figures/figure.js";
import { exportFigure, figureSize, renderPng, smallPng } from "./export-figure.js";
import { figureSpec } from "./figure-spec.js";
import { figureTitle } from "./figure-title.js";
import { notebookHost } from "./host.js";

export interface ShowOptions {
  /** Name of the files in out/figures; by default made of the figure's title. */
  name?: string;
  /** Pixels; by default the layout's. */
  width?: number;
  height?: number;
}

/** Significant digits of the numbers stored in a notebook; the JSON file in out/figures has them all. */
const digitsInNotebook = 5;
let saidNoChromium = false;
const usedNames = new Map<string, number>();

/**
 * Shows a plotly figure under the cell and writes it to `out/figures/<name>.{json,png,svg,pdf}`.
 *
 * The output is one bundle: `application/vnd.plotly.v1+json` for pages that draw it, `image/png` for those that do
 * not (GitHub, a preview), `text/plain` for the rest; no `text/html`, which would hide the PNG on GitHub. Outside a
 * notebook only the files are written. Without Chromium there is no PNG, SVG and PDF, and that is said once.
 */
export async function show(figure: Figure, options: ShowOptions = {}): Promise<void> {
  if (!Array.isArray(figure?.data)) {
    throw new Error(
      "show() needs a plotly figure { data: [...], layout: {...} }; this one has no data list.",
    );
  }
  const size = figureSize(figure, options);
  const sized: Figure = { data: figure.data, layout: { ...figure.layout, ...size } };
  const name = options.name ?? nameFromTitle(figure);
  const png = await renderPng(sized, size);
  if (!png && !saidNoChromium) {
    saidNoChromium = true;
    console.warn(
      "No Chromium or Chrome found: figures have no PNG, SVG and PDF. Install chromium or set LATENT_SKY_CHROMIUM.",
    );
  }
  notebookHost()?.display({
    "application/vnd.plotly.v1+json": figureSpec(sized, digitsInNotebook),
    ...(png ? { "image/png": (await smallPng(png)).toString("base64") } : {}),
    "text/plain": `Figure: ${figureTitle(figure) || name} (out/figures/${name})`,
  });
  const written = await exportFigure(name, sized, size, png);
  if (!notebookHost()) console.log(`Figure ${name}: ${written.join(", ")}`);
}

/** `Recall of mergers` -> `recall-of-mergers`; a second figure of the same title gets `-2`. */
function nameFromTitle(figure: Figure): string {
  const slug = figureTitle(figure)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60);
  const base = [process.env.LATENT_SKY_NOTEBOOK, slug || "figure"].filter(Boolean).join("-");
  const n = (usedNames.get(base) ?? 0) + 1;
  usedNames.set(base, n);
  return n === 1 ? base : `${base}-${n}`;
}
