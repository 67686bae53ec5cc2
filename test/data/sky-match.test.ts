import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset } from "../../lib/data/dataset.js";
import { positionOfId, withoutPositions } from "../../lib/data/sky-match.js";
import { separation } from "../../lib/data/sky-position.js";

test("positions that ids spell", () => {
  assert.deepEqual(positionOfId("100_123.251+043.797_0.1281_0034.09"), { ra: 123.251, dec: 43.797 });
  assert.deepEqual(positionOfId("216.97_-1.424_2_Gendre"), { ra: 216.97, dec: -1.424 });
  const p = positionOfId("J120000.0-303000.0")!;
  assert.equal(p.ra, 180);
  assert.equal(p.dec, -30.5);
  assert.equal(positionOfId("galaxy 7"), null);
});

test("separations: a degree of declination, and right ascension shrinking with cos(dec)", () => {
  assert.ok(Math.abs(separation({ ra: 10, dec: 0 }, { ra: 10, dec: 1 }) - 3600) < 1e-6);
  assert.ok(Math.abs(separation({ ra: 0, dec: 60 }, { ra: 0.001, dec: 60 }) - 1.8) < 1e-5);
  assert.ok(separation({ ra: 359.9999, dec: 5 }, { ra: 0.0001, dec: 5 }) < 1, "across RA 0");
});

test("images near those of the other set, or without a position, are left out; the rest keep their pixels", async () => {
  const set = (ids: string[]): Dataset => ({
    name: "x",
    length: ids.length,
    ids,
    labels: ids.map((_, i) => `label ${i}`),
    catalogue: null,
    sky: "optical",
    drawn: false,
    evaluation: { by: "votes" },
    provenance: { source: "", path: "", fingerprint: ids.join() },
    image: async (i) => ({ data: Uint8Array.of(i), width: 1, height: 1, channels: 1 }),
    close: async () => {},
  });
  const rest = withoutPositions(set(["10.001_20.0", "nowhere", "50.0_-20.5"]), set(["10.0_20.0"]), {
    radius: 30,
  });
  assert.deepEqual(rest.ids, ["50.0_-20.5"]);
  assert.deepEqual(rest.labels, ["label 2"]);
  assert.equal((await rest.image(0)).data[0], 2);
  assert.throws(
    () => withoutPositions(set(["10.0_20.0"]), set(["nowhere"]), { radius: 30 }),
    /spell no position/,
  );
});
