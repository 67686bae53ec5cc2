import type { Page } from "playwright-core";
import sharp from "sharp";
import type { Figure } from "../figures/figure.js";
import { atomicWrite } from "../files/atomic-write.js";
import { paths } from "../files/paths.js";
import { figurePage } from "./chromium-page.js";
import { figureSpec } from "./figure-spec.js";
import { printSize } from "./for-print.js";
import type { MimeBundle } from "./host.js";

/** Device pixels for each pixel of the layout: sharp on a good screen, small enough for a notebook. */
const pngScale = 1.5;

export interface Size {
  width: number;
  height: number;
}

/** The size of a figure in pixels: the caller's, else its layout's, else plotly's own 700 x 450. */
export function figureSize(figure: Figure, wanted: Partial<Size> = {}): Size {
  return {
    width: wanted.width ?? figure.layout?.width ?? 700,
    height: wanted.height ?? figure.layout?.height ?? 450,
  };
}

// One page draws for all callers, one figure after the other.
let queue: Promise<unknown> = Promise.resolve();
function afterTheOthers<T>(task: () => Promise<T>): Promise<T> {
  const result = queue.then(task, task);
  queue = result.catch(() => {});
  return result;
}

/** A name that can be a file's; any other is refused. */
export function figureFile(name: string): string {
  if (/^[\w][\w.-]*$/.test(name)) return name;
  throw new Error(`"${name}" cannot name a figure's files: use letters, digits, "-", "_" and ".".`);
}

/** The figure drawn by plotly.js; null where there is no Chromium. */
export async function renderPng(figure: Figure, size: Size): Promise<Buffer | null> {
  return afterTheOthers(async () => {
    const page = await figurePage();
    if (!page) return null;
    const print = printSize(figure);
    const scale = print ? (print.widthMillimetres * print.dpi) / 25.4 / size.width : pngScale;
    const url = await image(page, figure, size, "png", scale);
    const png = Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
    return print ? sharp(png).withMetadata({ density: print.dpi }).png().toBuffer() : png;
  });
}

/**
 * A drawn figure in a notebook's output: a PNG of 256 colours, which keeps lines and letters sharp, or, where there are
 * images of the sky in it, a JPEG, which keeps their colours in a third less room.
 */
export async function notebookPicture(figure: Figure, png: Buffer): Promise<MimeBundle> {
  if (figure.layout?.images?.length) {
    const jpeg = sharp(png)
      .flatten({ background: "#ffffff" })
      .jpeg({ quality: 88, chromaSubsampling: "4:4:4", mozjpeg: true });
    return { "image/jpeg": (await jpeg.toBuffer()).toString("base64") };
  }
  const reduced = await sharp(png)
    .png({ palette: true, quality: 95, effort: 7, compressionLevel: 9 })
    .toBuffer();
  return { "image/png": (reduced.length < png.length ? reduced : png).toString("base64") };
}

/**
 * Writes `out/figures/<name>.json` and, where Chromium is installed, `.png`, `.svg` and `.pdf` (the vector figure on
 * a page of its own size). Returns the paths written. `png` saves drawing it again.
 */
export async function exportFigure(
  name: string,
  figure: Figure,
  size = figureSize(figure),
  png?: Buffer | null,
): Promise<string[]> {
  const file = (extension: string) => paths.out("figures", `${figureFile(name)}.${extension}`);
  const written = [file("json")];
  await atomicWrite(file("json"), `${JSON.stringify(figureSpec(figure))}\n`);
  const raster = png === undefined ? await renderPng(figure, size) : png;
  if (!raster) return written;
  const { svg, pdf } = await afterTheOthers(async () => {
    const page = await figurePage();
    if (!page) throw new Error("Chromium went away while a figure was exported; run the cell again.");
    const url = await image(page, figure, size, "svg", 1);
    const svg = decodeURIComponent(url.slice(url.indexOf(",") + 1));
    const print = printSize(figure);
    const high = print && (print.widthMillimetres * size.height) / size.width;
    const sides = print
      ? [`${print.widthMillimetres}mm`, `${high}mm`]
      : [`${size.width}px`, `${size.height}px`];
    const sized = print ? withSides(svg, sides) : svg;
    return { svg: sized, pdf: await printPdf(page, sized, sides) };
  });
  await atomicWrite(file("png"), raster);
  await atomicWrite(file("svg"), svg);
  await atomicWrite(file("pdf"), pdf);
  return [...written, file("png"), file("svg"), file("pdf")];
}

/** A data URL of the figure. plotly.js changes what it is given, so it gets its own copy through JSON. */
async function image(
  page: Page,
  figure: Figure,
  size: Size,
  format: "png" | "svg",
  scale: number,
): Promise<string> {
  const request = JSON.stringify({ figure: figureSpec(figure), options: { format, scale, ...size } });
  return page.evaluate(async (json) => {
    const { figure, options } = JSON.parse(json);
    // biome-ignore lint/suspicious/noExplicitAny: plotly.js lives in the page, not here
    return (globalThis as any).Plotly.toImage(figure, options) as Promise<string>;
  }, request);
}

/** The same drawing with other lengths of its sides; its coordinates stay those of the view box. */
function withSides(svg: string, [width, height]: string[]): string {
  return svg.replace(/(<svg[^>]*?) width="[^"]*" height="[^"]*"/, `$1 width="${width}" height="${height}"`);
}

async function printPdf(page: Page, svg: string, [width, height]: string[]): Promise<Buffer> {
  const holder = await page.context().newPage();
  try {
    await holder.setContent(
      `<!doctype html><style>@page{size:${width} ${height};margin:0}body{margin:0}svg{display:block}</style>${svg}`,
    );
    return await holder.pdf({ width, height, printBackground: true, pageRanges: "1" });
  } finally {
    await holder.close();
  }
}
