import assert from "node:assert/strict";
import { test } from "node:test";
import { TransferRate } from "../../../lib/data/download/transfer-rate.js";

test("rate and remaining time", () => {
  let now = 0;
  const rate = new TransferRate(0, 100e6, () => now);
  assert.equal(rate.note(0), "starting");
  now = 2000;
  assert.equal(rate.note(20e6), "10.0 MB/s, 8.0 s left");
  now = 4000;
  assert.equal(rate.note(21e6), "5.3 MB/s, 15 s left");
});
