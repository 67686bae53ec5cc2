import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scratch } from "../../scratch.js";

/** A table of the columns id and x whose last row holds `word`, behind `rows` of plain ones. */
const csv = (word: string, rows = 1) => `id;x\n${"b;1,5\n".repeat(rows)}a;${word}\n`;

const votable = (fields: string, data: string) =>
  `<VOTABLE><RESOURCE><TABLE>${fields}<DATA>${data}</DATA></TABLE></RESOURCE></VOTABLE>`;

// Each was tried in every way in which its digits can be divided, or read for ever.
const tables = {
  "digits.csv": csv(`${"1".repeat(300_000)}x`),
  "digits-late.csv": csv(`${"1".repeat(300_000)}x`, 20_000),
  "groups.csv": csv(`1${".111".repeat(100_000)}x`),
  "names.csv": `${"1".repeat(300_000)}a1a,f0,f1\n1,2,3\n`,
  "year.vot": votable(
    `<COOSYS ID="s" system="eq_FK5" equinox="${"1".repeat(300_000)}x"/><FIELD name="ra" datatype="double" ref="s"/>`,
    "<TABLEDATA><TR><TD>1</TD></TR></TABLEDATA>",
  ),
  "no-bytes.vot": votable(
    `<FIELD name="id" datatype="char" arraysize="0"/>`,
    `<BINARY><STREAM encoding="base64">AAAA</STREAM></BINARY>`,
  ),
};

// In a process of its own: nothing ends a regular expression that runs.
test("tables made to hold up who reads them are read or refused at once", (t) => {
  const dir = scratch(t);
  for (const [name, content] of Object.entries(tables)) writeFileSync(join(dir, name), content);
  const script = `import { readTable } from "./lib/data/tables/read-table.ts";
    import { columnsBySeries } from "./lib/nn/feature-columns.ts";
    for (const name of ${JSON.stringify(Object.keys(tables))}) {
      const outcome = await readTable("${dir}/" + name).then(
        (table) => {
          if (name === "names.csv") columnsBySeries(table.names);
          return table.length;
        },
        (error) => error.message.replace(/^.*cannot be read: /, ""),
      );
      console.log(name, outcome);
    }`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  assert.deepEqual(
    stdout.trim().split("\n"),
    [
      "digits.csv 2",
      "digits-late.csv 20001",
      "groups.csv 2",
      "names.csv 1",
      "year.vot 1",
      "no-bytes.vot it has data, and fields of no length.",
    ],
    stderr,
  );
});
