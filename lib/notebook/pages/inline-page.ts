import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { buildSync } from "esbuild";

/** What runs in the reader's browser: a folder each, with `main.ts`, `style.css` and, but for the site, `page.html`. */
export type PageName = "explorer" | "label" | "site";

// From the project root, not import.meta: notebooks are compiled elsewhere, but always run from the root.
const fileOf = (page: PageName, name: string) => resolve("lib/notebook/pages", page, name);

/** A page's `main.ts` with all it imports, as one script that any browser since 2021 runs. */
export function pageScript(page: PageName): string {
  return bundle(fileOf(page, "main.ts"));
}

/** A page's `style.css` with all it imports. */
export function pageStyle(page: PageName): string {
  return bundle(fileOf(page, "style.css"));
}

function bundle(entry: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "iife",
    // Style is left as it is written: for an older browser esbuild would spell it out at length.
    target: entry.endsWith(".ts") ? "es2021" : "esnext",
    charset: "utf8",
    legalComments: "none",
  });
  return outputFiles[0].text;
}

/** The whole page in one text: style and script stand in it, so that it needs no file beside it and no network. */
export function inlinePage(page: PageName): string {
  const link = '<link rel="stylesheet" href="style.css">';
  const script = '<script type="module" src="main.ts"></script>';
  const html = readFileSync(fileOf(page, "page.html"), "utf8");
  for (const tag of [link, script])
    if (!html.includes(tag)) throw new Error(`${fileOf(page, "page.html")} has no ${tag} to put in line.`);
  return html
    .replace(link, () => `<style>\n${pageStyle(page)}</style>`)
    .replace(script, () => `<script>\n${pageScript(page)}</script>`);
}
