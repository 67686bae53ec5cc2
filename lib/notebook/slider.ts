import { randomUUID } from "node:crypto";
import type { Figure } from "../figures/figure.js";
import { figureSize } from "./export-figure.js";
import { figureSpec } from "./figure-spec.js";
import { notebookHost } from "./host.js";
import { digitsInNotebook, type ShowOptions, showBeside } from "./show.js";
import { type SliderAnswer, type SliderJson, sliderMime } from "./slider-spec.js";

/** What a slider is of, from where to where; the rest is as for `show`. */
export interface SliderOptions extends ShowOptions {
  /** What the number is, with its unit, such as "inclination in degrees". */
  label: string;
  min: number;
  max: number;
  /** Default a hundredth of the range. */
  step?: number;
  /** Where the slider stands first; its figure is the one that is saved. Default the middle. */
  value?: number;
}

/** A slider in the page; `value` is where it was last drawn, for later cells. */
export interface Slider {
  readonly value: number;
}

/**
 * A figure with a slider above it: `draw` makes the figure for a number, anew while a person drags.
 *
 * In JupyterLab 4, Notebook 7 and the classic page it works until its cell runs again or the kernel ends; elsewhere
 * (GitHub, a saved notebook, `npm run reproduce`) the figure of the first value stands, as `show` shows it. Drawn and
 * written as `show` does; `out/figures` holds the first value's figure. Keep `draw` under a tenth of a second: compute
 * before it what does not depend on the number.
 *
 * @example
 * await slider({ label: "inclination in degrees", min: 0, max: 85, value: 45 }, async (degrees) => {
 *   const spiral = await thumbnail(renderGalaxy({ kind: "spiral", inclination: degrees }));
 *   return montage({ title: "A spiral", images: [{ id: "spiral", ...spiral }], columns: 1 });
 * });
 */
export async function slider(
  options: SliderOptions,
  draw: (value: number) => Figure | Promise<Figure>,
): Promise<Slider> {
  const { label, min, max, step = (max - min) / 100, value = (min + max) / 2, ...shown } = options;
  if (!(Number.isFinite(min) && Number.isFinite(max) && min < max && step > 0))
    throw new Error(`slider "${label}": needs min < max and a step above 0, not ${min}, ${max}, ${step}.`);
  if (!(value >= min && value <= max))
    throw new Error(`slider "${label}": the value ${value} is not between ${min} and ${max}.`);
  const spec: SliderJson = { id: randomUUID(), label, min, max, step, value };
  const state = { value };
  const answer = async (data: Record<string, unknown>): Promise<SliderAnswer> => {
    const wanted = data.value;
    if (wanted === undefined) return { value: state.value };
    if (typeof wanted !== "number" || !(wanted >= min && wanted <= max))
      return { value: state.value, error: `slider "${label}": ${String(wanted)} is no value of it.` };
    try {
      const figure = await draw(wanted);
      const size = figureSize(figure, shown);
      state.value = wanted;
      const sized = { data: figure.data, layout: { ...figure.layout, ...size } };
      return { value: wanted, figure: figureSpec(sized, digitsInNotebook) };
    } catch (error) {
      return { value: wanted, error: error instanceof Error ? error.message : String(error) };
    }
  };
  const first = await draw(value);
  notebookHost()?.serve(spec.id, answer);
  await showBeside(first, shown, { [sliderMime]: spec });
  return state;
}
