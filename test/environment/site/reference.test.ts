import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { indexSections, writeReference } from "../../../environment/site/reference.js";
import * as lib from "../../../lib/index.js";
import { scratch } from "../../scratch.js";

const sections = await indexSections("lib/index.ts");

test("every name that lib exports stands under a heading of its index", () => {
  const listed = sections.flatMap((s) => s.names);
  assert.deepEqual(
    Object.keys(lib).filter((name) => !listed.includes(name)),
    [],
  );
});

test("the reference has a page for each name, with its docstring, in the order of the index", async (t) => {
  const folder = scratch(t);
  await writeReference(folder);
  const front = readFileSync(join(folder, "index.html"), "utf8");
  const heading = (text: string) => text.replaceAll("'", "&#39;");
  const places = sections.map((s) => front.indexOf(`>${heading(s.heading)}<a`));
  assert.ok(
    places.every((place, i) => place > (places[i - 1] ?? 0)),
    `${places}`,
  );
  for (const name of sections.flatMap((s) => s.names)) {
    const page = ["functions", "variables", "classes", "interfaces", "types"]
      .map((kind) => join(folder, kind, `${name}.html`))
      .find((path) => existsSync(path));
    assert.ok(page, name);
    assert.match(
      readFileSync(page, "utf8"),
      /<div class="tsd-comment tsd-typography"><p>/,
      `${name} is not described`,
    );
  }
  // Types that only signatures name are there too: what a study is, what a dataset has.
  for (const page of ["classes/Study.html", "interfaces/Dataset.html"])
    assert.ok(existsSync(join(folder, page)), page);
  const html = (readdirSync(folder, { recursive: true }) as string[]).filter((f) => f.endsWith(".html"));
  for (const file of html)
    assert.doesNotMatch(
      readFileSync(join(folder, file), "utf8"),
      /<(script|link|img)[^>]+(src|href)="(https?:)?\/\//,
    );
});
