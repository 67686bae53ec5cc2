export type Position = readonly [x: number, y: number];

/** Which part of the plane the canvas shows: screen = (plane - centre) zoom + middle, y upwards, in CSS pixels. */
export class View {
  width = 1;
  height = 1;
  /** CSS pixels to a unit of the plane. */
  zoom = 1;
  private centre: Position = [0, 0];
  /** The smallest and largest x, then y, of all points. */
  readonly bounds: readonly [number, number, number, number];

  /** `xy`: x and y of each point in turn. */
  constructor(xy: Float32Array) {
    const bounds: [number, number, number, number] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let k = 0; k < xy.length; k++) {
      const axis = 2 * (k % 2);
      bounds[axis] = Math.min(bounds[axis], xy[k]);
      bounds[axis + 1] = Math.max(bounds[axis + 1], xy[k]);
    }
    this.bounds = bounds;
  }

  screenX(x: number): number {
    return (x - this.centre[0]) * this.zoom + this.width / 2;
  }

  screenY(y: number): number {
    return this.height / 2 - (y - this.centre[1]) * this.zoom;
  }

  /** The place of the plane under a place of the canvas. */
  plane([x, y]: Position): Position {
    return [
      this.centre[0] + (x - this.width / 2) / this.zoom,
      this.centre[1] - (y - this.height / 2) / this.zoom,
    ];
  }

  /** What so many pixels are in the plane. */
  length(pixels: number): number {
    return pixels / this.zoom;
  }

  /** Nobody has moved or zoomed since all was shown. */
  whole = true;

  showAll(): void {
    this.whole = true;
    const [left, right, bottom, top] = this.bounds;
    this.centre = [(left + right) / 2, (bottom + top) / 2];
    this.zoom = 0.92 * Math.min(this.width / (right - left || 1), this.height / (top - bottom || 1));
  }

  showAt(place: Position): void {
    this.whole = false;
    this.centre = place;
  }

  /** Brings the plane's `place` under the canvas's `at`. */
  move(place: Position, at: Position): void {
    this.whole = false;
    const [x, y] = this.plane(at);
    this.centre = [this.centre[0] + place[0] - x, this.centre[1] + place[1] - y];
  }

  /** Zooms so that what is under `at` stays there. */
  zoomBy(factor: number, at: Position): void {
    const place = this.plane(at);
    this.zoom *= factor;
    this.move(place, at);
  }
}
