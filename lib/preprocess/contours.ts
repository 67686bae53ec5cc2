/** A pixel-aligned rectangle; x and y are its left and top pixel. */
export interface PixelBox {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The outer border of a region: its border pixels in the order they are followed, x and y alternating. */
export interface Contour {
  points: Int32Array;
  box: PixelBox;
}

/** Steps to the eight neighbours, counter-clockwise from the right (y points down). */
const stepX = [1, 1, 0, -1, -1, -1, 0, 1];
const stepY = [0, -1, -1, -1, 0, 1, 1, 1];

const FRESH = 1;
/** Followed, and the region goes on to the right of here. */
const FOLLOWED = 2;
/** Followed, and to the right of here lies the outside: a scan line leaves the region. */
const EXIT = 3;

/**
 * The outer borders of the 8-connected regions of a mask (non-zero is set), by the border following of Suzuki & Abe
 * (1985), algorithm 2: regions inside a hole of another are left out. Equal to OpenCV's
 * `findContours(RETR_EXTERNAL, CHAIN_APPROX_NONE)`, but in the order they are met scanning from the top.
 */
export function outerContours(mask: Uint8Array, width: number, height: number): Contour[] {
  if (mask.length !== width * height)
    throw new Error(`A mask of ${mask.length} pixels is not ${width} x ${height}.`);
  // A frame of empty pixels spares every neighbour a bounds check.
  const stride = width + 2;
  const state = new Uint8Array(stride * (height + 2));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) if (mask[y * width + x]) state[(y + 1) * stride + x + 1] = FRESH;

  const contours: Contour[] = [];
  for (let y = 1; y <= height; y++) {
    let inside = false;
    let previous = 0;
    for (let k = y * stride + 1, end = k + width; k < end; k++) {
      const here = state[k];
      if (here === previous && here <= FRESH) continue;
      if (here === FRESH && previous === 0 && !inside) contours.push(follow(state, stride, k));
      previous = state[k];
      if (previous > FRESH) inside = previous === FOLLOWED;
    }
  }
  return contours;
}

/** Follows one border from its topmost, leftmost pixel, whose left neighbour is empty, marking what it passes. */
function follow(state: Uint8Array, stride: number, start: number): Contour {
  const steps = stepX.map((dx, s) => dx + stepY[s] * stride);
  const points: number[] = [];
  let x = (start % stride) - 1;
  let y = Math.floor(start / stride) - 1;
  let [left, right, top, bottom] = [x, x, y, y];

  // Clockwise from the left: the neighbour from which the closed walk would come back.
  let s = 4;
  do s = (s + 7) & 7;
  while (s !== 4 && state[start + steps[s]] === 0);
  if (s === 4) {
    state[start] = EXIT;
    return { points: Int32Array.of(x, y), box: { x, y, width: 1, height: 1 } };
  }
  const last = start + steps[s];
  let here = start;
  for (;;) {
    // Counter-clockwise from where we came; passing over an empty right neighbour makes this pixel an exit.
    const from = s;
    let crossedRight = false;
    do {
      s = (s + 1) & 7;
      if (state[here + steps[s]]) break;
      if (s === 0) crossedRight = true;
    } while (s !== from);
    if (crossedRight) state[here] = EXIT;
    else if (state[here] === FRESH) state[here] = FOLLOWED;
    points.push(x, y);
    const next = here + steps[s];
    if (next === start && here === last) break;
    x += stepX[s];
    y += stepY[s];
    if (x < left) left = x;
    else if (x > right) right = x;
    if (y > bottom) bottom = y;
    else if (y < top) top = y;
    here = next;
    s = (s + 4) & 7;
  }
  return {
    points: Int32Array.from(points),
    box: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 },
  };
}

/**
 * Whether (x, y) lies strictly inside the polygon through the contour's pixel centres: OpenCV's `pointPolygonTest`
 * returning +1. A point on the border itself is not inside.
 */
export function contourContains({ points, box }: Contour, x: number, y: number): boolean {
  if (x <= box.x || y <= box.y || x >= box.x + box.width - 1 || y >= box.y + box.height - 1) return false;
  let inside = false;
  const n = points.length;
  let [x0, y0] = [points[n - 2], points[n - 1]];
  for (let i = 0; i < n; i += 2) {
    const [x1, y1] = [points[i], points[i + 1]];
    if (x1 === x && y1 === y) return false;
    // Neighbouring points are one pixel apart: an edge crosses the row of (x, y) just below or above it.
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) * (x1 - x0)) / (y1 - y0)) inside = !inside;
    x0 = x1;
    y0 = y1;
  }
  return inside;
}
