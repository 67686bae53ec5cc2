import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { onPath } from "../../lib/files/on-path.mjs";
import { packageRoot } from "../../lib/package-root.js";
import { scratch } from "../scratch.js";

/** The file in which processes tell each other which convolution is the faster one for a shape. */
const folder = scratch();
const program = join(folder, "conv-choice");
const compiler = process.env.CXX || onPath("g++") || onPath("c++");
const skip = compiler ? false : "there is no C++ compiler here";

before(() => {
  if (!compiler) return;
  const sources = [
    packageRoot("test/engine/conv-choice.cc"),
    packageRoot("lib/engine/onednn/src/conv_choice.cc"),
  ];
  const built = spawnSync(compiler, ["-std=c++17", "-O1", "-o", program, ...sources], { encoding: "utf8" });
  assert.equal(built.status, 0, built.stderr);
});

/** What a process said of each key: chosen well, and measured or known. */
function said(text: string): Map<number, string> {
  const lines = text.split("\n").slice(0, -1);
  return new Map(
    lines.map((line) => {
      const [key, way, how] = line.split(" ");
      return [Number(key), Number(way) === (Number(key) % 2 ? 0 : 2) ? how : `wrong, ${how}`];
    }),
  );
}

const ask = (file: string, first: number, count: number) =>
  said(spawnSync(program, [file, `${first}`, `${count}`], { encoding: "utf8" }).stdout);

test("of two processes that add to it one is killed: whatever was added is known", { skip }, async () => {
  const file = join(folder, "two.txt");
  const both = [0, 1000].map((first) => {
    const child = spawn(program, [file, `${first}`, "300"], { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    return { child, ended: once(child, "close"), text: () => text };
  });
  while (both[0].text().length < 1000) await once(both[0].child.stdout, "data");
  both[0].child.kill("SIGKILL");
  await Promise.all(both.map(({ ended }) => ended));
  const told = said(both[0].text().slice(0, both[0].text().lastIndexOf("\n") + 1));
  assert.ok(told.size > 50 && told.size < 300, `killed after ${told.size}`);
  const again = ask(file, 0, told.size);
  assert.deepEqual(new Set(again.values()), new Set(["known"]));
  assert.deepEqual(new Set(ask(file, 1000, 300).values()), new Set(["known"]));
});

test("lines cut at any byte, damaged or run together are measured again, the others known", { skip }, () => {
  const file = join(folder, "damaged.txt");
  ask(file, 10, 3);
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  assert.equal(lines.length, 3);
  const [first, second, third] = lines;
  for (let cut = 0; cut < first.length; cut++) {
    // What a killed process left, and what the next one then adds.
    writeFileSync(file, `\n${first.slice(0, cut)}\n${second}\n`);
    assert.deepEqual([...ask(file, 10, 3)].join(" "), "10,measured 11,known 12,measured", `cut at ${cut}`);
    assert.deepEqual([...ask(file, 10, 3)].join(" "), "10,known 11,known 12,known");
  }
  const damaged = [
    first.slice(0, 9) + second,
    first.replace("=2", "=0"),
    first.replace(" 10 ", " 12 "),
    first.replace(/ [0-9a-f]{8}$/, ""),
    `${first} `,
    "\0\xff garbage = 1",
    "=",
    "9".repeat(100_000),
  ];
  writeFileSync(file, damaged.join("\n"));
  assert.deepEqual([...ask(file, 10, 3)].join(" "), "10,measured 11,measured 12,measured");
  assert.ok(readFileSync(file, "utf8").includes(`\n${third}\n`));
});
