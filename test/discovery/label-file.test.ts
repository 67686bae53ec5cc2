import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LabelFile, readLabels } from "../../lib/discovery/label-file.js";
import { labelTable } from "../../lib/discovery/label-table.js";
import { realPlace } from "../../lib/files/real-place.js";
import { withLock } from "../../lib/files/with-lock.js";
import { scratch } from "../scratch.js";

test("labels append, undo restores what was there before, a torn line costs nothing", async (t) => {
  const folder = scratch(t);
  const path = join(folder, "deep", "labels.jsonl");
  const file = await LabelFile.open(path);
  await Promise.all([1, 2, 3].map((score) => file.append({ id: "a", score })));
  await file.append({ id: "b", score: null });
  await file.append({ id: "a", undo: true });
  assert.equal(file.get("a"), 2);
  assert.equal(file.get("b"), null);
  assert.equal(file.get("c"), undefined);
  await file.append({ id: "b", undo: true });
  await file.close();
  const text = await readFile(path, "utf8");
  assert.equal(text.trim().split("\n").length, 6);
  await writeFile(path, `${text}{"id":"d","sc`);
  const again = await LabelFile.open(path);
  await again.append({ id: "e", score: 0 });
  await again.close();
  assert.deepEqual(
    [...(await readLabels(path))],
    [
      ["a", 2],
      ["e", 0],
    ],
  );
  assert.deepEqual([...(await readLabels(join(folder, "none"))).keys()], []);
});

const line = (id: string, score: unknown) =>
  `${JSON.stringify({ id, score, time: "2026-01-01T00:00:00Z" })}\n`;

test("what an editor makes of a label file is read, or refused in a sentence", async (t) => {
  const folder = scratch(t);
  const path = join(folder, "labels.jsonl");
  const read = async (content: string | Uint8Array) => {
    await writeFile(path, content);
    return [...(await readLabels(path))];
  };
  const both = [
    ["a", 1],
    ["b", null],
  ];
  const text = line("a", 1) + line("b", null);
  assert.deepEqual(await read(`\uFEFF${text}`), both); // a byte order mark
  assert.deepEqual(await read(text.replaceAll("\n", "\r\n")), both);
  assert.deepEqual(await read(text.trimEnd()), both); // no newline at the end
  assert.deepEqual(await read(`${text}\n\n`), both);
  for (const encoding of ["utf16le", "utf16be"] as const) {
    const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
    if (encoding === "utf16be") bytes.swap16();
    await assert.rejects(read(bytes), /labels\.jsonl is in UTF-16; save it as UTF-8/);
  }
  await assert.rejects(read(Buffer.from(line("é", 1) + line("b", 2), "latin1")), /Line 1 of .* not UTF-8/);
  await assert.rejects(
    read(`${line("a", 1)}{"id":"b","sc\n${line("c", 3)}`),
    /Line 2 of .* is damaged .*not JSON/,
  );
  await assert.rejects(read(`${line("a", 1)}hello`), /Line 2 of .* is damaged/);
  for (const score of [99, "5", true, { x: 1 }, -3, 1.5, undefined, [2]]) {
    await assert.rejects(read(line("a", 1) + line("b", score)), /Line 2 of .*whole number from 0 to 5/);
  }
  await assert.rejects(read(`${line("a", 1)}[1]\n`), /no object with an id/);
  await assert.rejects(read('{"id":7,"score":1}\n'), /its id is no text/);
});

test("two panels on one file store in turn, and each knows what the other stored", async (t) => {
  const folder = scratch(t);
  const path = join(folder, "labels.jsonl");
  const [one, two] = await Promise.all([LabelFile.open(path), LabelFile.open(path)]);
  const ids = Array.from({ length: 20 }, (_, i) => `g${i}`);
  await Promise.all(ids.map((id, i) => (i % 2 ? one : two).append({ id, score: i % 6 })));
  await one.append({ id: "last", score: 5 });
  await two.append({ id: "g0", undo: true });
  await one.append({ id: "more", score: 1 });
  assert.equal(one.get("g0"), undefined);
  assert.equal(two.get("last"), 5);
  // The other process is killed in the middle of a line.
  await appendFile(path, '{"id":"torn","sco');
  await one.append({ id: "after", score: 2 });
  await Promise.all([one.close(), two.close()]);
  const labels = await readLabels(path);
  assert.equal(labels.size, 22);
  assert.deepEqual([...labels].slice(-2), [
    ["more", 1],
    ["after", 2],
  ]);
});

test("a file and links to it are one file with one lock, also before it is there", async (t) => {
  const folder = scratch(t);
  const [path, link] = [join(folder, "labels.jsonl"), join(folder, "deep", "link.jsonl")];
  await mkdir(join(folder, "deep"));
  await symlink("../labels.jsonl", link);
  await symlink("deep", join(folder, "folder"));
  for (const name of [link, join(folder, "folder", "link.jsonl")])
    assert.equal(await realPlace(name), await realPlace(path));
  const file = await LabelFile.open(link);
  let stored: Promise<void> = Promise.resolve();
  await withLock(path, async () => {
    stored = file.append({ id: "a", score: 1 });
    await sleep(100); // long enough for a label to be stored that does not wait
    assert.equal(file.get("a"), undefined);
  });
  await stored;
  await file.close();
  assert.deepEqual([...(await readLabels(path))], [["a", 1]]);
});

test("what is no label is not stored", async (t) => {
  const folder = scratch(t);
  const file = await LabelFile.open(join(folder, "labels.jsonl"));
  await assert.rejects(file.append({ id: "a", score: 6 }), /no label: its score is 6/);
  await assert.rejects(file.append({ id: "a", class: "two\nlines" }), /no label: its class is no name/);
  await assert.rejects(file.append({ id: "a", class: "ring", by: "" }), /no label: its "by" is no name/);
  await assert.rejects(file.append({ id: "a", class: "ring", score: 1 }), /a score and a class/);
  await file.close();
  assert.equal((await readLabels(file.path)).size, 0);
});

test("classes and scores stand side by side; an undo is one person's, a whole act, and survives a restart", async (t) => {
  const path = join(scratch(t), "labels.jsonl");
  const first = await LabelFile.open(path);
  await first.append({ id: "a", score: 4, by: "Ann" });
  await first.append(["a", "b", "c"].map((id) => ({ id, class: "ring", by: "Ann", act: "1" })));
  await first.append({ id: "a", class: "merger", by: "Bo" });
  await first.append({ id: "d", class: null, by: "Ann" });
  await first.close();

  const file = await LabelFile.open(path);
  const said = (id: string) => {
    const { score, class: name, by } = file.answers.standing(id) ?? {};
    return [score, name, by];
  };
  assert.deepEqual(said("a"), [4, "merger", "Bo"]);
  assert.deepEqual(await file.undoLast("Ann"), ["d"]);
  assert.equal(file.answers.standing("d"), null);
  assert.deepEqual(await file.undoLast("Ann"), ["c", "b", "a"]);
  assert.deepEqual(said("a"), [4, "merger", "Bo"], "another's answer stays");
  assert.equal(file.answers.standing("b"), null);
  assert.deepEqual(await file.undoLast("Ann"), ["a"]);
  assert.deepEqual(await file.undoLast("Ann"), [], "nothing is left of hers");
  assert.deepEqual(said("a"), [undefined, "merger", "Bo"]);
  assert.deepEqual([...(await readLabels(path))], [], "a class is no score");
  assert.deepEqual(file.answers.people(), ["Ann", "Bo"]);
  await file.close();
});

test("a file open elsewhere is followed by refresh, its last line unharmed while it is written", async (t) => {
  const path = join(scratch(t), "labels.jsonl");
  const [one, two] = [await LabelFile.open(path), await LabelFile.open(path)];
  const told: string[] = [];
  two.listen((ids) => told.push(...ids));
  await one.append({ id: "a", score: 1, by: "Ann" });
  await appendFile(path, '{"id":"b","sco'); // being written by a third
  await two.refresh();
  await appendFile(path, `re":2,"time":"t"}\n`);
  await two.refresh();
  assert.deepEqual([told, two.get("b")], [["a", "b"], 2]);
  await writeFile(path, line("a", 5)); // mended in an editor
  await two.refresh();
  assert.deepEqual([two.get("a"), two.get("b")], [5, undefined]);
  await Promise.all([one.close(), two.close()]);
});

test("a label goes to the file at the path, whatever was put there since it was opened", async (t) => {
  const path = join(scratch(t), "labels.jsonl");
  const edited = async (to: string, change: (text: string) => string) =>
    writeFile(to, change(await readFile(path, "utf8")));
  const ways: Record<string, { meddle: () => Promise<unknown>; stays: boolean }> = {
    "an editor saves a copy and renames it": {
      meddle: () => edited(`${path}.new`, (text) => text).then(() => rename(`${path}.new`, path)),
      stays: true,
    },
    removed: { meddle: () => rm(path), stays: false },
    "moved away": { meddle: () => rename(path, `${path}.old`), stays: false },
    "a line grew": {
      meddle: () => edited(path, (text) => text.replace('"score":1', '"score":1,"by":"x"')),
      stays: true,
    },
    // What was known ends with a newline again.
    "the first line twice": {
      meddle: () => edited(path, (text) => `${text.split("\n")[0]}\n${text}`),
      stays: true,
    },
    "its folder removed": {
      meddle: () => rm(join(path, ".."), { recursive: true }),
      stays: false,
    },
  };
  for (const [how, { meddle, stays }] of Object.entries(ways)) {
    await rm(path, { force: true });
    const file = await LabelFile.open(path);
    await file.append({ id: "a", score: 1 });
    await file.append({ id: "z", score: 2 });
    await meddle();
    await file.append({ id: "b", score: 5 });
    await file.append({ id: "c", score: null });
    const labels = await readLabels(path);
    assert.deepEqual([...labels.keys()], [...(stays ? ["a", "z"] : []), "b", "c"], how);
    assert.deepEqual([...file.answers.ids()], [...labels.keys()], how);
    await file.close();
  }
});

test("what was put in a file's place is followed by refresh; a file that is gone is not made by looking", async (t) => {
  const path = join(scratch(t), "labels.jsonl");
  const file = await LabelFile.open(path);
  await file.append({ id: "a", score: 1 });
  await rename(path, `${path}.old`);
  await file.refresh();
  assert.equal(file.get("a"), 1);
  await assert.rejects(readFile(path), /ENOENT/);
  await writeFile(`${path}.new`, `${line("b", 2)}{"id":"c"}\n`);
  await rename(`${path}.new`, path);
  await assert.rejects(file.refresh(), /Line 2 of .* is damaged/);
  await assert.rejects(file.append({ id: "d", score: 1 }), /Line 2 of .* is damaged/);
  await writeFile(path, line("b", 2));
  const told: string[] = [];
  file.listen((ids) => told.push(...ids));
  await file.refresh();
  assert.deepEqual([told, file.get("a"), file.get("b")], [["a", "b"], undefined, 2]);
  await file.close();
});

test("the table of a label file has a row an object that has an answer", async (t) => {
  const path = join(scratch(t), "labels.jsonl");
  const file = await LabelFile.open(path);
  await file.append({ id: "a", score: 3, by: "Ann", sawVotes: true });
  await file.append({ id: "b", class: "=ring" });
  await file.append({ id: "c", score: null });
  await file.append({ id: "d", score: 1 });
  await file.append({ id: "d", undo: true });
  await file.close();
  const columns = Object.fromEntries((await labelTable(path)).map(({ name, values }) => [name, [...values]]));
  assert.deepEqual(columns.id, ["a", "b", "c"]);
  assert.deepEqual(columns.score, [3, Number.NaN, Number.NaN]);
  assert.deepEqual(columns.class, [null, "=ring", null]);
  assert.deepEqual(columns.skipped, [0, 0, 1]);
  assert.deepEqual(columns.labelled_by, ["Ann", null, null]);
  assert.deepEqual(columns.saw_votes, [1, 0, 0]);
});
