import { escapeHtml } from "../../lib/escape-html.js";

/** Text that is HTML already: written by this program, or cleaned by a library that says so. */
export class Markup {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

type Part = string | number | Markup | null | undefined | false | readonly Part[];

/**
 * HTML from a template in which everything put in is escaped, unless it is `Markup` itself: forgetting to escape is
 * not possible, only trusting a string on purpose with `new Markup(text)`. Null, undefined and false put in nothing.
 *
 * @example html`<p title="${title}">${title}</p>`
 */
export function html(texts: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(texts.reduce((all, text, i) => all + inserted(parts[i - 1]) + text));
}

function inserted(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(inserted).join("");
  return escapeHtml(String(part));
}

/** JSON for a `<script type="application/json">`: nothing in it can end the script. `replacer` as in JSON.stringify. */
export function jsonBlock(value: unknown, replacer?: (key: string, value: unknown) => unknown): Markup {
  return new Markup(JSON.stringify(value, replacer).replace(/</g, "\\u003c"));
}
