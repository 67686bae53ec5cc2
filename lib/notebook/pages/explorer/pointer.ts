import type { Position, View } from "./view.js";

export type Mode = "move" | "lasso" | "box";

interface Listeners {
  /** The view moved or zoomed. */
  moved(): void;
  /** The pointer is over this place of the canvas; null, over none. */
  over(at: Position | null): void;
  /** What is being drawn, in the plane. */
  drawing(loop: Position[]): void;
  /** A closed line was drawn. */
  drawn(loop: Position[]): void;
}

/** What the pointer does on the plane: moves it, zooms it, or draws a lasso or a rectangle. Two fingers zoom. */
export class Pointer {
  mode: Mode = "move";
  private drag: { loop: Position[]; box: boolean } | { place: Position } | null = null;
  private readonly fingers = new Map<number, Position>();

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly view: View,
    private readonly tell: Listeners,
  ) {
    canvas.onpointerdown = (event) => this.down(event);
    canvas.onpointermove = (event) => this.move(event);
    canvas.onpointerup = (event) => this.up(event);
    canvas.onpointercancel = (event) => {
      this.fingers.delete(event.pointerId);
      this.drag = null;
      tell.drawing([]);
    };
    canvas.onpointerleave = () => {
      if (!this.drag) tell.over(null);
    };
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  private at(event: MouseEvent): Position {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private down(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.at(event);
    this.fingers.set(event.pointerId, at);
    const place = this.view.plane(at);
    const box = this.mode === "box";
    this.drag = box || this.mode === "lasso" || event.shiftKey ? { loop: [place], box } : { place };
    this.tell.over(null);
  }

  private move(event: PointerEvent): void {
    const at = this.at(event);
    if (this.fingers.size === 2) {
      this.pinch(event.pointerId, at);
      return;
    }
    if (this.fingers.has(event.pointerId)) this.fingers.set(event.pointerId, at);
    const { drag, view } = this;
    if (!drag) {
      this.tell.over(at);
      return;
    }
    if ("place" in drag) {
      view.move(drag.place, at);
      this.tell.moved();
      return;
    }
    const place = view.plane(at);
    if (drag.box) {
      const [[x, y]] = drag.loop;
      drag.loop = [drag.loop[0], [place[0], y], place, [x, place[1]]];
    } else drag.loop.push(place);
    this.tell.drawing(drag.loop);
  }

  private up(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    const { drag } = this;
    this.drag = null;
    if (drag && "loop" in drag && drag.loop.length > 2) this.tell.drawn(drag.loop);
  }

  private pinch(id: number, at: Position): void {
    const other = [...this.fingers].find(([finger]) => finger !== id)![1];
    const before = this.fingers.get(id)!;
    const factor = Math.hypot(at[0] - other[0], at[1] - other[1]);
    const was = Math.hypot(before[0] - other[0], before[1] - other[1]);
    this.fingers.set(id, at);
    this.drag = { place: this.view.plane(other) };
    if (was > 0) this.view.zoomBy(factor / was, other);
    this.tell.moved();
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    this.view.zoomBy(Math.exp(-Math.max(-200, Math.min(200, event.deltaY)) * 0.002), this.at(event));
    this.tell.over(null);
    this.tell.moved();
  }
}
