/** Widths in pixels: `column` prints at 8 cm, `page` across a page. Text is sized so that both can be read at 8 cm. */
export const widths = { column: 480, page: 720 } as const;

/** Pixels for ordinary text; at least 6 points when a figure of this width is printed 8 cm wide. */
export function textSize(width: number): number {
  return Math.max(14, Math.round(width * 0.026));
}

export const ink = {
  text: "#1a1a1a",
  soft: "#4d4d4d",
  line: "#4d4d4d",
  grid: "#e6e6e6",
  faint: "#c8c8c8",
} as const;

/**
 * Ten colours that stay apart for the common forms of colour blindness: six of Okabe & Ito (2008, its yellow is
 * too light for points on white) and four of Tol's muted scheme (2021).
 */
export const palette = [
  "#0072B2",
  "#E69F00",
  "#009E73",
  "#D55E00",
  "#CC79A7",
  "#56B4E9",
  "#332288",
  "#999933",
  "#882255",
  "#5B5B5B",
] as const;

/** Marker shapes that stay apart at 5 pixels: the second cue, for whoever cannot use the first. */
export const symbols = ["circle", "diamond", "square", "triangle-up", "cross", "x"] as const;

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
