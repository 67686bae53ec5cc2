/** Widths in pixels: `column` prints at 8 cm, `page` across a page. Text is sized so that both can be read at 8 cm. */
export const widths = { column: 480, page: 720 } as const;

/** What a journal, a talk or an eye may ask of every figure alike; `withStyle` draws in it. */
export interface FigureStyle {
  /** Ordinary text, in pixels of the layout; by default it follows from the width. */
  textSize?: number;
  /** `#rrggbb`, for groups and lines in order; begun again where more are needed. */
  palette?: readonly string[];
  /** What a pixel of the layout will be on paper, so that a refusal can say the width that is needed. */
  millimetresPerPixel?: number;
}

let style: FigureStyle = {};

/** Pixels for ordinary text; at least 6 points when a figure of this width is printed 8 cm wide. */
export function textSize(width: number): number {
  return style.textSize ?? Math.max(14, Math.round(width * 0.026));
}

/**
 * Runs a figure's builder in another style. Builders are synchronous, so the style is one variable that is set for the
 * while: handed through every function it would be an argument of all and a subject of none.
 */
export function withStyle<T>(wanted: FigureStyle, build: () => T): T {
  const before = { style, palette };
  const bad = wanted.palette?.find((color) => !/^#[0-9a-f]{6}$/i.test(color));
  if (bad !== undefined || wanted.palette?.length === 0)
    throw new Error(`A palette is a list of colours such as "#0072B2", not "${bad ?? ""}".`);
  style = wanted;
  const own = wanted.palette;
  if (own) palette = Array.from({ length: Math.max(10, own.length) }, (_, k) => own[k % own.length]);
  try {
    return build();
  } finally {
    ({ style, palette } = before);
  }
}

/** Fails where a figure of this width has room for fewer than `least` letters of ordinary text's size side by side. */
export function needRoom(title: string, width: number, least: number): void {
  const needed = Math.ceil(least * textSize(width));
  if (width >= needed) return;
  const perPixel = style.millimetresPerPixel;
  const said = perPixel ? `${Math.ceil(needed * perPixel)} millimetres` : `${needed} pixels`;
  throw new Error(`"${title}" cannot be read so narrow: give it ${said}, or smaller text.`);
}

/** Panels side by side: as many as wanted, or one under the other where they would be too narrow for their words. */
export function panelColumns(wanted: number, width: number): number {
  return Math.max(1, Math.min(wanted, Math.floor(width / (18.5 * textSize(width)))));
}

export const ink = {
  text: "#1a1a1a",
  soft: "#4d4d4d",
  line: "#4d4d4d",
  grid: "#e6e6e6",
  faint: "#c8c8c8",
} as const;

/** Frames on images: an orange that stands out from dark skies and from what is white or blue. */
export const marked = "#E69F00";

/**
 * Ten colours that stay apart for the common forms of colour blindness: six of Okabe & Ito (2008, its yellow is
 * too light for points on white) and four of Tol's muted scheme (2021).
 */
const standardPalette = [
  "#0072B2",
  marked,
  "#009E73",
  "#D55E00",
  "#CC79A7",
  "#56B4E9",
  "#332288",
  "#999933",
  "#882255",
  "#5B5B5B",
] as const;

/** The colours in use: the standard ones, or those of `withStyle`. */
export let palette: readonly string[] = standardPalette;

/** Marker shapes that stay apart at 5 pixels: the second cue, for whoever cannot use the first. */
export const symbols = ["circle", "diamond", "square", "triangle-up", "cross", "x"] as const;

/** Line styles that stay apart: the second cue of lines. */
export const dashes = ["solid", "dash", "dot", "dashdot"] as const;

/** Colour and marker of group `k`: twenty groups differ in colour or, from the eleventh on, in shape as well. */
export function groupStyle(k: number): { color: string; symbol: string } {
  const round = Math.floor(k / palette.length);
  return { color: palette[k % palette.length], symbol: symbols[round % symbols.length] };
}

/** Colour and marker of class `k`: few classes, so each has its own of both. */
export function classStyle(k: number): { color: string; symbol: string } {
  return { color: palette[k % palette.length], symbol: symbols[k % symbols.length] };
}

/** For continuous values: perceptually even, monotone in lightness. */
export const sequential = "Viridis";

/** `#rrggbb` with an opacity. */
export function translucent(color: string, alpha: number): string {
  const n = Number.parseInt(color.slice(1), 16);
  return `rgba(${n >> 16},${(n >> 8) & 255},${n & 255},${alpha})`;
}
