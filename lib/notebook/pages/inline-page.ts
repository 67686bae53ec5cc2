import { readFile } from "node:fs/promises";
import { packageRoot } from "../../package-root.js";

/** What runs in the reader's browser: a folder each, with `main.ts`, `style.css` and, but for the site, `page.html`. */
export type PageName = "explorer" | "label" | "site";

function fileOf(page: PageName, name: string): string {
  return packageRoot("lib/notebook/pages", page, name);
}

/**
 * A page's `main.ts` with all it imports, as one script that any browser since 2022 runs: the site's a classic one, the
 * others' a module, which may wait for its data at the top level.
 */
export function pageScript(page: PageName): Promise<string> {
  return bundle(fileOf(page, "main.ts"), page === "site" ? "iife" : "esm");
}

/** A page's `style.css` with all it imports. */
export function pageStyle(page: PageName): Promise<string> {
  return bundle(fileOf(page, "style.css"));
}

async function bundle(entry: string, format: "iife" | "esm" = "iife"): Promise<string> {
  // Loaded with the first page: most notebooks write none. Unlike `build`, it leaves no process behind.
  const { buildSync } = await import("esbuild");
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format,
    // Style is left as it is written: for an older browser esbuild would spell it out at length.
    target: entry.endsWith(".ts") ? "es2022" : "esnext",
    charset: "utf8",
    legalComments: "none",
    minify: true, // an explorer is sent around as a file
  });
  return outputFiles[0].text;
}

/** The whole page in one text: style and script stand in it, so that it needs no file beside it and no network. */
export async function inlinePage(page: PageName): Promise<string> {
  const link = '<link rel="stylesheet" href="style.css">';
  const script = '<script type="module" src="main.ts"></script>';
  const path = fileOf(page, "page.html");
  const html = await readFile(path, "utf8");
  for (const tag of [link, script])
    if (!html.includes(tag)) throw new Error(`${path} has no ${tag} to put in line.`);
  const [style, code] = await Promise.all([pageStyle(page), pageScript(page)]);
  return html
    .replace(link, () => `<style>\n${style}</style>`)
    .replace(script, () => `<script type="module">\n${code}</script>`);
}
