import assert from "node:assert/strict";
import { test } from "node:test";
import { TerminalLine } from "../lib/terminal-line.js";

function stream(isTTY: boolean) {
  const text: string[] = [];
  const to = { isTTY, columns: 11, write: (part: string) => text.push(part) > 0 };
  return { line: new TerminalLine(to as unknown as NodeJS.WriteStream), text };
}

test("a terminal's line is written over, cut at its width, left standing or taken away", () => {
  const { line, text } = stream(true);
  line.show("0123456789abc");
  line.clear();
  line.end("done");
  assert.deepEqual(text, ["\r0123456789\x1b[K", "\r\x1b[K", "\rdone\x1b[K", "\n"]);
});

test("a log gets whole lines and nothing else", () => {
  const { line, text } = stream(false);
  assert.equal(line.live, false);
  line.show("0123456789abc");
  line.clear();
  line.end("done");
  assert.deepEqual(text, ["0123456789abc\n", "done\n"]);
});

test("a name in the line cannot command the terminal", () => {
  for (const isTTY of [true, false]) {
    const { line, text } = stream(isTTY);
    line.show("\x1b[2Ja");
    assert.deepEqual(text, [isTTY ? "\r\\x1b[2Ja\x1b[K" : "\\x1b[2Ja\n"]);
  }
});
