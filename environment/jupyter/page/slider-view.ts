import type { SliderAnswer, SliderJson } from "../../../lib/notebook/slider-spec.js";
import { drawFigure, type FigureJson, type Plotly } from "./figure-view.js";

/** A comm of the messaging protocol, as the page's own kernel client gives it. */
export interface Comm {
  send(data: object): void;
}

export interface CommListener {
  onData(data: unknown): void;
  /** The kernel does not know the slider (it was restarted, say), or is gone. */
  onClose(): void;
}

/** Opens a comm to the kernel of the notebook, once there is one; null where there will be none. */
export type Connect = (open: object, listener: CommListener) => Promise<Comm | null>;

/**
 * A slider above its figure. While it is dragged the kernel draws one figure at a time: the next question is asked
 * when the last one is answered, and then for where the slider stands by now. Without a kernel that knows it the
 * figure of the saved notebook stands, and a line says so.
 */
export function sliderView(
  node: HTMLElement,
  spec: SliderJson,
  figure: FigureJson | undefined,
  page: { plotly: () => Promise<Plotly>; connect: Connect },
): void {
  const bar = add(node, "label");
  bar.style.cssText = "display:flex;gap:.8em;align-items:center;margin:.3em 0 .5em;font-weight:normal";
  add(bar, "span").textContent = spec.label;
  const input = add(bar, "input");
  input.type = "range";
  for (const name of ["min", "max", "step", "value"] as const) input[name] = String(spec[name]);
  input.style.cssText = "flex:0 1 22em;min-width:6em;margin:0";
  input.disabled = true;
  const shown = add(bar, "output");
  shown.style.cssText = "min-width:4em;font-variant-numeric:tabular-nums";
  shown.textContent = String(spec.value);
  const note = add(node, "div");
  note.style.cssText = "font-size:90%;margin-bottom:.4em";
  note.setAttribute("role", "status");
  const place = add(node, "div");
  place.style.overflowX = "auto";
  const say = (text: string, bad = false) => {
    note.textContent = text;
    note.style.color = bad ? "#b00020" : "#666";
  };
  const draw = async (next: FigureJson | undefined) => {
    if (next) await drawFigure(await page.plotly(), place, next);
  };
  void draw(figure).catch((error: Error) => say(error.message, true));

  let comm: Comm | null = null;
  let asked: number | null = null;
  const ask = () => {
    if (!comm || asked !== null) return;
    asked = Number(input.value);
    comm.send({ value: asked });
  };
  const still = () => {
    comm = null;
    input.disabled = true;
    say("The slider stands still: run this cell to move it.");
  };
  const onData = async (data: unknown) => {
    const answer = data as SliderAnswer;
    let drawn = answer.value;
    input.disabled = false;
    say(answer.error ?? "", true);
    if (answer.figure) await draw(answer.figure).catch((error: Error) => say(error.message, true));
    else if (!answer.error) {
      // The answer to the opening: a page that was loaded again learns where the slider was left.
      drawn = spec.value;
      input.value = shown.textContent = String(answer.value);
    }
    asked = null;
    if (Number(input.value) !== drawn) ask();
  };
  input.addEventListener("input", () => {
    shown.textContent = input.value;
    ask();
  });
  say("The slider waits for the kernel.");
  const listener = { onData: (data: unknown) => void onData(data), onClose: still };
  page.connect({ id: spec.id }, listener).then(
    (opened) => {
      comm = opened;
      if (!opened) still();
    },
    (error: Error) => say(error.message, true),
  );
}

function add<K extends keyof HTMLElementTagNameMap>(to: HTMLElement, name: K): HTMLElementTagNameMap[K] {
  return to.appendChild(document.createElement(name));
}
