import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { atomicWrite } from "../../lib/files/atomic-write.js";
import { writeError } from "../../lib/files/write-error.js";
import { pageScript, pageStyle } from "../../lib/notebook/pages/inline-page.js";
import { readNotebook } from "../runner/notebook-file.js";
import {
  generator,
  indexMain,
  notebookMain,
  pageFrame,
  referenceFolder,
  type SitePage,
  sitePage,
} from "./page.js";

export interface SiteOptions {
  /** Paths of notebooks, in the order of reading. */
  notebooks: readonly string[];
  /** The folder the site is written to; a site that was there before is replaced, anything else is refused. */
  to: string;
  /** Writes the reference of the library into a folder of the site; left out, the site has none. */
  reference?: (folder: string) => Promise<void>;
}

/**
 * Turns notebooks into a static site: an index, a page for each notebook, figures that can be explored, mathematics,
 * and everything these need (plotly.js, fonts) in the folder itself. It opens from a disk, a stick or any server and
 * loads nothing from the network. The same notebooks give the same files, byte for byte.
 *
 * The site is built beside its place and moved there when complete. Returns the pages as they were made.
 */
export async function buildSite({ notebooks, to, reference }: SiteOptions): Promise<SitePage[]> {
  if (!notebooks.length) throw new Error("A site needs at least one notebook.");
  const target = resolve(to);
  await refuseForeign(target);
  const stage = `${target}.building`;
  try {
    await rm(stage, { recursive: true, force: true });
    await reference?.(join(stage, referenceFolder));
    const pages = await writePages(notebooks, stage, reference !== undefined);
    await writeAssets(stage, pages);
    await replaceFolder(stage, target);
    return pages;
  } catch (error) {
    throw writeError(target, error);
  } finally {
    await rm(stage, { recursive: true, force: true }).catch(() => {}); // the first error is the one to report
  }
}

/** Moves a complete folder to its place; the one that stood there goes only when the new one stands. */
async function replaceFolder(stage: string, target: string): Promise<void> {
  const before = `${target}.before`;
  await rm(before, { recursive: true, force: true });
  const stood = existsSync(target);
  if (stood) await rename(target, before);
  try {
    await rename(stage, target);
  } catch (error) {
    if (stood) await rename(before, target);
    throw error;
  }
  await rm(before, { recursive: true, force: true });
}

async function writePages(
  notebooks: readonly string[],
  stage: string,
  hasReference: boolean,
): Promise<SitePage[]> {
  const files = pageFiles(notebooks.map((path) => basename(path)));
  const links = new Map(notebooks.map((path, i) => [basename(path), files[i]]));
  const pages: SitePage[] = [];
  for (const [i, path] of notebooks.entries()) {
    const stem = files[i].replace(/\.html$/, "");
    const pictures: [string, Uint8Array][] = [];
    const keepPicture = (bytes: Uint8Array, extension: string) => {
      const name = `figures/${stem}-${pictures.length + 1}.${extension}`;
      pictures.push([name, bytes]);
      return name;
    };
    const names = { file: files[i], notebook: `${stem}.ipynb` };
    pages.push(sitePage(await readNotebook(path), names, links, keepPicture));
    for (const [name, bytes] of pictures) await atomicWrite(join(stage, name), bytes);
    await atomicWrite(join(stage, "notebooks", names.notebook), await readFile(path));
  }
  for (const page of pages) {
    await atomicWrite(join(stage, page.file), pageFrame(pages, page, notebookMain(pages, page)));
  }
  await atomicWrite(join(stage, "index.html"), pageFrame(pages, null, indexMain(pages, hasReference)));
  return pages;
}

/** A name for each page that is safe in a path and a link and not that of another page. */
function pageFiles(notebooks: readonly string[]): string[] {
  const used = new Set(["index"]);
  return notebooks.map((name) => {
    const stem = name.replace(/\.ipynb$/, "").replace(/[^A-Za-z0-9_-]+/g, "-") || "notebook";
    let unique = stem;
    for (let n = 2; used.has(unique.toLowerCase()); n++) unique = `${stem}-${n}`;
    used.add(unique.toLowerCase());
    return `${unique}.html`;
  });
}

async function writeAssets(stage: string, pages: readonly SitePage[]): Promise<void> {
  const assets = (...parts: string[]) => join(stage, "assets", ...parts);
  await atomicWrite(assets("site.css"), await pageStyle("site"));
  await atomicWrite(assets("site.js"), await pageScript("site"));
  await atomicWrite(assets("math.css"), await mathStyle());
  if (pages.some((page) => page.figures.length)) {
    await atomicWrite(
      assets("plotly.min.js"),
      await readFile("node_modules/plotly.js-dist-min/plotly.min.js"),
    );
  }
}

/** KaTeX's style with its fonts inside: some browsers refuse a page from a disk the font files beside it. */
async function mathStyle(): Promise<string> {
  const folder = "node_modules/katex/dist";
  let style = await readFile(join(folder, "katex.min.css"), "utf8");
  style = style.replace(/,url\([^)]*\) format\("(?:woff|truetype)"\)/g, "");
  const fonts = new Set(Array.from(style.matchAll(/url\((fonts\/[\w-]+\.woff2)\)/g), (match) => match[1]));
  for (const font of fonts) {
    const base64 = (await readFile(join(folder, font))).toString("base64");
    style = style.replaceAll(`url(${font})`, `url(data:font/woff2;base64,${base64})`);
  }
  return style;
}

/** A folder with anything in it but a site made here is somebody's work: it is not replaced. */
async function refuseForeign(target: string): Promise<void> {
  const there = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new Error(`Cannot write a site to ${target}: ${error.message}.`, { cause: error });
  });
  if (!there.length) return;
  const index = await readFile(join(target, "index.html"), "utf8").catch(() => "");
  if (!index.includes(`<meta name="generator" content="${generator}">`)) {
    throw new Error(
      `${target} holds files that are not a site made here: choose another folder or empty it.`,
    );
  }
}
