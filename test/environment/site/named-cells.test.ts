import assert from "node:assert/strict";
import { test } from "node:test";
import { namedCells } from "../../../environment/site/named-cells.js";

const table = (columns: readonly string[], rows: readonly (readonly string[])[]) =>
  `<table><thead><tr>${columns.map((c) => `<th style="text-align:left">${c}</th>`).join("")}</tr></thead>` +
  `<tbody>${rows.map((r) => `<tr>${r.map((c) => `<td style="text-align:right">${c}</td>`).join("")}</tr>`).join("\n")}</tbody></table>`;

test("cells of a table of many columns are named after them, in every row", () => {
  const html = namedCells(
    table(["a", 'b "c"', "<b>d</b>", "e &amp; f", "g"], [Array(5).fill("1"), Array(5).fill("2")]),
  );
  assert.match(html, /^<table class="many">/);
  const names = [...html.matchAll(/<td data-name="([^"]*)" style="text-align:right">/g)].map(
    ([, name]) => name,
  );
  const row = ["a", "b &quot;c&quot;", "d", "e &amp; f", "g"];
  assert.deepEqual(names, [...row, ...row]);
});

test("small tables, and those whose columns cannot be told, stay as they are; each table has its own names", () => {
  const small = table(["a", "b"], [["1", "2"]]);
  assert.equal(namedCells(small), small);
  const spanned = table(["a", "b", "c", "d", "e"], [["1"]]).replace("<td", '<td colspan="5"');
  assert.equal(namedCells(spanned), spanned);
  const two = namedCells(`${table(["a", "b", "c", "d", "e"], [["1"]])}<p>x</p>${small}`);
  assert.ok(two.includes('<td data-name="a"') && two.endsWith(small));
});
