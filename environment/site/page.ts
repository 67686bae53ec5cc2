import type { Notebook } from "../runner/notebook-file.js";
import { coloured, type Heading, SiteMarkdown } from "./markdown.js";
import { html, Markup } from "./markup.js";
import { type OutputPlace, type SiteFigure, siteOutput } from "./output.js";

/** A notebook turned into the middle of a page, with what the index and the navigation say of it. */
export interface SitePage {
  /** File name of the page, such as `05-clusters.html`. */
  file: string;
  /** File name of the notebook, a copy of which lies in `notebooks/`. */
  notebook: string;
  title: string;
  /** "Section 6.1", or "" where the notebook does not say. */
  section: string;
  /** "Figures 4, 5 and 6", or "". */
  shows: string;
  /** The first question the notebook asks, as HTML. */
  question: Markup;
  /** What the run said of itself, such as "profile quick"; "" where it was not run. */
  run: string;
  headings: Heading[];
  figures: SiteFigure[];
  body: Markup;
}

/** Renders the cells of a notebook. `keepPicture` is as in `OutputPlace`; `pages` as in `SiteMarkdown`. */
export function sitePage(
  notebook: Notebook,
  names: { file: string; notebook: string },
  pages: ReadonlyMap<string, string>,
  keepPicture: OutputPlace["keepPicture"],
): SitePage {
  const markdown = new SiteMarkdown(pages);
  const figures: SiteFigure[] = [];
  const place: OutputPlace = { markdown, figures, keepPicture };
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type === "markdown")
      return html`<div class="text">\n${markdown.render(cell.source, cell.attachments)}</div>\n`;
    if (cell.cell_type === "raw") return html`<pre class="out">${cell.source}</pre>\n`;
    const outputs = (cell.outputs ?? []).map((output) => siteOutput(output, place));
    const results = outputs.some(({ text }) => text) && html`<div class="results">\n${outputs}</div>\n`;
    if (!cell.source.trim()) return html`${results}`;
    const code = new Markup(coloured(cell.source, "typescript"));
    return html`<pre class="code"><code>${code}</code></pre>\n${results}`;
  });
  const text = notebook.cells
    .filter((cell) => cell.cell_type === "markdown")
    .map((cell) => cell.source)
    .join("\n\n");
  const [section = "", shows = ""] = (/^\*(Sections? [^*]+?)\.?\*$/m.exec(text)?.[1] ?? "").split(/;\s*/);
  const question = /^\*\*Question\.\*\*\s+([^?]*\?)/m.exec(text)?.[1] ?? "";
  const said = notebook.metadata["latent-sky"] as { profile?: unknown } | undefined;
  const ran = notebook.cells.some((cell) => cell.execution_count || cell.outputs?.length);
  return {
    ...names,
    title: markdown.headings.find((h) => h.level === 1)?.text ?? names.notebook.replace(/\.ipynb$/, ""),
    section: section.replace(/ of the paper$/, ""),
    shows,
    question: new SiteMarkdown(pages).inline(question),
    run: said?.profile ? `profile ${said.profile}` : ran ? "run" : "",
    headings: markdown.headings,
    figures,
    body: html`${cells}`,
  };
}

/** Where the reference of the library lies within the site. */
export const referenceFolder = "reference";

/**
 * A browser that honours this policy loads nothing from outside the site and runs no script but the site's own.
 * `file:` stands beside 'self' because some browsers do not count a file's own folder as itself.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self' file:",
  "style-src 'self' file: 'unsafe-inline'",
  "img-src 'self' file: data: blob:",
  "font-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** A whole page: head, navigation and what is given as its main part. `current` is null on the index. */
export function pageFrame(pages: readonly SitePage[], current: SitePage | null, main: Markup): string {
  const math = main.text.includes('class="katex');
  const sections = current?.headings.filter((h) => h.level === 2) ?? [];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${generator}">
<title>${current ? `${current.title} · latent-sky` : "latent-sky"}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/site.css">${math && new Markup('\n<link rel="stylesheet" href="assets/math.css">')}
<script defer src="assets/site.js"></script>
</head>
<body${current ? "" : new Markup(' class="index"')}>
<a class="skip" href="#site-main">To the text</a>
<div class="side"><nav aria-label="Notebooks">
<a class="home" href="index.html">latent-sky</a>
<input type="checkbox" id="menu" aria-label="Show the notebooks"><label class="menu" for="menu">Notebooks</label>
<ol>
${pages.map(
  (
    page,
  ) => html`<li><a href="${page.file}"${page === current && new Markup(' aria-current="page"')}>${page.title}</a>${
    page === current &&
    sections.length > 0 &&
    html`<ol>${sections.map((h) => html`<li><a href="#${h.id}">${h.text}</a></li>`)}</ol>`
  }</li>
`,
)}</ol>
</nav></div>
<main id="site-main">
${main}
</main>
</body>
</html>
`.text;
}

/** Marks a folder as one that was made here and may be made anew. */
export const generator = "latent-sky site";

/** The main part of a notebook's page: what ran, the cells, the pages before and after. */
export function notebookMain(pages: readonly SitePage[], page: SitePage): Markup {
  const i = pages.indexOf(page);
  const turn = (to: SitePage | undefined, word: string) =>
    to &&
    html`<a href="${to.file}" rel="${word === "Next" ? "next" : "prev"}"><small>${word}</small>${to.title}</a>`;
  return html`<p class="run">${
    page.run ? html`<span>${page.run === "run" ? "as it was run" : `run at ${page.run}`}</span>` : ""
  }<a href="notebooks/${page.notebook}" download>Download the notebook</a><button type="button" id="site-code" aria-pressed="false" hidden>Hide the code</button></p>
${!page.run && html`<p class="note">This notebook has not been run yet: it stands here without its figures.</p>\n`}${page.body}
<nav class="turn" aria-label="Previous and next notebook">${turn(pages[i - 1], "Previous")}${turn(pages[i + 1], "Next")}</nav>`;
}

/** The main part of the index: what each notebook asks, where the paper treats it, its figures. */
export function indexMain(pages: readonly SitePage[], hasReference = false): Markup {
  const figures = pages.flatMap((page) => page.figures.map((figure) => ({ page, figure })));
  const pictured = figures.filter(({ figure }) => figure.picture);
  const numbered = pictured.filter(({ figure }) => figure.number !== null);
  numbered.sort((a, b) => a.figure.number! - b.figure.number!);
  const others = pictured.filter(({ figure }) => figure.number === null);
  return html`<h1>latent-sky</h1>
<p class="lead">Finding the unusual among astronomical images without labels: the notebooks of a re-implementation of
Mohale &amp; Lochner (2023), <a href="https://arxiv.org/abs/2311.14157" rel="noopener">arXiv:2311.14157</a>, as they were run.</p>
<h2>Notebooks</h2>
<table>
<thead><tr><th>Notebook</th><th>Paper</th><th>Figures and tables</th></tr></thead>
<tbody>
${pages.map(
  (
    page,
  ) => html`<tr><td><a href="${page.file}">${page.title}</a>${page.question.text && html`<p>${page.question}</p>`}${
    !page.run && html`<p>Not run yet.</p>`
  }</td><td>${page.section}</td><td>${linkedFigures(page)}</td></tr>
`,
)}</tbody>
</table>
${
  hasReference &&
  html`<p>The library beneath them, name by name: <a href="${referenceFolder}/index.html">reference</a>.</p>
`
}${gallery("Figures of the paper", numbered)}${gallery(numbered.length ? "Further figures" : "Figures", others)}`;
}

function gallery(title: string, figures: { page: SitePage; figure: SiteFigure }[]): Markup {
  if (!figures.length) return html``;
  return html`<h2>${title}</h2>
<div class="gallery">
${figures.map(
  ({ page, figure }) =>
    html`<a href="${page.file}#${figure.id}"><span><img src="${figure.picture}" alt="" loading="lazy"></span>${figure.title}</a>\n`,
)}</div>
`;
}

/** "Figures 4, 5 and 6" with every number leading to its figure, where the notebook has drawn it. */
function linkedFigures(page: SitePage): Markup {
  const [, figures, rest] = /^(Figures?[\d,\s]*(?:and\s+\d+)?)(.*)$/s.exec(page.shows) ?? [
    null,
    "",
    page.shows,
  ];
  const parts = figures.split(/(\d+)/).map((part) => {
    const figure = page.figures.find(({ number }) => /^\d+$/.test(part) && number === Number(part));
    return figure ? html`<a href="${page.file}#${figure.id}">${part}</a>` : part;
  });
  return html`${parts}${rest}`;
}
