import { randomUUID } from "node:crypto";
import type { Figure } from "../figures/figure.js";
import { exportFigure, figureFile, figureSize, notebookPicture, renderPng } from "./export-figure.js";
import { figureSpec } from "./figure-spec.js";
import { figureTitle } from "./figure-title.js";
import { forPrint, type PrintOptions } from "./for-print.js";
import { attended, type MimeBundle, notebookHost } from "./host.js";

export interface ShowOptions extends PrintOptions {
  /** Name of the files in out/figures; by default made of the figure's title. */
  name?: string;
  /** Pixels of the layout; by default the layout's own. */
  width?: number;
  height?: number;
}

/** Significant digits of the numbers stored in a notebook; the JSON file in out/figures has them all. */
export const digitsInNotebook = 5;
const usedNames = new Map<string, number>();

/** What is still being drawn and written after its figure was shown. */
let pending: Promise<void> = Promise.resolve();

/**
 * Shows a plotly figure under the cell and writes it to `out/figures/<name>.{json,png,svg,pdf}`. With
 * `widthMillimetres`, `dpi`, `fontSize` or `palette` it is laid out anew for print.
 *
 * The output is one bundle: `application/vnd.plotly.v1+json` for pages that draw it, a picture for those that do
 * not (GitHub, a preview), `text/plain` for the rest; no `text/html`, which would hide the picture on GitHub. Whoever
 * sits at the notebook sees the figure at once; its picture joins it, and the files are written, while the next cell runs
 * already. Outside a notebook only the files are written. Without Chromium there is no PNG, SVG and PDF, and that is
 * said once.
 */
export function show(figure: Figure, options: ShowOptions = {}): Promise<void> {
  return showBeside(figure, options, {});
}

/** `show` with other MIME types in the same output, for pages that know them. */
export async function showBeside(figure: Figure, options: ShowOptions, others: MimeBundle): Promise<void> {
  if (!Array.isArray(figure?.data)) {
    throw new Error(
      "show() needs a plotly figure { data: [...], layout: {...} }; this one has no data list.",
    );
  }
  const drawn = forPrint(figure, options);
  const size = figureSize(drawn, options);
  const sized: Figure = { data: drawn.data, layout: { ...drawn.layout, ...size } };
  const name = options.name ?? nameFromTitle(figure);
  const file = figureFile(name);
  const host = notebookHost();
  const bundle: MimeBundle = {
    ...others,
    "application/vnd.plotly.v1+json": figureSpec(sized, digitsInNotebook),
    "text/plain": `Figure: ${figureTitle(figure) || name} (out/figures/${name})`,
  };
  const displayId = randomUUID();
  const watched = attended();
  if (watched) host?.display(bundle, { displayId });
  const finish = async () => {
    const png = await renderPng(sized, size);
    if (!png) sayNoChromium();
    const whole = png ? { ...bundle, ...(await notebookPicture(sized, png)) } : bundle;
    if (!watched) host?.display(whole);
    else if (png) host?.display(whole, { displayId, update: true });
    const written = await exportFigure(file, sized, size, png);
    if (!host) console.log(`Figure ${name}: ${written.join(", ")}`);
  };
  if (!watched) return finish();
  if (!waiting) host?.beforeExit(() => pending);
  waiting = true;
  pending = pending.then(finish).catch((error: Error) => console.warn(`Figure ${name}: ${error.message}`));
}

let waiting = false;
let saidNoChromium = false;

function sayNoChromium(): void {
  if (saidNoChromium) return;
  saidNoChromium = true;
  console.warn(
    "No Chromium or Chrome found: figures have no PNG, SVG and PDF. Install chromium or set LATENT_SKY_CHROMIUM.",
  );
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
