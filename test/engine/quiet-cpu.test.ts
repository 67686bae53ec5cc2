import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ParameterSet } from "../../lib/nn/parameter-set.js";

test("a network made before an engine runs prints no advice", (t) => {
  const said = t.mock.method(console, "warn", () => {});
  const set = new ParameterSet();
  set.add("w", { shape: [2], data: new Float32Array([1, 2]) });
  assert.equal(tf.getBackend(), "cpu", "it stands on tfjs's own backend");
  assert.deepEqual(said.mock.calls, []);
});
