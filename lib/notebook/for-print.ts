import type { Figure } from "../figures/figure.js";
import { redraw } from "../figures/redraw.js";

/** What a journal asks of a figure. */
export interface PrintOptions {
  /** Width on paper; the figure is laid out anew for it (a column is 84, a page 174). */
  widthMillimetres?: number;
  /** Dots to the inch of the PNG; default 300 for a figure whose width on paper is given. */
  dpi?: number;
  /** Points of ordinary text on paper; default 7. */
  fontSize?: number;
  /** `#rrggbb` in order of use, in place of the standard colours. */
  palette?: readonly string[];
}

/** How large a figure is on paper; kept in its layout's `meta`, so that its JSON file says so too. */
export interface PrintSize {
  widthMillimetres: number;
  dpi: number;
}

/** A layout of 480 pixels is a column of 84 mm. */
const millimetresPerPixel = 84 / 480;

/**
 * The figure as it is to be printed, or unchanged where nothing is asked of it. A figure of this project is laid out
 * anew, so that text has its size on paper whatever the width; one that needs more width says how much.
 */
export function forPrint(figure: Figure, options: PrintOptions): Figure {
  const { widthMillimetres: wide, dpi, fontSize, palette } = options;
  if (wide === undefined && dpi === undefined && fontSize === undefined && !palette) return figure;
  for (const [name, value, least, most] of [
    ["widthMillimetres", wide, 20, 2000],
    ["dpi", dpi, 30, 2400],
    ["fontSize", fontSize, 3, 100],
  ] as const)
    if (value !== undefined && !(value >= least && value <= most))
      throw new Error(`show: ${name} is ${value}; give a number from ${least} to ${most}.`);
  const points = fontSize ?? (wide === undefined ? undefined : 7);
  const drawn = redraw(figure, wide === undefined ? undefined : Math.round(wide / millimetresPerPixel), {
    textSize: points && Math.round((points * 25.4) / 72 / millimetresPerPixel),
    palette,
    millimetresPerPixel,
  });
  const { layout } = drawn;
  const print: PrintSize = {
    widthMillimetres: wide ?? (layout?.width ?? 700) * millimetresPerPixel,
    dpi: dpi ?? 300,
  };
  return { data: drawn.data, layout: { ...layout, ...({ meta: { print } } as object) } };
}

/** The size on paper that `forPrint` gave a figure, or null. */
export function printSize(figure: Figure): PrintSize | null {
  return (figure.layout as { meta?: { print?: PrintSize } } | undefined)?.meta?.print ?? null;
}
