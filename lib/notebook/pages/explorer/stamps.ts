/** Offsets of a stamp's pixels and how much of the ground each covers, 0 to 255. */
export interface Stamp {
  dx: Int32Array;
  dy: Int32Array;
  alpha: Uint8Array;
}

// How far out a pixel lies in a shape; the factors make all three cover about the same area.
const reaches = [
  Math.hypot,
  (dx: number, dy: number) => (Math.abs(dx) + Math.abs(dy)) * 0.8,
  (dx: number, dy: number) => Math.max(Math.abs(dx), Math.abs(dy)) * 1.12,
];

/** Disc, diamond and square of a radius in pixels. */
export function stampsOf(radius: number): Stamp[] {
  return reaches.map((reach) => stampOf(reach, radius));
}

function stampOf(reach: (dx: number, dy: number) => number, radius: number): Stamp {
  const side = Math.ceil(radius + 1);
  const pixels: [number, number, number][] = [];
  for (let dy = -side; dy <= side; dy++)
    for (let dx = -side; dx <= side; dx++) {
      const covered = Math.max(0, Math.min(1, radius + 0.5 - reach(dx, dy)));
      if (covered > 0) pixels.push([dx, dy, Math.round(217 * covered)]);
    }
  return {
    dx: Int32Array.from(pixels, (p) => p[0]),
    dy: Int32Array.from(pixels, (p) => p[1]),
    alpha: Uint8Array.from(pixels, (p) => p[2]),
  };
}
