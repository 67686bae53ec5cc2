import assert from "node:assert/strict";
import { test } from "node:test";
import { retryAfter } from "../../../lib/data/download/retry-after.js";

const now = Date.parse("2026-11-27T03:00:00Z");
const wait = (said?: string, date?: string) =>
  retryAfter(new Headers({ ...(said !== undefined && { "retry-after": said }), ...(date && { date }) }), now);

test("seconds, the three forms of a date, and what says nothing", () => {
  assert.equal(wait("120"), 120_000);
  assert.equal(wait("0"), 0);
  assert.equal(wait("0.4"), 400);
  assert.equal(wait("Fri, 27 Nov 2026 03:00:30 GMT"), 30_000);
  assert.equal(wait("Friday, 27-Nov-26 03:00:30 GMT"), 30_000);
  assert.equal(wait("Fri Nov 27 03:00:30 2026 GMT"), 30_000);
  assert.equal(wait("Fri, 27 Nov 2026 02:00:00 GMT"), 0, "a date that has passed");
  for (const nothing of [undefined, "", "soon", "-5", "1e3"]) assert.equal(wait(nothing), null, `${nothing}`);
});

test("a date is told by the server's own clock", () => {
  assert.equal(wait("Fri, 27 Nov 2026 05:00:30 GMT", "Fri, 27 Nov 2026 05:00:00 GMT"), 30_000);
});
