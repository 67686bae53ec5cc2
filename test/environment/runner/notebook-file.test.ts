import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readNotebook, writeNotebook } from "../../../environment/runner/notebook-file.js";
import { scratch } from "../../scratch.js";

test("a saved notebook holds no address that still lets its reader give labels", async (t) => {
  const path = join(scratch(t), "n.ipynb");
  const url = `http://127.0.0.1:40123/${"aB3-_".repeat(6)}xy/`;
  const data = { "text/html": `<iframe src="${url}"></iframe>`, "text/plain": `Labelling panel: ${url}` };
  const outputs = [
    { output_type: "display_data" as const, data, metadata: {} },
    { output_type: "stream" as const, name: "stdout" as const, text: `${url}\nother text\n` },
  ];
  const cells = [{ id: "a", cell_type: "code" as const, source: "1", metadata: {}, outputs }];
  await writeNotebook(path, { nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
  assert.ok(!readFileSync(path, "utf8").includes("aB3-_"));
  assert.ok(readFileSync(path, "utf8").includes("other text"));
  assert.equal((await readNotebook(path)).cells.length, 1);
});
