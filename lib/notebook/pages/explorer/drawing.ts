import type { Colouring } from "./colouring.js";
import type { PointIndex } from "./point-index.js";
import { TILE, TilePainter } from "./tile-painter.js";
import type { Position, View } from "./view.js";

/** Milliseconds of a frame that go into new tiles: while something moves, and while nothing does. */
const [MOVING, STILL] = [10, 30];
/** Tiles that are kept: some screens of them. */
const KEPT = 220;

/**
 * The plane on two canvases: points below, lasso and the ring around the hovered point above. Points are drawn once,
 * in tiles of the plane at the present zoom (`TilePainter`), and moved as pictures: a frame while panning costs what
 * its new tiles cost, and no more than `MOVING`: a tile of many points takes several frames. While tiles of a new zoom are made, the old ones stand in, scaled. It
 * needs no GPU.
 */
export class Drawing {
  /** 1 where a point is chosen; null, all are drawn alike. */
  chosen: Uint8Array | null = null;
  /** The lasso, in the plane. */
  loop: Position[] = [];
  /** Whether the lasso has a tint: not over images. */
  tinted = true;
  /** The point with a ring around it, or -1. */
  hover = -1;
  /** Diameter of a point in CSS pixels, about. */
  size = 3;
  /** When the last tile of a view was drawn, in `performance.now()`: for those who measure. */
  completed = 0;
  private ratio = 1;
  private queued = false;
  private readonly painter = new TilePainter();
  private tiles = new Map<string, HTMLCanvasElement | null>();
  /** The tile that is being painted. */
  private begun: { key: string; steps: ReturnType<TilePainter["paint"]> } | null = null;
  /** What the canvas shows: its corner among the pixels of a zoom, 0 before the first picture. */
  private shown = { left: 0, top: 0, scale: 0 };
  /** What it showed at the zoom before. */
  private before: { canvas: HTMLCanvasElement; left: number; top: number; scale: number } | null = null;

  constructor(
    private readonly points: HTMLCanvasElement,
    private readonly over: HTMLCanvasElement,
    private readonly xy: Float32Array,
    private readonly index: PointIndex,
    private readonly view: View,
    private readonly colouring: Colouring,
  ) {}

  /** Gives both canvases the size of the `box` they fill. */
  fit(box: HTMLElement): void {
    const { width, height } = box.getBoundingClientRect();
    this.ratio = devicePixelRatio || 1;
    Object.assign(this.view, { width, height });
    for (const canvas of [this.points, this.over]) {
      canvas.width = Math.max(1, Math.round(width * this.ratio));
      canvas.height = Math.max(1, Math.round(height * this.ratio));
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    this.before = null;
  }

  /** Points look different: their tiles are made anew. */
  restyle(): void {
    this.outdate();
    this.repaint();
  }

  private outdate(): void {
    this.before = this.picture();
    this.tiles.clear();
    this.begun = null;
    this.completed = 0;
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
    const scale = this.view.zoom * this.ratio;
    const [left, top] = this.corner(scale);
    const { shown } = this;
    if (scale !== shown.scale) this.outdate();
    const isStill = scale === shown.scale && left === shown.left && top === shown.top;
    const context = this.points.getContext("2d")!;
    context.clearRect(0, 0, this.points.width, this.points.height);
    const { xy, index, colouring, chosen } = this;
    const look = { xy, index, colouring, chosen, size: this.size * this.ratio };
    const wanted = this.wanted(left, top);
    const until = performance.now() + (isStill ? STILL : MOVING);
    const places = new Map(wanted.map(([tx, ty]) => [`${tx} ${ty}`, [tx, ty] as const]));
    if (this.begun && !places.has(this.begun.key)) this.begun = null;
    let missing = 0;
    for (const [key, [tx, ty]] of places) {
      if (!this.tiles.has(key)) {
        this.begun ??= { key, steps: this.painter.paint(look, scale, tx, ty) };
        if (this.begun.key === key) this.work(until);
      }
      const tile = this.tiles.get(key);
      if (tile === undefined) missing++;
      else if (tile) context.drawImage(tile, tx * TILE - left, ty * TILE - top);
    }
    this.shown = { left, top, scale };
    if (missing) {
      this.standIn(context);
      this.repaint();
    } else {
      this.before = null;
      this.completed ||= performance.now();
    }
    this.forget(places);
  }

  /** Goes on with the tile that was begun, until it is there or the time is over. */
  private work(until: number): void {
    const { key, steps } = this.begun!;
    while (performance.now() < until) {
      const { done, value } = steps.next();
      if (!done) continue;
      this.tiles.set(key, value);
      this.begun = null;
      return;
    }
  }

  /** The tiles in view, those in the middle first. */
  private wanted(left: number, top: number): [number, number][] {
    const { width, height } = this.points;
    const list: [number, number][] = [];
    for (let tx = Math.floor(left / TILE); tx * TILE < left + width; tx++)
      for (let ty = Math.floor(top / TILE); ty * TILE < top + height; ty++) list.push([tx, ty]);
    const [cx, cy] = [(left + width / 2) / TILE - 0.5, (top + height / 2) / TILE - 0.5];
    return list.sort((a, b) => Math.hypot(a[0] - cx, a[1] - cy) - Math.hypot(b[0] - cx, b[1] - cy));
  }

  /** Where the canvas's upper left corner lies among the pixels of a zoom. */
  private corner(scale: number): [left: number, top: number] {
    const [x, y] = this.view.plane([0, 0]);
    return [Math.round(x * scale), Math.round(-y * scale)];
  }

  /** What the canvas shows now; null before the first picture. */
  private picture(): Drawing["before"] {
    if (!this.shown.scale) return null;
    const canvas = document.createElement("canvas");
    canvas.width = this.points.width;
    canvas.height = this.points.height;
    canvas.getContext("2d")!.drawImage(this.points, 0, 0);
    return { ...this.shown, canvas };
  }

  /** The picture of the zoom before, scaled, under what there is of this one. */
  private standIn(context: CanvasRenderingContext2D): void {
    if (!this.before) return;
    const { canvas, left, top, scale } = this.before;
    const factor = this.shown.scale / scale;
    context.globalCompositeOperation = "destination-over";
    context.drawImage(
      canvas,
      left * factor - this.shown.left,
      top * factor - this.shown.top,
      canvas.width * factor,
      canvas.height * factor,
    );
    context.globalCompositeOperation = "source-over";
  }

  private forget(wanted: ReadonlyMap<string, unknown>): void {
    for (const key of this.tiles.keys()) {
      if (this.tiles.size <= KEPT) return;
      if (!wanted.has(key)) this.tiles.delete(key);
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
      Object.assign(context, { fillStyle: "rgba(230,159,0,.15)", strokeStyle: "#c77c00", lineWidth: 1.5 });
      context.setLineDash([5, 4]);
      if (this.tinted) context.fill();
      context.stroke();
      context.setLineDash([]);
    }
    if (hover >= 0) {
      context.beginPath();
      context.arc(view.screenX(xy[2 * hover]), view.screenY(xy[2 * hover + 1]), this.size + 4, 0, 7);
      Object.assign(context, { strokeStyle: getComputedStyle(this.over).color, lineWidth: 2 });
      context.stroke();
    }
  }
}
