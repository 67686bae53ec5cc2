import { stripVTControlCharacters } from "node:util";
import sanitizeHtml from "sanitize-html";
import { figureTitle } from "../../lib/notebook/figure-title.js";
import { overwriteLines } from "../runner/cell-outputs.js";
import type { Output } from "../runner/notebook-file.js";
import type { SiteMarkdown } from "./markdown.js";
import { html, jsonBlock, Markup } from "./markup.js";
import { namedCells } from "./named-cells.js";

/** A figure of a page: its place, its title, the paper's number where it has one, its picture. */
export interface SiteFigure {
  id: string;
  title: string;
  /** 4 for "Figure 4 · ...", else null. */
  number: number | null;
  /** Path of the PNG from the site's root, or null. */
  picture: string | null;
}

/** What outputs are put into while a page is made. */
export interface OutputPlace {
  markdown: SiteMarkdown;
  figures: SiteFigure[];
  /** Keeps a picture as a file of the site and gives its path from the site's root. */
  keepPicture(bytes: Uint8Array, extension: string): string;
}

const plotly = "application/vnd.plotly.v1+json";

/**
 * One output of a cell as HTML: a figure (interactive, its PNG before and without scripts), a table, a picture,
 * text, or an error. Of a bundle the richest type that is known is shown.
 */
export function siteOutput(output: Output, place: OutputPlace): Markup {
  if (output.output_type === "stream") {
    const text = terminalText(output.text);
    return text.trim() === ""
      ? html``
      : html`<pre class="${output.name === "stderr" ? "out stderr" : "out"}">${text}</pre>\n`;
  }
  if (output.output_type === "error") {
    const trace = terminalText((output.traceback ?? []).join("\n"));
    const all = trace.includes(output.evalue) ? trace : `${output.ename}: ${output.evalue}\n${trace}`;
    const [first, ...rest] = all.split("\n");
    return html`<pre class="out error"><strong>${first}</strong>\n${rest.join("\n")}</pre>\n`;
  }
  const { data } = output;
  const spec = data[plotly] as { data?: unknown; layout?: unknown } | undefined;
  if (Array.isArray(spec?.data)) return figure(spec as FigureSpec, data, place);
  if (data["text/html"] !== undefined) {
    const clean = cleanHtml(textOf(data["text/html"]));
    if (clean.text.trim()) return html`<div class="out wide">${clean}</div>\n`;
  }
  const alt = textOf(data["text/plain"]);
  if (data["image/svg+xml"] !== undefined) {
    // Within the page, not a file of its own: an SVG opened by itself may run scripts, one in an <img> may not.
    const base64 = Buffer.from(textOf(data["image/svg+xml"])).toString("base64");
    return html`<p class="out"><img src="data:image/svg+xml;base64,${base64}" alt="${alt}"></p>\n`;
  }
  const path = keptPicture(data, place);
  if (path !== null) return html`<p class="out"><img src="${path}" alt="${alt}"></p>\n`;
  if (data["text/markdown"] !== undefined)
    return html`<div class="out">${place.markdown.render(textOf(data["text/markdown"]))}</div>\n`;
  const text = terminalText(textOf(data["text/plain"]));
  // A finished bar tells the reader little: it steps back.
  const bar = /^.{0,80}\[[#. ]+\]\s+\d+%/.test(text);
  return text.trim() === "" ? html`` : html`<pre class="${bar ? "out bar" : "out"}">${text}</pre>\n`;
}

const pictures = [
  ["image/png", "png"],
  ["image/jpeg", "jpg"],
] as const;

/** The path of an output's picture, which is kept as a file; null where it has none. */
function keptPicture(data: Record<string, unknown>, place: OutputPlace): string | null {
  const [type, extension] = pictures.find(([mime]) => data[mime] !== undefined) ?? [];
  return type && extension ? place.keepPicture(Buffer.from(textOf(data[type]), "base64"), extension) : null;
}

interface FigureSpec {
  data: unknown[];
  layout?: { width?: unknown; height?: unknown; title?: string | { text?: unknown } };
}

/**
 * The picture stands first, in its final size; the page's script puts the drawn figure in its place. Only data and
 * layout are handed on: a figure's own config could name servers.
 */
function figure(spec: FigureSpec, data: Record<string, unknown>, place: OutputPlace): Markup {
  const text = textOf(data["text/plain"]);
  const title = figureTitle(spec) || /^Figure: (.*?)(?: \(out\/figures\/.*\))?$/s.exec(text)?.[1] || "Figure";
  const picture = keptPicture(data, place);
  const number = /^Figure (\d+)\b/.exec(title);
  const id = `figure-${place.figures.length + 1}`;
  place.figures.push({ id, title, number: number ? Number(number[1]) : null, picture });
  const width = pixels(spec.layout?.width, 0);
  const height = pixels(spec.layout?.height, 450);
  const size = width ? html` width="${width}" height="${height}"` : html``;
  return html`<figure id="${id}" data-width="${width}" data-height="${height}">
${
  picture
    ? html`<img src="${picture}" alt="${title}"${size} loading="lazy">`
    : html`<noscript><p>${title} (drawn by a script)</p></noscript>`
}
<script type="application/json">${jsonBlock({ data: spec.data, layout: spec.layout ?? {} }, withoutAddress)}</script>
</figure>
`;
}

/** Drops the address of a picture (`source` of a layout image or an image trace) that is not in the figure itself. */
function withoutAddress(key: string, value: unknown): unknown {
  return key === "source" && typeof value === "string" && !value.startsWith("data:image/")
    ? undefined
    : value;
}

function pixels(value: unknown, fallback: number): number {
  return typeof value === "number" && value > 0 && value < 10_000 ? Math.round(value) : fallback;
}

/**
 * Tables and plain text mark-up, rebuilt from a list of what is allowed; scripts, handlers, frames, forms, styles
 * other than alignment and everything that loads from elsewhere are dropped.
 */
function cleanHtml(source: string): Markup {
  const clean = sanitizeHtml(source, {
    allowedTags: [
      ..."table caption colgroup col thead tbody tfoot tr th td p div span br hr pre code kbd".split(" "),
      ..."b strong i em u s sub sup small mark blockquote ul ol li dl dt dd h3 h4 h5 h6 a img".split(" "),
    ],
    allowedAttributes: {
      "*": ["style"],
      th: ["style", "colspan", "rowspan", "scope"],
      td: ["style", "colspan", "rowspan"],
      a: ["href"],
      img: ["src", "alt", "width", "height"],
    },
    allowedStyles: { "*": { "text-align": [/^(left|right|center)$/] } },
    allowedSchemes: ["http", "https", "mailto"],
    allowedSchemesByTag: { img: ["data"] },
    allowProtocolRelative: false,
    // A link or picture by a relative path would lead nowhere from here.
    exclusiveFilter: ({ tag, attribs }) => tag === "img" && !attribs.src?.startsWith("data:image/"),
    transformTags: {
      a: (tagName, { href = "" }): sanitizeHtml.Tag =>
        /^(https?:|mailto:|#)/i.test(href)
          ? { tagName, attribs: { href } }
          : { tagName: "span", attribs: {} },
    },
  });
  return new Markup(namedCells(clean));
}

/** Text as a terminal would have left it: no colours, lines overwritten by carriage returns gone. */
function terminalText(text: string): string {
  return overwriteLines(stripVTControlCharacters(text)).trimEnd();
}

/** Text of a bundle, which Jupyter stores as one string or a list of lines. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join("") : typeof value === "string" ? value : "";
}
