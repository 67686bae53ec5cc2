import { element } from "../element.js";
import { type Column, NO_CATEGORY } from "./explorer-data.js";

/** Red, green and blue, 0 to 255. */
type Rgb = readonly number[];
const rgb = (hex: string): Rgb => [1, 3, 5].map((k) => Number.parseInt(hex.slice(k, k + 2), 16));

const grey: Rgb = [190, 190, 190];
const viridis = "#440154 #482878 #3e4a89 #31688e #26828e #1f9e89 #35b779 #6ece58 #b5de2b #fde725"
  .split(" ")
  .map(rgb);
/** The stamps as SVG, in the order of their numbers. */
const marks = [
  '<circle cx="6" cy="6" r="5"/>',
  '<path d="M6 0 12 6 6 12 0 6Z"/>',
  '<path d="M1 1h10v10H1Z"/>',
];

/** How each point looks, and the legend that says why. */
export class Colouring {
  readonly rgb: Uint8Array;
  /** Stamp of each point: 0 disc, 1 diamond, 2 square. Past the palette's end its colours come again in the next. */
  readonly stamp: Uint8Array;
  readonly visible: Uint8Array;
  /** Points in the order of drawing, high values last and so on top. */
  readonly order: Uint32Array;
  private readonly hidden = new Set<number>();
  private readonly palette: Rgb[];
  private column: Column | null = null;

  constructor(
    n: number,
    palette: readonly string[],
    /** Called when the points look different. */
    private readonly changed: () => void,
  ) {
    this.rgb = new Uint8Array(3 * n);
    this.stamp = new Uint8Array(n);
    this.visible = new Uint8Array(n);
    this.order = new Uint32Array(n);
    this.palette = palette.map(rgb);
  }

  /** Colours by `column`, with all its categories shown; null, all points alike. */
  by(column: Column | null): void {
    this.column = column;
    this.hidden.clear();
    this.paint();
  }

  private paint(): void {
    const { column } = this;
    this.stamp.fill(0);
    this.visible.fill(1);
    for (let i = 0; i < this.order.length; i++) this.order[i] = i;
    element("key").hidden = !column;
    if (column) element("key").querySelector("h2")!.textContent = column.name;
    if (!column) for (let i = 0; i < this.order.length; i++) this.rgb.set(this.palette[0], 3 * i);
    else if (column.kind === "category") this.paintCategories(column.values, column.names);
    else this.paintNumbers(column.values);
    this.changed();
  }

  private paintCategories(values: Uint16Array, names: readonly string[]): void {
    const counts = new Map<number, number>();
    for (let i = 0; i < values.length; i++) {
      const code = values[i];
      counts.set(code, (counts.get(code) ?? 0) + 1);
      const { colour, stamp } = this.lookOf(code);
      this.rgb.set(colour, 3 * i);
      this.stamp[i] = stamp;
      this.visible[i] = this.hidden.has(code) ? 0 : 1;
    }
    const codes = [...counts.keys()].sort((a, b) => a - b);
    element("legend").replaceChildren(
      ...codes.map((code) => {
        const button = document.createElement("button");
        const { colour, stamp } = this.lookOf(code);
        button.innerHTML = `<svg width="12" height="12" fill="rgb(${colour})">${marks[stamp]}</svg>`;
        button.append(`${code === NO_CATEGORY ? "none" : names[code]} (${counts.get(code)})`);
        button.className = this.hidden.has(code) ? "off" : "";
        button.title = "Click to hide or show; double click for this one alone";
        button.onclick = () => {
          if (!this.hidden.delete(code)) this.hidden.add(code);
          this.paint();
        };
        button.ondblclick = () => {
          for (const other of codes) this.hidden.add(other);
          this.hidden.delete(code);
          this.paint();
        };
        return button;
      }),
    );
  }

  private lookOf(code: number): { colour: Rgb; stamp: number } {
    if (code === NO_CATEGORY) return { colour: grey, stamp: 0 };
    const { palette } = this;
    return {
      colour: palette[code % palette.length],
      stamp: Math.floor(code / palette.length) % marks.length,
    };
  }

  private paintNumbers(values: Float32Array): void {
    const known = values.filter(Number.isFinite).sort();
    // The extreme hundredth at either end shares the end's colour, so that one outlier does not take the scale.
    const low = known[Math.floor(0.01 * (known.length - 1))];
    const high = known[Math.ceil(0.99 * (known.length - 1))];
    for (let i = 0; i < values.length; i++) {
      const t = Math.max(0, Math.min(1, (values[i] - low) / (high - low || 1))) * (viridis.length - 1);
      this.rgb.set(Number.isFinite(values[i]) ? between(t) : grey, 3 * i);
    }
    const rank = (i: number) => (Number.isFinite(values[i]) ? values[i] : -Infinity);
    this.order.sort((a, b) => rank(a) - rank(b) || 0);
    const stops = viridis.map((colour) => `rgb(${colour})`).join();
    element("legend").innerHTML = known.length
      ? `<div id="scale"><i style="background:linear-gradient(90deg,${stops})"></i><div><span>${+low.toPrecision(3)}</span><span>${+high.toPrecision(3)}</span></div></div>`
      : "no values";
  }
}

function between(t: number): Rgb {
  const k = Math.min(viridis.length - 2, Math.floor(t));
  return viridis[k].map((a, j) => a + (viridis[k + 1][j] - a) * (t - k));
}
