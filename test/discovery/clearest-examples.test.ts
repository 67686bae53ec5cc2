import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStack } from "../../lib/data/images/image-stack.js";
import { VoteTable } from "../../lib/data/votes/vote-table.js";
import { clearestExamples } from "../../lib/discovery/clearest-examples.js";

const side = 32;

/** An elliptical Gaussian of the given widths along the diagonals, as a grey image. */
function galaxy(along: number, across: number, brightness: number): Uint8Array {
  return Uint8Array.from({ length: side * side }, (_, p) => {
    const [x, y] = [(p % side) - side / 2, Math.floor(p / side) - side / 2];
    const [u, v] = [(x + y) / Math.SQRT2, (x - y) / Math.SQRT2];
    return 10 + brightness * Math.exp(-0.5 * ((u / along) ** 2 + (v / across) ** 2));
  });
}

test("of those that volunteers are surest of, the large and bright one, for edge-on discs the thin one", async () => {
  const images = [
    galaxy(1, 1, 90), // small and faint
    galaxy(6, 6, 200), // large and bright, and no less sure
    galaxy(8, 8, 240), // larger and brighter, but few saw arms
    galaxy(6, 4, 240), // a stretched disc
    galaxy(6, 1, 120), // a thin one
  ];
  const data = Uint8Array.from(images.flatMap((image) => [...image]));
  const ids = [..."abcde"];
  const stack = memoryStack({ data, height: side, width: side, channels: 1, ids });
  const of = (...v: number[]) => Float64Array.from(v);
  const votes = new VoteTable(
    5,
    new Map([
      ["smooth-or-featured_total-votes", of(40, 40, 40, 40, 40)],
      ["has-spiral-arms_yes_fraction", of(0.95, 0.9, 0.9, 0, 0)],
      ["has-spiral-arms_total-votes", of(38, 38, 12, 38, 38)],
      ["disk-edge-on_yes_fraction", of(0, 0, 0, 0.95, 0.9)],
      ["disk-edge-on_total-votes", of(38, 38, 12, 38, 38)],
    ]),
  );
  assert.deepEqual(await clearestExamples(votes, stack), [
    { name: "spiral", row: 1 },
    { name: "edge-on", row: 4 },
  ]);
});
