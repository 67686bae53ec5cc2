import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import ts from "typescript";

/** The code cells of a notebook that hold `text`, as JavaScript without their imports. */
function cellsWith(number: string, text: string): string {
  const file = readdirSync("notebooks").find((f) => f.startsWith(`${number}-`));
  const { cells } = JSON.parse(readFileSync(`notebooks/${file}`, "utf8"));
  const sources: string[] = cells.map((cell: { source: string[] }) => cell.source.join(""));
  const code = sources.filter((s) => s.includes(text)).map((s) => s.replace(/^import .*$/gm, ""));
  return ts.transpile(code.join("\n"), { target: ts.ScriptTarget.ES2022 });
}

test("notebook 04 trains no start where there is nothing to judge it by, and every start that is here where there is", async () => {
  const code = cellsWith("04", "await net.train()");
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const run = new AsyncFunction("study", "starts", "subset", "inTurn", `${code}\nreturn series;`);
  const trained: string[] = [];
  const study = {
    representation: async (name: string) => ({
      train: async () => {
        trained.push(name);
        return [];
      },
    }),
  };
  const starts = [
    { name: "random", available: true },
    { name: "ImageNet", available: false },
  ];
  const inTurn = async (items: unknown[], each: (item: unknown) => Promise<unknown>) => {
    const done: unknown[] = [];
    for (const item of items) done.push(await each(item));
    return done;
  };
  assert.deepEqual(await run(study, starts, null, inTurn), []);
  assert.deepEqual(trained, []);
  await run(study, starts, { counts: [] }, inTurn);
  assert.deepEqual(trained, ["random"]);
});
