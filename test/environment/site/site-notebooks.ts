import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A red pixel. */
export const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==";

const text = (source: string) => ({ cell_type: "markdown", metadata: {}, source: source.split(/(?<=\n)/) });
const code = (source: string, ...outputs: object[]) => ({
  cell_type: "code",
  metadata: {},
  execution_count: outputs.length ? 1 : null,
  outputs,
  source,
});
const display = (data: object) => ({ output_type: "display_data", metadata: {}, data });
const figure = (title: string, type: string, picture = true) =>
  display({
    "application/vnd.plotly.v1+json": {
      data: [{ type, mode: "lines+markers", x: [1, 2, 3], y: [2, 1, 3] }],
      layout: { width: 480, height: 320, title: { text: `<b>${title}</b><br><span>a subtitle</span>` } },
    },
    ...(picture ? { "image/png": png } : {}),
    "text/plain": [`Figure: ${title} (out/figures/a-name)`],
  });

/** What an ordinary run leaves: figures, a table, mathematics, streams, a finished bar, an error. */
const ordinary = [
  text(
    "# 05 · Clusters & groups\n\n*Section 6.1 of the paper; Figures 4 and 5.*\n\n**Question.** Into which *groups* do they fall? More.\n",
  ),
  text(
    "## The mixture\n\nInline $x_k < 1$ and\n\n$$ r_k \\propto \\exp(-\\tfrac12 d^2) $$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
  ),
  code("const a: number = 1;", figure("Figure 4 · A line", "scatter"), {
    output_type: "stream",
    name: "stdout",
    text: ["\u001b[32mfirst\u001b[0m\n", "5 < 6\n"],
  }),
  text(
    "## The mixture\n\nSee [the next](06-votes.ipynb#heights), [nothing](missing.txt), [the paper](https://arxiv.org/abs/2311.14157).",
  ),
  code(
    "showTable()",
    display({
      "text/html":
        '<table><thead><tr><th style="text-align:right">n</th></tr></thead><tbody><tr><td>7</td></tr></tbody></table>',
      "text/plain": "n\n7",
    }),
    display({ "text/plain": ["Mixture [####################] 100%  30/30  3.0 s"] }),
  ),
  code("fails()", {
    output_type: "error",
    ename: "TypeError",
    evalue: "x is <undefined>",
    traceback: ["\u001b[31mTypeError: x is <undefined>\u001b[0m", "    at cell 4, line 1"],
  }),
];

const second = [
  text("# 06 · Votes\n\n## Heights\n\nBack to [the clusters](./05-clusters.ipynb)."),
  code("show()", figure("Violins", "violin", false)),
];

/** Every place of a notebook where text could become a script, a request, or an escape from its element. */
const run = "window.hacked = (window.hacked || 0) + 1";
const hostile = [
  text(`# </title><script>${run}</script> Evil "heading" <img src=x onerror="${run}">`),
  text(`## </a><script>${run}</script>\n\n<script>${run}</script>\n\n<img src=x onerror="${run}">\n`),
  text(
    `[a](javascript:${encodeURIComponent(run)}) [b](data:text/html,<script>${run}</script>) [c](vbscript:x)\n`,
  ),
  text(`![d](http://127.0.0.1:9/pixel.png) ![e" onerror="${run}](x.png) ![f](attachment:g.svg)\n`),
  text(
    `$\\href{javascript:${run}}{x}$ $\\includegraphics{http://127.0.0.1:9/x.png}$ $</span><script>${run}</script>$ $\\bad{<img src=x onerror="${run}">}$\n`,
  ),
  text(
    `\`\`\`html\n</code></pre><script>${run}</script>\n\`\`\`\n\n\`\`\`"><script>${run}</script>\nx\n\`\`\`\n`,
  ),
  code(`// </code></pre><script>${run}</script>`, {
    output_type: "stream",
    name: `stdout"><script>${run}</script>`,
    text: `</pre><script>${run}</script>`,
  }),
  code(
    "html",
    display({
      "text/html": [
        `<table onclick="${run}" style="background:url(http://127.0.0.1:9/a)"><tr><td style="text-align:right;position:fixed" id="site-main">cell</td></tr></table>`,
        `<script>${run}</script><img src=x onerror="${run}"><iframe src="http://127.0.0.1:9"></iframe><svg onload="${run}"></svg>`,
        `<a href="javascript:${run}">j</a><a href=" java\tscript:${run}">k</a><form action="http://127.0.0.1:9"><input></form>`,
        `<img src="http://127.0.0.1:9/b.png"><img src="//127.0.0.1:9/c.png"><style>*{display:none}</style><base href="http://127.0.0.1:9/"><math><mtext><style><img src onerror="${run}"></style></mtext></math>`,
      ],
    }),
    display({
      "image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg" onload="${run}"><script>${run}</script></svg>`,
    }),
    display({ "image/png": `${png}"><script>${run}</script>`, "text/plain": `"><script>${run}</script>` }),
    display({ "text/markdown": `<script>${run}</script>` }),
    display({ "text/plain": `</pre><script>${run}</script>`, "application/javascript": run }),
    {
      output_type: "error",
      ename: `<script>${run}</script>`,
      evalue: `</pre><script>${run}</script>`,
      traceback: [`<img src=x onerror="${run}">`],
    },
  ),
  code(
    "figure",
    display({
      "application/vnd.plotly.v1+json": {
        data: [{ type: "scatter", x: [1, 2], y: [1, 2], name: `</script><script>${run}</script>` }],
        layout: {
          title: {
            text: `<b></script><script>${run}</script><a href="javascript:${run}">t</a><img src=x onerror="${run}"></b>`,
          },
          width: `480"><script>${run}</script>`,
          images: [{ source: "http://127.0.0.1:9/layout.png", x: 0, y: 1, sizex: 1, sizey: 1 }],
        },
        config: { plotlyServerURL: "http://127.0.0.1:9" },
      },
      "text/plain": `Figure: </script><script>${run}</script>`,
    }),
  ),
];

/** Writes the notebooks of the site's tests: two ordinary ones, and on request a hostile one. */
export async function siteNotebooks(folder: string, withHostile = false): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const all: [string, object[], object][] = [
    ["05-clusters", ordinary, { "latent-sky": { profile: "quick" } }],
    ["06-votes", second, {}],
  ];
  if (withHostile) {
    const profile = `<script>${run}</script>`;
    const cells = hostile.map((cell) => ({ ...cell, id: `"><script>${run}</script>` }));
    const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="${run}"/>`).toString("base64");
    const attachments = { "g.svg": { "image/svg+xml": svg } };
    Object.assign(cells[3], { attachments });
    all.push([`07 "><script>${run.replaceAll("/", "")}<b>`, cells, { "latent-sky": { profile } }]);
  }
  return Promise.all(
    all.map(async ([name, cells, metadata]) => {
      const path = join(folder, `${name}.ipynb`);
      await writeFile(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }));
      return path;
    }),
  );
}
