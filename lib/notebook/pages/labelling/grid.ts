import { colourOfClass } from "./class-colour.js";
import type { Source } from "./source.js";

/** The tallest list a browser lays out without losing pixels; what is beyond it is reached by a filter. */
const TALLEST = 8e6;
const GAP = 6;

interface Listeners {
  /** The cell under the cursor changed, or the pointer is over another; -1, over none. */
  cursor(row: number): void;
  hover(row: number): void;
  /** Enter or a double click. */
  open(row: number): void;
  /** The selection changed. */
  selected(): void;
}

/**
 * Images in rows and columns, of which only those in view exist: a list of a million scrolls like one of ten. Arrows
 * move the cursor, with Shift they select; Space selects one, Ctrl+A all.
 */
export class Grid {
  list: readonly number[] | Uint32Array = [];
  readonly selection = new Set<number>();
  private cursor = -1;
  private anchor = -1;
  private perLine = 1;
  private side = 110;
  private readonly space = document.createElement("div");
  private readonly cells = new Map<number, HTMLElement>();

  constructor(
    private readonly box: HTMLElement,
    private readonly source: Source,
    private readonly tell: Listeners,
  ) {
    box.classList.add("grid");
    box.tabIndex = 0;
    box.role = "listbox";
    box.ariaMultiSelectable = "true";
    box.ariaLabel = "Images";
    this.space.className = "space";
    box.append(this.space);
    box.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.layOut()).observe(box);
    box.addEventListener("click", (event) => this.clicked(event));
    box.addEventListener("dblclick", (event) => {
      const at = this.placeOf(event);
      if (at >= 0) tell.open(this.list[at]);
    });
    box.addEventListener("mouseover", (event) => tell.hover(this.list[this.placeOf(event)] ?? -1));
    box.addEventListener("mouseleave", () => tell.hover(-1));
  }

  /** The row under the cursor, or -1. */
  get current(): number {
    return this.list[this.cursor] ?? -1;
  }

  /** What an answer goes to: the selection, else the row under the cursor. */
  get targets(): number[] {
    if (this.selection.size) return [...this.selection];
    return this.cursor >= 0 ? [this.current] : [];
  }

  /** Shows these rows from the first on, the cursor at `row` where it is among them. */
  show(list: readonly number[] | Uint32Array, row = -1): void {
    this.list = list;
    this.selection.clear();
    this.cursor = list.length ? Math.max(0, row < 0 ? 0 : list.indexOf(row)) : -1;
    this.anchor = this.cursor;
    this.clear();
    this.box.scrollTop = 0;
    this.layOut();
    this.reveal();
    this.tell.selected();
    this.tell.cursor(this.current);
  }

  set size(pixels: number) {
    this.side = pixels;
    this.clear();
    this.layOut();
    this.reveal();
  }

  /** Labels changed: what is in view says so. */
  refresh(): void {
    for (const [at, cell] of this.cells) this.mark(cell, at);
  }

  focus(): void {
    this.box.focus({ preventScroll: true });
  }

  /** Brings the cursor to the next row for which `wanted` holds, from the cursor on and round; false, there is none. */
  seek(wanted: (row: number) => boolean): boolean {
    const n = this.list.length;
    for (let step = 1; step <= n; step++) {
      const at = (this.cursor + step) % n;
      if (!wanted(this.list[at])) continue;
      this.moveTo(at, false);
      return true;
    }
    return false;
  }

  /** Selects these rows and no others. One of them: the cursor goes there. */
  select(rows: Iterable<number>): void {
    this.selection.clear();
    for (const row of rows) this.selection.add(row);
    if (this.selection.size === 1) {
      const [row] = this.selection;
      this.selection.clear();
      this.seek((other) => other === row);
    }
    this.refresh();
    this.tell.selected();
  }

  /** Whether the key was one of the grid's. */
  key(event: KeyboardEvent): boolean {
    const page = this.perLine * Math.max(1, Math.floor(this.box.clientHeight / this.pitch) - 1);
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -this.perLine,
      ArrowDown: this.perLine,
      PageUp: -page,
      PageDown: page,
      Home: -this.list.length,
      End: this.list.length,
    };
    if (event.key in steps) {
      const to = Math.max(0, Math.min(this.list.length - 1, this.cursor + steps[event.key]));
      this.moveTo(to, event.shiftKey);
    } else if (event.key === " ") this.toggle(this.cursor);
    else if (event.key === "Enter" && this.cursor >= 0) this.tell.open(this.current);
    else if (event.key === "Escape" && this.selection.size) this.select([]);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) this.select(this.list);
    else return false;
    return true;
  }

  private clicked(event: MouseEvent): void {
    const at = this.placeOf(event);
    if (at < 0) return;
    this.focus();
    if (event.ctrlKey || event.metaKey) {
      this.cursor = at;
      this.toggle(at);
    } else this.moveTo(at, event.shiftKey);
  }

  private toggle(at: number): void {
    if (at < 0) return;
    const row = this.list[at];
    if (!this.selection.delete(row)) this.selection.add(row);
    this.anchor = at;
    this.refresh();
    this.tell.selected();
  }

  private moveTo(at: number, selecting: boolean): void {
    if (at < 0) return;
    const had = this.selection.size;
    this.cursor = at;
    if (!selecting) this.anchor = at;
    this.selection.clear();
    if (selecting)
      for (let k = Math.min(at, this.anchor); k <= Math.max(at, this.anchor); k++)
        this.selection.add(this.list[k]);
    this.reveal();
    this.refresh();
    if (had || selecting) this.tell.selected();
    this.tell.cursor(this.current);
  }

  private placeOf(event: Event): number {
    const cell = (event.target as Element).closest<HTMLElement>("[data-at]");
    return cell ? Number(cell.dataset.at) : -1;
  }

  /** From one line of cells to the next. */
  private get pitch(): number {
    return this.width + GAP + (this.source.head.has.pictures ? 0 : 34 - this.width);
  }

  /** A cell's side, so that whole cells fill the line. */
  private get width(): number {
    return (this.box.clientWidth - GAP * (this.perLine + 1)) / this.perLine;
  }

  private layOut(): void {
    if (!this.box.clientWidth) return;
    this.perLine = Math.max(1, Math.floor((this.box.clientWidth - GAP) / (this.side + GAP)));
    const lines = Math.ceil(this.list.length / this.perLine);
    this.space.style.height = `${Math.min(TALLEST, lines * this.pitch + GAP)}px`;
    this.clear();
    this.draw();
  }

  private clear(): void {
    for (const cell of this.cells.values()) cell.remove();
    this.cells.clear();
  }

  private reveal(): void {
    if (this.cursor < 0 || !this.box.clientHeight) return;
    const top = Math.floor(this.cursor / this.perLine) * this.pitch;
    const { scrollTop, clientHeight } = this.box;
    if (top < scrollTop) this.box.scrollTop = top;
    else if (top + this.pitch + GAP > scrollTop + clientHeight)
      this.box.scrollTop = top + this.pitch + GAP - clientHeight;
    this.draw();
  }

  private draw(): void {
    const { perLine, pitch } = this;
    const first = Math.max(0, Math.floor(this.box.scrollTop / pitch) - 1) * perLine;
    const lines = Math.ceil(this.box.clientHeight / pitch) + 3;
    const last = Math.min(this.list.length, first + lines * perLine);
    for (const [at, cell] of this.cells)
      if (at < first || at >= last) {
        cell.remove();
        this.cells.delete(at);
      }
    const fresh: number[] = [];
    for (let at = first; at < last; at++) if (!this.cells.has(at)) fresh.push(at);
    for (const at of fresh) this.cells.set(at, this.cell(at));
    this.space.append(...fresh.map((at) => this.cells.get(at)!));
    this.name(fresh);
  }

  private cell(at: number): HTMLElement {
    const row = this.list[at];
    const cell = document.createElement("div");
    cell.className = "cell";
    cell.role = "option";
    cell.dataset.at = String(at);
    cell.dataset.row = String(row);
    const { width, pitch, perLine } = this;
    Object.assign(cell.style, {
      width: `${width}px`,
      height: `${pitch - GAP}px`,
      left: `${GAP + (at % perLine) * (width + GAP)}px`,
      top: `${GAP + Math.floor(at / perLine) * pitch}px`,
    });
    const pixels = 32 * Math.ceil((width * Math.min(2, devicePixelRatio)) / 32);
    const image = this.source.picture(row, pixels);
    cell.append(image ?? document.createElement("span"), document.createElement("b"));
    this.mark(cell, at);
    return cell;
  }

  /** Names the cells, once their ids have come. */
  private async name(places: readonly number[]): Promise<void> {
    const ids = await this.source.ids(places.map((at) => this.list[at]));
    places.forEach((at, k) => {
      const cell = this.cells.get(at);
      if (!cell) return;
      cell.title = ids[k];
      cell.ariaLabel = ids[k];
      if (!this.source.head.has.pictures) cell.firstElementChild!.textContent = ids[k];
    });
  }

  private mark(cell: HTMLElement, at: number): void {
    const row = this.list[at];
    const { codes } = this.source.labels;
    const { score, class: name } = codes.words(row);
    const badge = cell.querySelector("b")!;
    badge.textContent = [score, name].filter((word) => word !== null).join(" \u00b7 ");
    badge.toggleAttribute("data-class", name !== null);
    badge.style.setProperty("--class", colourOfClass(codes.class[row], this.source.head.palette));
    cell.classList.toggle("labelled", codes.isLabelled(row));
    cell.classList.toggle("cursor", at === this.cursor);
    cell.ariaSelected = String(this.selection.has(row));
  }
}
