import type { Figure } from "./figure.js";
import { type FigureStyle, withStyle } from "./theme.js";

/** How a figure was made, for as long as it is in use. */
const builds = new WeakMap<Figure, (width: number | undefined) => Figure>();

/** A figure's builder that remembers what each figure was made of, so that `redraw` can lay it out anew. */
export function redrawable<O extends { width?: number }>(
  build: (options: O) => Figure,
): (options: O) => Figure {
  return (options) => {
    const figure = build(options);
    builds.set(figure, (width) => build(width === undefined ? options : { ...options, width }));
    return figure;
  };
}

/**
 * The same figure laid out anew for another width (pixels of the layout) and style: margins, line breaks and panels
 * follow. A figure from elsewhere than this folder keeps its layout and gets the size, the font and the colours.
 */
export function redraw(figure: Figure, width: number | undefined, style: FigureStyle): Figure {
  const build = builds.get(figure);
  if (build) return withStyle(style, () => build(width));
  const { layout } = figure;
  const ratio = (layout?.height ?? 450) / (layout?.width ?? 700);
  const size = width === undefined ? {} : { width, height: Math.round(width * ratio) };
  const font = style.textSize ? { font: { ...layout?.font, size: style.textSize } } : {};
  const colorway = style.palette ? { colorway: [...style.palette] } : {};
  return { data: figure.data, layout: { ...layout, ...size, ...font, ...colorway } };
}
