import { axis, colorBar, type Figure, type FigureText, frame } from "./figure.js";
import { redrawable } from "./redraw.js";
import { notedSubtitle, type SubsampleOptions, subsample } from "./subsample.js";
import { sequential, widths } from "./theme.js";

export interface SkyMapOptions extends FigureText, SubsampleOptions {
  /** Degrees. */
  ra: ArrayLike<number>;
  dec: ArrayLike<number>;
  ids?: readonly string[];
  /** Colours the sources, with a bar. */
  values: { name: string; values: ArrayLike<number> };
  width?: number;
  height?: number;
}

/**
 * Sources on the sky, coloured by a number: right ascension grows to the left, and a degree is as long one way as the
 * other at the field's middle declination. A field across 0 h is drawn in one piece, with right ascensions below zero.
 */
export const skyMap = redrawable((options: SkyMapOptions): Figure => {
  const { dec, ids, values, width = widths.column } = options;
  const n = dec.length;
  for (const [name, list] of Object.entries({ ra: options.ra, values: values.values, ids }))
    if (list && list.length !== n)
      throw new Error(`skyMap: "${name}" has ${list.length} entries for ${n} sources.`);
  const { indices, note } = subsample(n, options);
  const ra = inOnePiece(options.ra);
  // High values last, so that the rare ones lie on top.
  const order = Array.from(indices).sort((a, b) => values.values[a] - values.values[b]);
  const degrees = (list: ArrayLike<number>) => order.map((i) => Number(list[i].toFixed(5)));
  const [south, north] = range(order.map((i) => dec[i]));
  const marker = {
    color: order.map((i) => Number(values.values[i].toPrecision(4))),
    colorscale: sequential,
    size: n > 1000 ? 4 : 7,
    showscale: true,
    colorbar: colorBar(values.name, width),
  };
  const hover = ids
    ? { text: order.map((i) => ids[i]), hoverinfo: "text" as const }
    : { hoverinfo: "skip" as const };
  return {
    data: [
      {
        type: "scatter",
        mode: "markers",
        x: degrees(ra),
        y: degrees(dec),
        name: values.name,
        marker,
        ...hover,
      },
    ],
    layout: {
      ...frame({
        title: options.title,
        subtitle: notedSubtitle(options.subtitle, note),
        width,
        height: options.height ?? Math.round(width * 0.98),
        legend: [],
      }),
      xaxis: axis("Right ascension (degrees)", width, { autorange: "reversed" }),
      yaxis: axis("Declination (degrees)", width, {
        scaleanchor: "x",
        scaleratio: 1 / Math.max(0.05, Math.cos((((south + north) / 2) * Math.PI) / 180)),
      }),
    },
  };
});

/** Right ascensions with no gap at 0 h: those beyond 180 degrees count backwards where the field lies on both sides. */
function inOnePiece(ra: ArrayLike<number>): ArrayLike<number> {
  const [low, high] = range(ra);
  return high - low > 180 ? Float64Array.from(ra, (r) => (r > 180 ? r - 360 : r)) : ra;
}

function range(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return [low, high];
}
