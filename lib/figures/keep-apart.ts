/**
 * Moves labels that lie over each other apart, up and down, by no more than it takes. `width` and `height` are a
 * label's, in the units of the positions; those with room around them stay where they are.
 */
export function keepApart<L extends { x: number; y: number }>(
  labels: readonly L[],
  width: number,
  height: number,
): L[] {
  const moved = labels.map((label) => ({ ...label }));
  // A push can create the next overlap; so few labels come to rest after a few rounds.
  for (let round = 0; round < 50; round++) {
    let clear = true;
    for (let a = 0; a < moved.length; a++)
      for (let b = a + 1; b < moved.length; b++) {
        const [one, other] = moved[a].y <= moved[b].y ? [moved[a], moved[b]] : [moved[b], moved[a]];
        const gap = other.y - one.y;
        if (Math.abs(one.x - other.x) >= width || gap >= height * 0.999) continue;
        clear = false;
        one.y -= (height - gap) / 2;
        other.y += (height - gap) / 2;
      }
    if (clear) break;
  }
  return moved.map((label) => ({ ...label, y: Math.round(label.y * 1000) / 1000 }));
}
