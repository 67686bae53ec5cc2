import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { showTable } from "../lib/notebook/show-table.js";
import { visible } from "../lib/visible.js";
import { scratch } from "./scratch.js";

const folder = scratch();
const name = "\x1b]0;title\x07\x1b[2J\u009b31m";
const shown = "\\x1b]0;title\\x07\\x1b[2J\\x9b31m";

test("control characters can be seen; newline, tab and every letter stay", () => {
  assert.equal(visible(name), shown);
  const plain = "é ü 星 \u{1f30c}\ta\n~\u00a0";
  assert.equal(visible(plain), plain);
  assert.equal(visible("\0\r\x7f\x80\x9f"), "\\x00\\x0d\\x7f\\x80\\x9f");
});

const program = (...args: string[]) => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", ...args], { encoding: "utf8" });
  return stdout + stderr;
};

test("what turns the direction of the text behind it can be seen; words of either direction stay", () => {
  assert.equal(visible("a\u202egnp 0.95\u2066b\u2069"), "a\\u202egnp 0.95\\u2066b\\u2069");
  const words = "\u05d0\u05d1 \u200f\u0645 \u200e1";
  assert.equal(visible(words), words);
});

test("what a command prints of names and ids cannot command the terminal", () => {
  const survey = join(folder, "survey");
  mkdirSync(survey);
  const best = [{ id: name, ra: 1, dec: 2, score: 3, cluster: 4 }];
  writeFileSync(join(survey, "summary.json"), JSON.stringify({ best }));
  const said = [
    ["environment/latent-sky.mjs", "survey", "top", survey],
    ["environment/latent-sky.mjs", "clusters", join(folder, name)],
    ["environment/commands/survey.ts", "top", survey],
    ["environment/commands/data.ts", name],
    ["lib/survey/survey-task.ts", survey, name],
  ].map((args) => program(...args));
  for (const text of said) {
    assert.ok(text.includes(shown), text);
    assert.equal(visible(text), text);
  }
});

test("a table in a terminal cannot command it", (t) => {
  const log = t.mock.method(console, "log", () => {});
  showTable([{ [name]: name }]);
  assert.equal(String(log.mock.calls[0].arguments[0]).split(shown).length, 3);
});
