import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { html, jsonBlock, Markup } from "../../../environment/site/markup.js";
import { buildSite } from "../../../environment/site/site.js";
import { siteSources } from "../../../environment/site/sources.js";
import { escapeHtml } from "../../../lib/escape-html.js";
import { noBrowser, testBrowser } from "../../browser.js";
import { scratch } from "../../scratch.js";
import { siteNotebooks } from "./site-notebooks.js";

const withBrowser = { skip: noBrowser };
const folder = scratch();

before(async () => {
  await buildSite({ notebooks: await siteNotebooks(join(folder, "in")), to: join(folder, "site") });
});

interface Opened {
  page: Page;
  /** Messages of the console that are errors or warnings, and uncaught errors. */
  complaints: string[];
  /** Everything asked for that is not a file of the site or a part of the page. */
  requests: string[];
}

async function open(
  path: string,
  options: { width?: number; javaScriptEnabled?: boolean } = {},
): Promise<Opened> {
  const { width = 1280, javaScriptEnabled = true } = options;
  const context = await (await testBrowser()).newContext({
    viewport: { width, height: 900 },
    javaScriptEnabled,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && complaints.push(m.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (r) => !/^(file|data|blob):/.test(r.url()) && requests.push(r.url()));
  page.on("requestfailed", (r) => complaints.push(`failed: ${r.url()}`));
  await page.goto(pathToFileURL(path).href);
  return { page, complaints, requests };
}

/** Goes to the first figure and resolves when it stands drawn in its place. */
async function drawn(page: Page): Promise<void> {
  await page.locator("figure").first().scrollIntoViewIfNeeded();
  await page.locator("figure.drawn .main-svg").first().waitFor();
}

test(
  "a page opens from the disk: figure drawn, mathematics set, nothing asked of the network",
  withBrowser,
  async (t) => {
    // As a reader gets it: copied elsewhere, without node_modules beside it.
    const elsewhere = scratch(t);
    await cp(join(folder, "site"), join(elsewhere, "a site"), { recursive: true });
    const { page, complaints, requests } = await open(join(elsewhere, "a site", "05-clusters.html"));
    try {
      await drawn(page);
      const line = (await page.locator("figure .scatterlayer path.js-line").first().boundingBox())!;
      assert.ok(line.width > 100 && line.height > 50, `the line is ${line.width} x ${line.height} px`);
      assert.equal(await page.locator("figure > img").isVisible(), false);
      assert.equal(await page.locator(".katex").count(), 2);
      const font = await page.evaluate(
        'document.fonts.ready.then(() => document.fonts.check("16px KaTeX_Math"))',
      );
      assert.equal(font, true, "KaTeX's italic is loaded");
      const loaded = await page.evaluate('[...document.fonts].filter((f) => f.status === "loaded").length');
      assert.ok(Number(loaded) >= 2, `${loaded} fonts of KaTeX loaded`);
      assert.equal(await page.locator(".katex-error").count(), 0);
      assert.equal(await page.locator("pre.out").first().innerText(), "first\n5 < 6");
      assert.match(
        await page.locator("pre.error").innerText(),
        /^TypeError: x is <undefined>\n {4}at cell 4, line 1$/,
      );
      assert.equal(await page.locator(".out.wide th").innerText(), "n");
      assert.equal(await page.locator("pre.bar").count(), 1);
      assert.match(
        await page.locator("pre.code").first().innerHTML(),
        /<span class="hljs-keyword">const<\/span>/,
      );
      assert.deepEqual(requests, []);
      assert.deepEqual(complaints, []);
    } finally {
      await page.context().close();
      await rm(elsewhere, { recursive: true });
    }
  },
);

test("a figure without a picture is drawn too", withBrowser, async () => {
  const { page, complaints } = await open(join(folder, "site", "06-votes.html"));
  await drawn(page);
  assert.ok((await page.locator(".violinlayer path").count()) > 0);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test(
  "without scripts, in a narrow window and on paper the picture stands for the figure",
  withBrowser,
  async () => {
    const path = join(folder, "site", "05-clusters.html");
    const plain = await open(path, { javaScriptEnabled: false });
    assert.equal(await plain.page.locator("figure > img").isVisible(), true);
    await plain.page.context().close();

    const narrow = await open(path, { width: 360 });
    assert.equal(await narrow.page.locator("figure > img").isVisible(), true);
    const overflow = await narrow.page.evaluate("document.documentElement.scrollWidth - innerWidth");
    assert.ok(Number(overflow) <= 0, `the page is ${overflow} px wider than a phone`);
    await narrow.page.click("text=Open the interactive figure");
    await drawn(narrow.page);
    await narrow.page.context().close();

    const paper = await open(path);
    await drawn(paper.page);
    await paper.page.emulateMedia({ media: "print" });
    assert.equal(await paper.page.locator("figure > img").isVisible(), true);
    assert.equal(await paper.page.locator("figure > .plot").isVisible(), false);
    assert.equal(await paper.page.locator(".side").isVisible(), false);
    await paper.page.context().close();
  },
);

test("the code can be hidden and shown again", withBrowser, async () => {
  const { page } = await open(join(folder, "site", "05-clusters.html"));
  await page.click("#site-code");
  assert.equal(await page.locator("pre.code").first().isVisible(), false);
  assert.equal(await page.locator("pre.out").first().isVisible(), true);
  await page.click("#site-code");
  assert.equal(await page.locator("pre.code").first().isVisible(), true);
  await page.context().close();
});

test("the index says where the paper treats what, and every link leads somewhere", withBrowser, async () => {
  const site = join(folder, "site");
  const { page, complaints, requests } = await open(join(site, "index.html"));
  const row = page.locator("tbody tr").first().locator("td");
  assert.match(await row.nth(0).innerText(), /^05 · Clusters & groups\s+Into which groups do they fall\?$/);
  assert.equal(await row.nth(1).innerText(), "Section 6.1");
  assert.equal(await row.nth(2).innerHTML(), 'Figures <a href="05-clusters.html#figure-1">4</a> and 5');
  assert.deepEqual([requests, complaints], [[], []]);
  let followed = 0;
  for (const file of ["index.html", "05-clusters.html", "06-votes.html"]) {
    await page.goto(pathToFileURL(join(site, file)).href);
    const links = await page.$$eval("[href], [src]", (all) =>
      all.map((e) => e.getAttribute("href") ?? e.getAttribute("src") ?? ""),
    );
    for (const link of links.filter((l) => !/^(data|https):/.test(l))) {
      const [path, id] = link.split("#");
      assert.ok(!path || existsSync(join(site, path)), `${file} leads to ${link}, which is not there`);
      if (id) {
        const target = await readFile(join(site, path || file), "utf8");
        assert.ok(target.includes(` id="${decodeURIComponent(id)}"`), `${link} of ${file}: no such place`);
      }
      followed++;
    }
  }
  assert.ok(followed > 30, `${followed} links followed`);
  // A file that is not part of the site is no link, another notebook is.
  await page.goto(pathToFileURL(join(site, "05-clusters.html")).href);
  const targets = await page.$$eval(".text p a", (all) => all.map((a) => a.getAttribute("href")));
  assert.deepEqual(targets, ["06-votes.html#heights", "https://arxiv.org/abs/2311.14157"]);
  await page.click(".turn a");
  assert.match(page.url(), /06-votes\.html$/);
  await page.context().close();
});

test(
  "on a phone every cell of a wide table is in sight, with the name of its column",
  withBrowser,
  async () => {
    const columns = ["section", "quantity", "paper", "here", "unit", "verdict", "note"];
    const cells = [
      "5.2",
      "KNN accuracy, ImageNet start, last epoch",
      "0.95",
      "0.8621",
      "fraction",
      "differs",
      "",
    ];
    const row = (tag: string, texts: string[]) =>
      `<tr>${texts.map((t) => `<${tag}>${t}</${tag}>`).join("")}</tr>`;
    const text = `<table><thead>${row("th", columns)}</thead><tbody>${row("td", cells)}</tbody></table>`;
    const outputs = [{ output_type: "display_data", metadata: {}, data: { "text/html": text } }];
    const ledger = [{ cell_type: "code", metadata: {}, execution_count: 1, outputs, source: "showTable()" }];
    await mkdir(join(folder, "wide"));
    const notebook = join(folder, "wide", "10-ledger.ipynb");
    await writeFile(
      notebook,
      JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: ledger }),
    );
    const to = join(folder, "wide-site");
    const [{ file }] = await buildSite({ notebooks: [notebook], to });
    const { page } = await open(join(to, file));
    await page.setViewportSize({ width: 390, height: 844 });
    const boxes = await page.$$eval(".many td", (all) =>
      all.map((td) => td.getBoundingClientRect().toJSON()),
    );
    assert.equal(boxes.length, 7);
    for (const [k, { right, width }] of boxes.entries())
      assert.ok(right <= 390 && (width > 0 || cells[k] === ""), `${columns[k]} ends at ${right}`);
    const named = await page.$eval(".many td:nth-child(6)", (td) => getComputedStyle(td, "::before").content);
    assert.equal(named, '"verdict "');
    await page.context().close();
  },
);

test("a hostile notebook runs nothing and asks for nothing", withBrowser, async () => {
  const notebooks = await siteNotebooks(join(folder, "hostile"), true);
  const to = join(folder, "hostile-site");
  const pages = await buildSite({ notebooks, to });
  const file = pages[2].file;
  assert.match(file, /^[\w-]+\.html$/);
  // Without the policy too: what is escaped must hold by itself.
  const source = await readFile(join(to, file), "utf8");
  const bare = source.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
  assert.notEqual(bare, source);
  await writeFile(join(to, "bare.html"), bare);
  for (const name of ["index.html", file, "bare.html"]) {
    const { page, requests } = await open(join(to, name));
    if (name !== "index.html") await drawn(page);
    // Everything a reader could press.
    for (const link of await page.locator("main table, main a[href^=java]").all())
      await link.dispatchEvent("click");
    await page.waitForTimeout(200);
    assert.equal(await page.evaluate("window.hacked"), undefined, `a script ran in ${name}`);
    assert.deepEqual(requests, []);
    assert.equal(await page.locator("iframe, form, base, object, embed, main style").count(), 0);
    assert.equal(await page.locator("script:not([src]):not([type='application/json'])").count(), 0);
    assert.equal(
      await page.locator("[onerror], [onclick], [onload], main [href^='javascript' i]").count(),
      0,
    );
    assert.equal(await page.locator("#site-main").count(), 1);
    if (name !== "index.html") {
      assert.equal(await page.locator(".out.wide td").getAttribute("style"), "text-align:right");
      assert.match(await page.locator("pre.out").first().innerText(), /^<\/pre><script>window/);
    }
    await page.context().close();
  }
});

test("the same notebooks give the same bytes; the site before is replaced, other files are not", async () => {
  const again = join(folder, "again");
  const notebooks = await siteNotebooks(join(folder, "in"));
  await buildSite({ notebooks, to: again });
  await rename(join(again, "06-votes.html"), join(again, "old.html"));
  await buildSite({ notebooks, to: again });
  assert.deepEqual(await digests(again), await digests(join(folder, "site")));

  const mine = join(folder, "mine");
  await mkdir(mine);
  await writeFile(join(mine, "thesis.txt"), "years of work");
  await assert.rejects(buildSite({ notebooks, to: mine }), /holds files that are not a site made here/);
  assert.equal(await readFile(join(mine, "thesis.txt"), "utf8"), "years of work");

  // A broken notebook leaves the site as it was.
  await writeFile(join(folder, "broken.ipynb"), "{");
  await assert.rejects(
    buildSite({ notebooks: [join(folder, "broken.ipynb")], to: again }),
    /Cannot read the notebook .*broken/,
  );
  assert.ok(existsSync(join(again, "index.html")));
  assert.equal(existsSync(`${again}.building`), false);
});

test("the index leads to the reference where there is one", async () => {
  const to = join(folder, "with-reference");
  const link = 'href="reference/index.html"';
  const reference = async (at: string) => {
    await mkdir(at, { recursive: true });
    await writeFile(join(at, "index.html"), "names");
  };
  await buildSite({ notebooks: [join(folder, "in", (await readdir(join(folder, "in")))[0])], to, reference });
  assert.ok((await readFile(join(to, "index.html"), "utf8")).includes(link));
  assert.equal(await readFile(join(to, "reference", "index.html"), "utf8"), "names");
  assert.ok(!(await readFile(join(folder, "site", "index.html"), "utf8")).includes(link));
});

test("a site is made of the last run, and of the committed notebooks where there was none", async () => {
  const out = process.env.LATENT_SKY_OUT;
  process.env.LATENT_SKY_OUT = join(folder, "out");
  try {
    await siteNotebooks(join(folder, "out", "notebooks"));
    const names = (await readdir("notebooks")).filter((name) => name.endsWith(".ipynb")).sort();
    assert.ok(names.includes("05-clusters.ipynb"));
    const expected = names.map((name) =>
      name === "05-clusters.ipynb" ? join(folder, "out", "notebooks", name) : join("notebooks", name),
    );
    assert.deepEqual(await siteSources(), expected);
    assert.equal((await siteSources(join(folder, "in"))).length, 2);
    await assert.rejects(siteSources(join(folder, "nowhere")), /There are no notebooks in .*nowhere/);
  } finally {
    if (out === undefined) delete process.env.LATENT_SKY_OUT;
    else process.env.LATENT_SKY_OUT = out;
  }
});

test("a template escapes what is put in, once", () => {
  const link = html`<a title="${'"<&>'}">${["a", new Markup("<b>"), null, 3]}</a>`;
  assert.equal(link.text, '<a title="&quot;&lt;&amp;&gt;">a<b>3</a>');
  assert.equal(html`${link}`.text, link.text);
  assert.equal(escapeHtml("it's"), "it&#39;s");
  const block = jsonBlock({ a: "</script><!--" }).text;
  assert.ok(!block.includes("<"));
  assert.deepEqual(JSON.parse(block), { a: "</script><!--" });
});

/** Path -> SHA-256 of every file below a folder. */
async function digests(root: string): Promise<Record<string, string>> {
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  const hash = async (path: string) =>
    createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  return Object.fromEntries(await Promise.all(paths.map(async (p) => [p.slice(root.length), await hash(p)])));
}
