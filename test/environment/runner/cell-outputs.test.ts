import assert from "node:assert/strict";
import { test } from "node:test";
import { CellOutputs, overwriteLines } from "../../../environment/runner/cell-outputs.js";
import type { Output } from "../../../environment/runner/notebook-file.js";

const stream = (text: string, name = "stdout") => ({ type: "stream", content: { name, text } });
const display = (text: string, id?: string, type = "display_data") => ({
  type,
  content: { data: { "text/plain": text }, metadata: {}, transient: id ? { display_id: id } : {} },
});

function outputsOf(...messages: { type: string; content: unknown }[]): Output[] {
  const outputs: Output[] = [];
  const cell = new CellOutputs();
  cell.startCell(outputs);
  for (const message of messages) cell.add(message);
  return outputs;
}

test("a carriage return starts its line again", () => {
  assert.equal(overwriteLines("10%\r20%\r100%\ndone\n"), "100%\ndone\n");
  assert.equal(overwriteLines("abcdef\rXY\n"), "XYcdef\n");
  assert.equal(overwriteLines("windows\r\nlines\r\n"), "windows\nlines\n");
  assert.equal(overwriteLines("ab\b\bcd"), "cd");
});

test("a carriage return takes effect when the next piece of text arrives", () => {
  assert.deepEqual(outputsOf(stream("1/3\r"), stream("2/3\r"), stream("3/3\n")), [
    { output_type: "stream", name: "stdout", text: "3/3\n" },
  ]);
});

test("text of one stream is joined, another stream begins another output", () => {
  const outputs = outputsOf(stream("a"), stream("b\n"), stream("warning\n", "stderr"), stream("c\n"));
  assert.deepEqual(
    outputs.map((o) => o.output_type === "stream" && [o.name, o.text]),
    [
      ["stdout", "ab\n"],
      ["stderr", "warning\n"],
      ["stdout", "c\n"],
    ],
  );
});

test("update_display_data replaces the display of its id, also in an earlier cell", () => {
  const first: Output[] = [];
  const second: Output[] = [];
  const cell = new CellOutputs();
  cell.startCell(first);
  cell.add(display("0%", "bar"));
  cell.add(display("other"));
  cell.startCell(second);
  cell.add(display("100%", "bar", "update_display_data"));
  assert.deepEqual(
    first.map((o) => "data" in o && o.data["text/plain"]),
    ["100%", "other"],
  );
  assert.equal(second.length, 0);
});

test("clear_output empties the cell at once, or when the next output comes", () => {
  assert.equal(outputsOf(stream("a"), { type: "clear_output", content: { wait: false } }).length, 0);
  const waiting = [stream("a"), { type: "clear_output", content: { wait: true } }];
  assert.equal(outputsOf(...waiting).length, 1);
  assert.deepEqual(outputsOf(...waiting, stream("b")), [
    { output_type: "stream", name: "stdout", text: "b" },
  ]);
});
