import { type Column, NO_CATEGORY } from "../labelling/page-head.js";
import { drawCategories, drawScale, type Rgb } from "./legend.js";

const rgb = (hex: string): Rgb => [1, 3, 5].map((k) => Number.parseInt(hex.slice(k, k + 2), 16));

const grey: Rgb = [176, 180, 186];
const viridis = "#440154 #482878 #3e4a89 #31688e #26828e #1f9e89 #35b779 #6ece58 #b5de2b #fde725"
  .split(" ")
  .map(rgb);
/** Steps of the scale of numbers. */
const STEPS = 256;
const scale: readonly Rgb[] = Array.from({ length: STEPS }, (_, k) =>
  between((k / (STEPS - 1)) * (viridis.length - 1)),
);

/** How each point looks, and the legend that says why. */
export class Colouring {
  readonly rgb: Uint8Array;
  /** Stamp of each point: 0 disc, 1 diamond, 2 square. Past the palette's end its colours come again in the next. */
  readonly stamp: Uint8Array;
  /** 1 where a point is drawn: it passes the filters, and its category is not switched off in the legend. */
  readonly visible: Uint8Array;
  /** Points of a higher rank are drawn on top. */
  readonly rank: Uint8Array;
  private filter: Uint8Array | null = null;
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
    this.visible = new Uint8Array(n).fill(1);
    this.rank = new Uint8Array(n);
    this.palette = palette.map((hex) => readable(rgb(hex)));
  }

  /** Colours by `column`; null, all points alike. A column of the same name keeps what was switched off. */
  by(column: Column | null): void {
    if (column?.name !== this.column?.name) this.hidden.clear();
    this.column = column;
    this.paint();
  }

  /** One byte a row: what passes the filters. */
  show(passes: Uint8Array): void {
    this.filter = passes;
    this.paint();
  }

  private paint(): void {
    const { column, filter } = this;
    this.stamp.fill(0);
    this.rank.fill(0);
    if (filter) this.visible.set(filter);
    else this.visible.fill(1);
    if (!column) fillAll(this.rgb, this.palette[0]);
    else if (column.kind === "category") this.paintCategories(column.values, column.names);
    else this.paintNumbers(column.values);
    this.changed();
  }

  private paintCategories(values: Uint16Array, names: readonly string[]): void {
    const counts = new Uint32Array(NO_CATEGORY + 1);
    const looks = new Map<number, { colour: Rgb; stamp: number }>();
    for (let i = 0; i < values.length; i++) {
      const code = values[i];
      counts[code]++;
      let look = looks.get(code);
      if (!look) looks.set(code, (look = this.lookOf(code)));
      const { colour } = look;
      this.rgb[3 * i] = colour[0];
      this.rgb[3 * i + 1] = colour[1];
      this.rgb[3 * i + 2] = colour[2];
      this.stamp[i] = look.stamp;
      // The uncategorised lie under the others.
      this.rank[i] = code === NO_CATEGORY ? 0 : 1;
      if (this.hidden.size && this.hidden.has(code)) this.visible[i] = 0;
    }
    const codes = [...looks.keys()].sort((a, b) => a - b);
    drawCategories(
      this.column!.name,
      codes.map((code) => ({
        name: code === NO_CATEGORY ? "none" : names[code],
        count: counts[code],
        hidden: this.hidden.has(code),
        ...looks.get(code)!,
        toggle: () => {
          if (!this.hidden.delete(code)) this.hidden.add(code);
          this.paint();
        },
        alone: () => {
          for (const other of codes) this.hidden.add(other);
          this.hidden.delete(code);
          this.paint();
        },
      })),
    );
  }

  private lookOf(code: number): { colour: Rgb; stamp: number } {
    if (code === NO_CATEGORY) return { colour: grey, stamp: 0 };
    const { palette } = this;
    return { colour: palette[code % palette.length], stamp: Math.floor(code / palette.length) % 3 };
  }

  private paintNumbers(values: Float32Array | Float64Array): void {
    const known = Float64Array.from(values.filter(Number.isFinite)).sort();
    // The extreme hundredth at either end shares the end's colour, so that one outlier does not take the scale.
    const low = known[Math.floor(0.01 * (known.length - 1))];
    const high = known[Math.ceil(0.99 * (known.length - 1))];
    const steps = (STEPS - 1) / (high - low || 1);
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const step = Math.max(0, Math.min(STEPS - 1, Math.round((value - low) * steps)));
      const colour = Number.isFinite(value) ? scale[step] : grey;
      this.rgb[3 * i] = colour[0];
      this.rgb[3 * i + 1] = colour[1];
      this.rgb[3 * i + 2] = colour[2];
      this.rank[i] = Number.isFinite(value) ? step : 0;
    }
    drawScale(this.column!.name, known.length ? { low, high, colours: viridis } : null);
  }
}

/** The palette is made for white paper: on a dark ground its darkest colours are lifted. */
function readable(colour: Rgb): Rgb {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const light = 0.3 * colour[0] + 0.6 * colour[1] + 0.1 * colour[2];
  return dark && light < 110 ? colour.map((c) => Math.round(c + (255 - c) * 0.4)) : colour;
}

function fillAll(colours: Uint8Array, colour: Rgb): void {
  for (let i = 0; i < colours.length; i++) colours[i] = colour[i % 3];
}

function between(t: number): Rgb {
  const k = Math.min(viridis.length - 2, Math.floor(t));
  return viridis[k].map((a, j) => Math.round(a + (viridis[k + 1][j] - a) * (t - k)));
}
