import katexPlugin from "@vscode/markdown-it-katex";
import hljs from "highlight.js/lib/common";
import markdownIt, { type MarkdownIt } from "markdown-it";
import { escapeHtml } from "../../lib/escape-html.js";
import { Markup } from "./markup.js";

/** A heading of a page: where it is and what it says, without markup. */
export interface Heading {
  level: number;
  id: string;
  text: string;
}

/** What the rules below need to know of the cell they render. */
interface CellContext {
  attachments: Record<string, unknown>;
}

/** Formats an image may have within the page; an SVG in an `<img>` runs no script. */
const imageTypes = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"];

// CommonJS under an ES module loader: the function is one level deeper.
const katex = ((katexPlugin as unknown as { default?: unknown }).default ?? katexPlugin) as (
  md: unknown,
  options: object,
) => void;

/**
 * Renders the markdown cells of one page: CommonMark with tables, LaTeX set by KaTeX (HTML for the eye, MathML for
 * a screen reader), code coloured. Collects the headings, each with an id of its own.
 *
 * Raw HTML is shown as text, and so no cell can bring a script. A link to another notebook of the site leads to its
 * page; a link to a file that is not part of the site is left as text, for it would lead nowhere; an image from the
 * network becomes a link, for a page here loads nothing.
 */
export class SiteMarkdown {
  readonly headings: Heading[] = [];
  private readonly ids = new Set<string>();
  private readonly md: MarkdownIt;

  /** @param pages file name of a notebook -> file name of its page */
  constructor(private readonly pages: ReadonlyMap<string, string>) {
    this.md = new markdownIt({ html: false, linkify: true, highlight: coloured });
    this.md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
    katex(this.md, { throwOnError: false, enableBareBlocks: true });
    const { rules } = this.md.renderer;
    rules.heading_open = (tokens, i) => {
      const text = plainText(tokens[i + 1].children ?? []);
      const heading = { level: Number(tokens[i].tag.slice(1)), id: this.newId(text), text };
      this.headings.push(heading);
      return `<${tokens[i].tag} id="${heading.id}">`;
    };
    rules.link_open = (tokens, i) => {
      const href = this.target(String(tokens[i].attrGet("href") ?? ""));
      return href === null
        ? "<span>"
        : `<a href="${escapeHtml(href)}"${leaves(href) ? ' rel="noopener"' : ""}>`;
    };
    rules.link_close = (tokens, i) => {
      const open = tokens.slice(0, i).findLast((t) => t.type === "link_open" && t.level === tokens[i].level);
      return this.target(String(open?.attrGet("href") ?? "")) === null ? "</span>" : "</a>";
    };
    rules.image = (tokens, i, _options, env) =>
      image(
        String(tokens[i].attrGet("src") ?? ""),
        plainText(tokens[i].children ?? []),
        env as unknown as CellContext,
      );
    rules.table_open = () => '<div class="wide"><table>';
    rules.table_close = () => "</table></div>";
  }

  render(source: string, attachments: Record<string, unknown> = {}): Markup {
    return new Markup(this.md.render(source, { attachments }));
  }

  /** A line or two without paragraphs, as for a cell of a table. */
  inline(source: string): Markup {
    return new Markup(this.md.renderInline(source, { attachments: {} }));
  }

  private newId(text: string): string {
    const slug =
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, "-")
        .replace(/^-|-$/g, "") || "section";
    let id = slug;
    for (let n = 2; this.ids.has(id); n++) id = `${slug}-${n}`;
    this.ids.add(id);
    return id;
  }

  /** Where a link leads from a page of the site, or null where it would lead nowhere. */
  private target(href: string): string | null {
    if (/^(https?:|mailto:|#)/i.test(href)) return href;
    const [path, fragment] = href.split("#", 2);
    const page = this.pages.get(decoded(path).replace(/^\.\//, ""));
    return page === undefined ? null : page + (fragment ? `#${fragment}` : "");
  }
}

/** TypeScript, or the language a fence names, as HTML with `hljs-` classes; text is escaped by highlight.js. */
export function coloured(code: string, language: string): string {
  return hljs.getLanguage(language)
    ? hljs.highlight(code, { language, ignoreIllegals: true }).value
    : escapeHtml(code);
}

function image(src: string, alt: string, { attachments }: CellContext): string {
  const attached = attachments?.[decoded(src.replace(/^attachment:/, ""))];
  if (src.startsWith("attachment:") && attached) {
    const [type, content] = Object.entries(attached as Record<string, string>)[0] ?? [];
    if (imageTypes.includes(type) && /^[\w+/=\s]*$/.test(String(content)))
      return `<img src="data:${type};base64,${String(content).replace(/\s/g, "")}" alt="${escapeHtml(alt)}">`;
  }
  if (/^data:image\//.test(src)) return `<img src="${escapeHtml(src)}" alt="${escapeHtml(alt)}">`;
  if (/^https?:/i.test(src))
    return `<a href="${escapeHtml(src)}" rel="noopener">Image: ${escapeHtml(alt || src)}</a>`;
  return `<em>Image: ${escapeHtml(alt || src)}</em>`;
}

function plainText(tokens: { type: string; content: string; children: unknown }[]): string {
  return tokens
    .map((token) => (/^soft|^hard/.test(token.type) ? " " : token.content))
    .join("")
    .trim();
}

function leaves(href: string): boolean {
  return /^https?:/i.test(href);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
