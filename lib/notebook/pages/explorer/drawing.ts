import type { Colouring } from "./colouring.js";
import type { Position, View } from "./view.js";

/** Offsets of a stamp's pixels and how much of the ground each covers. */
interface Stamp {
  dx: Int32Array;
  dy: Int32Array;
  alpha: Float64Array;
}

/**
 * The plane on two canvases: points below, lasso and the ring around the hovered point above. Points are stamped into
 * a pixel buffer by hand: it needs no GPU and stays fluid with tens of thousands of them.
 */
export class Drawing {
  /** Chosen points stand out from the others; none, all are drawn alike. */
  chosen: ReadonlySet<number> = new Set();
  /** The lasso, in the plane. */
  loop: Position[] = [];
  /** The point with a ring around it, or -1. */
  hover = -1;
  /** Diameter of a point in CSS pixels, about. */
  size = 3;
  private ratio = 1;
  private pixels: ImageData | null = null;
  private queued = false;

  constructor(
    private readonly points: HTMLCanvasElement,
    private readonly over: HTMLCanvasElement,
    private readonly xy: Float32Array,
    private readonly view: View,
    private readonly colouring: Colouring,
  ) {}

  /** Gives both canvases the size of the `box` they fill. */
  fit(box: HTMLElement): void {
    const { width, height } = box.getBoundingClientRect();
    this.ratio = devicePixelRatio || 1;
    Object.assign(this.view, { width, height });
    for (const canvas of [this.points, this.over]) {
      canvas.width = Math.round(width * this.ratio);
      canvas.height = Math.round(height * this.ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
  }

  /** Draws all at the next frame, however often it is asked for before. */
  repaint(): void {
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => {
      this.queued = false;
      this.drawPoints();
      this.drawOver();
    });
  }

  private drawPoints(): void {
    const { width, height } = this.points;
    const context = this.points.getContext("2d")!;
    if (this.pixels?.width !== width || this.pixels.height !== height)
      this.pixels = context.createImageData(width, height);
    new Uint32Array(this.pixels.data.buffer).fill(0xffffffff);
    const radius = this.size * this.ratio * 0.6;
    const stamps = [discReach, diamondReach, squareReach].map((reach) => stampOf(reach, radius));
    const { order, visible, stamp } = this.colouring;
    const dim = this.chosen.size > 0;
    if (dim)
      for (const i of order) if (visible[i] && !this.chosen.has(i)) this.put(i, stamps[stamp[i]], 0.25);
    for (const i of order) if (visible[i] && (!dim || this.chosen.has(i))) this.put(i, stamps[stamp[i]], 1);
    context.putImageData(this.pixels, 0, 0);
  }

  private put(i: number, { dx, dy, alpha }: Stamp, opacity: number): void {
    const { data, width, height } = this.pixels!;
    const x = Math.round(this.view.screenX(this.xy[2 * i]) * this.ratio);
    const y = Math.round(this.view.screenY(this.xy[2 * i + 1]) * this.ratio);
    if (x < -20 || y < -20 || x > width + 20 || y > height + 20) return;
    const { rgb } = this.colouring;
    for (let s = 0; s < alpha.length; s++) {
      const px = x + dx[s];
      const py = y + dy[s];
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const at = 4 * (py * width + px);
      for (let c = 0; c < 3; c++) data[at + c] += (rgb[3 * i + c] - data[at + c]) * alpha[s] * opacity;
    }
  }

  /** Lasso and ring alone: cheap enough for every move of the pointer. */
  drawOver(): void {
    const { view, loop, hover, xy } = this;
    const context = this.over.getContext("2d")!;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    if (loop.length > 1) {
      context.beginPath();
      for (const [x, y] of loop) context.lineTo(view.screenX(x), view.screenY(y));
      context.closePath();
      Object.assign(context, { fillStyle: "rgba(230,159,0,.15)", strokeStyle: "#b36b00", lineWidth: 1.5 });
      context.setLineDash([5, 4]);
      context.fill();
      context.stroke();
      context.setLineDash([]);
    }
    if (hover >= 0) {
      context.beginPath();
      context.arc(view.screenX(xy[2 * hover]), view.screenY(xy[2 * hover + 1]), this.size + 4, 0, 7);
      Object.assign(context, { strokeStyle: "#000", lineWidth: 2 });
      context.stroke();
    }
  }
}

// How far out a pixel lies in a shape; the factors make all three cover about the same area.
const discReach = Math.hypot;
const diamondReach = (dx: number, dy: number) => (Math.abs(dx) + Math.abs(dy)) * 0.8;
const squareReach = (dx: number, dy: number) => Math.max(Math.abs(dx), Math.abs(dy)) * 1.12;

function stampOf(reach: (dx: number, dy: number) => number, radius: number): Stamp {
  const side = Math.ceil(radius + 1);
  const pixels: [number, number, number][] = [];
  for (let dy = -side; dy <= side; dy++)
    for (let dx = -side; dx <= side; dx++) {
      const covered = Math.max(0, Math.min(1, radius + 0.5 - reach(dx, dy)));
      if (covered > 0) pixels.push([dx, dy, 0.85 * covered]);
    }
  return {
    dx: Int32Array.from(pixels, (p) => p[0]),
    dy: Int32Array.from(pixels, (p) => p[1]),
    alpha: Float64Array.from(pixels, (p) => p[2]),
  };
}
