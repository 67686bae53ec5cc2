import type { Source } from "../labelling/source.js";
import type { PointIndex } from "./point-index.js";
import type { View } from "./view.js";

/** Pixels from one image to the next. */
const PITCH = 64;

/**
 * Images laid over the plane, one a cell of the screen: that of the visible point nearest to the cell's middle. Zooming
 * in brings others; only what is in view is fetched, and only once the view has come to rest.
 */
export class Mosaic {
  on = false;
  private resting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly box: HTMLElement,
    private readonly source: Source,
    private readonly xy: Float32Array,
    private readonly view: View,
    private readonly index: PointIndex,
    private readonly visible: Uint8Array,
  ) {}

  /** The view or the points changed. */
  update(): void {
    clearTimeout(this.resting);
    this.box.replaceChildren();
    if (this.on) this.resting = setTimeout(() => this.lay(), 160);
  }

  private lay(): void {
    const { view, box } = this;
    const images: HTMLElement[] = [];
    for (let x = PITCH / 2; x < view.width; x += PITCH)
      for (let y = PITCH / 2; y < view.height; y += PITCH) {
        const row = this.nearest(x, y);
        const image = row < 0 ? null : this.source.picture(row, PITCH);
        if (!image) continue;
        image.style.left = `${view.screenX(this.xy[2 * row]) - (PITCH - 6) / 2}px`;
        image.style.top = `${view.screenY(this.xy[2 * row + 1]) - (PITCH - 6) / 2}px`;
        images.push(image);
      }
    box.replaceChildren(...images);
  }

  private nearest(x: number, y: number): number {
    const { view, xy, visible } = this;
    const [cx, cy] = view.plane([x, y]);
    const half = view.length(PITCH / 2);
    let best = -1;
    let least = Infinity;
    this.index.within([cx - half, cx + half, cy - half, cy + half], (points) => {
      for (const i of points) {
        const [dx, dy] = [Math.abs(xy[2 * i] - cx), Math.abs(xy[2 * i + 1] - cy)];
        if (visible[i] && dx < half && dy < half && dx * dx + dy * dy < least)
          [least, best] = [dx * dx + dy * dy, i];
      }
    });
    return best;
  }
}
