import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { activeLearning } from "../../lib/discovery/active-learning.js";
import { LabelFile, readLabels } from "../../lib/discovery/label-file.js";
import { startingSample } from "../../lib/discovery/starting-sample.js";
import { label } from "../../lib/notebook/label.js";
import type { AskedState, LabelChange } from "../../lib/notebook/pages/labelling/label-codes.js";
import { noBrowser, testBrowser } from "../browser.js";
import { scratch } from "../scratch.js";
import { coloured } from "./label-images.js";

const withBrowser = { skip: noBrowser };
const folder = scratch();

const post = (url: string, path: string, body: unknown) =>
  fetch(new URL(path, url), { method: "POST", body: JSON.stringify(body) });
const got = async <T>(url: string, path: string) => (await (await fetch(new URL(path, url))).json()) as T;
const score = (url: string, row: number, value: unknown) => post(url, "label", { rows: [row], score: value });

test(
  "click, key, skip, undo and votes on request; the oracle gets what the person gave",
  withBrowser,
  async () => {
    const file = join(folder, "browser.jsonl");
    const votes = coloured.ids.map((_, i) => i % 6);
    const panel = await label({
      images: coloured,
      file,
      votes,
      by: "person",
      total: 8,
      question: "Is it a merger?",
    });
    const first = panel.oracle([5, 6, 7, 8], 0);
    first.catch(() => {}); // a failure further down is the one to report
    const page = await (await testBrowser()).newPage();
    try {
      await page.goto(panel.url!);
      const ready = () => page.waitForSelector("#picture:not(.loading)");
      const current = (id: string) =>
        page.waitForFunction((i) => document.getElementById("id")?.textContent?.endsWith(i), id);
      await current("J1005");
      await ready();
      assert.equal(await page.textContent("h1"), "Is it a merger?");
      await page.click('#scores button[data-score="4"]');
      await current("J1006");
      await ready();
      await page.keyboard.press("2");
      await current("J1007");
      await ready();
      await page.keyboard.press("u"); // the 2 was a slip
      await current("J1006");
      await ready();
      await page.keyboard.press("3");
      await current("J1007");

      // A reload in the middle shows the same place and loses nothing.
      await page.reload();
      await current("J1007");
      await ready();
      assert.deepEqual(
        [...(await readLabels(file))],
        [
          ["J1005", 4],
          ["J1006", 3],
        ],
      );

      const told =
        (await page.innerText("body")) + (await (await fetch(new URL("state", panel.url!))).text());
      assert.ok(
        !told.includes("votes make it") && !/"votes":\s*[\d[]/.test(told),
        "votes stay hidden until asked",
      );
      await page.keyboard.press("v");
      await page.waitForFunction(() =>
        document.getElementById("note")?.textContent?.includes("make it 1 of 5"),
      );
      await page.keyboard.press("s");
      await current("J1008");
      await ready();
      await page.keyboard.press("0");
      await page.waitForSelector("#rest:not([hidden])");
      assert.match(await page.innerText("#rest"), /Learning from your labels/);
      assert.deepEqual(await first, [4, 3, null, 0]);

      // The next batch appears by itself.
      const second = panel.oracle([20, 21], 1);
      await current("J1020");
      await ready();
      assert.match(await page.innerText("#count"), /3 of 8 labelled/);
      await page.keyboard.press("5");
      assert.deepEqual(await second, [5, undefined], "one answer may be owed");
      const lines = (await readFile(file, "utf8"))
        .trim()
        .split("\n")
        .map((l) => JSON.parse(l));
      assert.equal(lines.find((l) => l.id === "J1007").sawVotes, true);
      assert.equal(lines.filter((l) => l.undo).length, 1);
      await panel.close();
      await page.waitForFunction(() =>
        document.getElementById("rest")?.textContent?.includes("All labels are saved"),
      );
    } finally {
      await page.close();
      await panel.close();
    }
  },
);

test("only the right token on the loopback address is served", async () => {
  const mine = await label({ images: coloured, file: join(folder, "a.jsonl"), by: "person" });
  const other = await label({ images: coloured, file: join(folder, "b.jsonl"), by: "person" });
  const asked = mine.oracle([1, 2], 0).catch((error: Error) => error.message);
  try {
    const { origin, pathname, hostname } = new URL(mine.url!);
    assert.equal(hostname, "127.0.0.1");
    assert.ok(pathname.length > 30);
    assert.equal((await fetch(mine.url!)).status, 200);
    assert.equal((await fetch(`${origin}/`)).status, 403);
    assert.equal((await fetch(`${origin}/${"x".repeat(32)}/state`)).status, 403);
    assert.equal(
      (await fetch(new URL(new URL(other.url!).pathname, origin))).status,
      403,
      "another panel's token",
    );
    assert.equal((await score(`${origin}/${"x".repeat(32)}/`, 1, 3)).status, 403);
    // A foreign name that resolves to this machine.
    const [response] = await once(
      request(mine.url!, { headers: { host: "evil.example" } }).end(),
      "response",
    );
    assert.equal(response.statusCode, 403);
    // Another page in the same browser, which a leaked token would not help either.
    for (const from of ["https://evil.example", "null", "http://127.0.0.1:1"]) {
      const headers = { origin: from };
      const body = JSON.stringify({ rows: [1], score: 3 });
      const answer = await fetch(new URL("label", mine.url!), { method: "POST", body, headers });
      assert.equal(answer.status, 403, from);
    }
    assert.equal((await score(mine.url!, 1, 9)).status, 400);
    assert.equal((await score(mine.url!, 60, 3)).status, 400, "no such object");
    assert.equal((await score(mine.url!, 1.5, 3)).status, 400);
    assert.equal((await post(mine.url!, "label", { rows: [] })).status, 400);
    assert.equal((await post(mine.url!, "label", { rows: [1], class: "two\nlines" })).status, 400);
    assert.equal((await post(mine.url!, "label", { rows: [1], score: 3, by: 7 })).status, 400);
    assert.equal((await fetch(new URL("picture/60", mine.url!))).status, 404);
    assert.equal((await fetch(new URL("picture/", mine.url!))).status, 404, "an empty place is no object");
    assert.deepEqual([...(await readLabels(join(folder, "a.jsonl")))], []);
  } finally {
    await mine.close();
    await other.close();
  }
  assert.match(String(await asked), /closed before the batch was labelled/);
  await assert.rejects(fetch(mine.url!), "nothing listens after close");
});

test("kill -9 in the middle of labelling loses no given label, and the session goes on after it", async () => {
  const file = join(folder, "killed.jsonl");
  const start = async (): Promise<{ child: ChildProcess; url: string; output: () => string }> => {
    const child = spawn(process.execPath, ["--import", "tsx", "test/notebook/label-child.ts", file]);
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    while (!/URL (\S+)/.test(text)) await once(child.stdout, "data");
    return { child, url: /URL (\S+)/.exec(text)![1], output: () => text };
  };
  const one = await start();
  assert.equal((await score(one.url, 10, 5)).status, 200);
  assert.equal((await score(one.url, 11, 1)).status, 200);
  one.child.kill("SIGKILL");
  await once(one.child, "exit");
  assert.deepEqual(
    [...(await readLabels(file))],
    [
      ["J1010", 5],
      ["J1011", 1],
    ],
  );

  await appendFile(file, '{"id":"J1012","sco'); // what a power cut may leave
  const two = await start();
  const { asked } = await got<AskedState>(two.url, "state");
  const { rows } = await got<LabelChange>(two.url, "labels");
  assert.deepEqual(
    [asked, rows],
    [
      [10, 11, 12, 13],
      [10, 11],
    ],
  );
  assert.equal((await score(two.url, 12, 2)).status, 200);
  assert.equal((await score(two.url, 13, null)).status, 200);
  await once(two.child, "exit");
  assert.match(two.output(), /SCORES \[5,1,2,null\]/);
});

test("a search runs with the panel as its oracle, the next batch queued before the last answers", async () => {
  const truth = coloured.ids.map((_, i) => (i % 7 < 2 ? 5 : i % 3));
  const panel = await label({
    images: coloured,
    file: join(folder, "search.jsonl"),
    by: "person",
    total: 15,
  });
  const features = {
    data: Float64Array.from({ length: 120 }, (_, k) => (k % 2 ? Math.sin(k) : (k >> 1) % 7)),
    shape: [60, 2] as [number, number],
  };
  const rounds: number[][] = [];
  let finished = false;
  const search = (async () => {
    const start = startingSample(features, 5);
    const options = { oracle: panel.oracle, start, batch: 5, budget: 15, ahead: 2 };
    for await (const round of activeLearning(features, options)) rounds.push(round.queried);
    finished = true;
  })();
  let thoughtAt = "";
  while (!finished) {
    const state = await got<AskedState>(panel.url!, "state");
    const labelled = new Set((await got<LabelChange>(panel.url!, "labels")).rows);
    const open = state.asked.filter((row) => !labelled.has(row));
    const key = open.join();
    if (open.length === 2 && key !== thoughtAt) {
      // A person who thinks: meanwhile the batch is handed over and the next one joins the two that are left.
      thoughtAt = key;
      await new Promise((resolve) => setTimeout(resolve, 1800));
    } else if (open.length) await score(panel.url!, open[0], truth[open[0]]);
    else await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await search;
  await panel.close();
  const asked = rounds.flat();
  assert.equal(new Set(asked).size, 15);
  assert.deepEqual(rounds[0].length, 5);
  assert.ok(
    rounds.some((r) => r.length < 5),
    "a round was learned while answers were owed",
  );
  const labels = await readLabels(join(folder, "search.jsonl"));
  for (const i of asked) assert.equal(labels.get(coloured.ids[i]), truth[i]);
});

test("nobody there: the votes answer, or the file, or a sentence says what is missing", async () => {
  const file = join(folder, "saved.jsonl");
  const votes = await label({ images: coloured, file, votes: [3, Number.NaN] });
  assert.equal(votes.url, null);
  assert.deepEqual(await votes.oracle([0, 1], 0), [3, null]);
  const saved = await LabelFile.open(file);
  await saved.append({ id: "J1000", score: 4 });
  await saved.close();
  const fromFile = await label({ images: coloured, file });
  assert.deepEqual(await fromFile.oracle([0], 0), [4]);
  await assert.rejects(fromFile.oracle([1], 0), /no score for "J1001"/);
});

test("a label file that cannot be written is refused in words", async () => {
  await assert.rejects(LabelFile.open("/proc/labels.jsonl"), /Cannot write labels to \/proc\/labels.jsonl/);
});
