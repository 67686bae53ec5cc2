/**
 * Lets the classic notebook page (Notebook 6) draw plotly figures, with this project's plotly.js, and sliders.
 * An AMD module, as the page's extensions are; it lies as `main.js` beside plotly.min.js.
 */
import { commTarget, type SliderJson, sliderMime } from "../../../lib/notebook/slider-spec.js";
import { drawFigure, type FigureJson, figureMime, type Plotly } from "./figure-view.js";
import { type Connect, sliderView } from "./slider-view.js";

interface ClassicOutput {
  data?: Record<string, unknown>;
}
interface OutputArea {
  outputs: ClassicOutput[];
  toJSON(): unknown;
  fromJSON(outputs: unknown, metadata: unknown): void;
  clear_output(wait: boolean, ignoreQueue: boolean): void;
}
interface ClassicComm {
  send(data: object): void;
  on_msg(listener: (message: { content: { data: unknown } }) => void): void;
  on_close(listener: () => void): void;
}
interface ClassicKernel {
  is_connected(): boolean;
  comm_manager: { new_comm(target: string, data: object): ClassicComm };
}
interface Page {
  notebook?: {
    _fully_loaded: boolean;
    kernel?: ClassicKernel;
    get_cells(): { output_area?: OutputArea; metadata: unknown }[];
  };
}
type Append = (this: OutputArea, value: never, metadata: unknown, element: JQuery) => unknown;
interface OutputAreaClass {
  OutputArea: {
    prototype: { register_mime_type(mime: string, append: Append, options: object): void };
  };
}
interface JQuery {
  append(node: HTMLElement): void;
}
interface Events {
  on(name: string, listener: () => void): void;
  one(name: string, listener: () => void): void;
}
declare const $: (node: HTMLElement) => unknown;
declare const define: (
  names: string[],
  make: (page: Page, events: Events, area: OutputAreaClass, plotly: Plotly | undefined) => object,
) => void;

define([
  "base/js/namespace",
  "base/js/events",
  "notebook/js/outputarea",
  "nbextensions/latent-sky-plotly/plotly.min",
], (jupyter, events, { OutputArea }, module) => {
  // Some builds of plotly.js are an AMD module, others set a global even under an AMD loader.
  const plotly = module ?? (window as unknown as { Plotly: Plotly }).Plotly;

  const connect: Connect = async (open, listener) => {
    const kernel = await new Promise<ClassicKernel>((resolve) => {
      const now = jupyter.notebook?.kernel;
      if (now?.is_connected()) resolve(now);
      else events.one("kernel_ready.Kernel", () => resolve(jupyter.notebook?.kernel as ClassicKernel));
    });
    const comm = kernel.comm_manager.new_comm(commTarget, open);
    comm.on_msg((message) => listener.onData(message.content.data));
    comm.on_close(() => listener.onClose());
    return comm;
  };

  const figure: Append = (value: FigureJson, _metadata, element) => {
    const place = document.createElement("div");
    element.append(place);
    void drawFigure(plotly, place, value);
    return $(place);
  };

  const slider: Append = function (this: OutputArea, spec: SliderJson, _metadata, element) {
    const place = document.createElement("div");
    element.append(place);
    // The page hands over one type of the bundle, and notes the whole of it only after this call.
    setTimeout(() => {
      const output = this.outputs.find(({ data }) => (data?.[sliderMime] as SliderJson)?.id === spec.id);
      const still = output?.data?.[figureMime] as FigureJson | undefined;
      sliderView(place, spec, still, { plotly: async () => plotly, connect });
    });
    return $(place);
  };

  /** Outputs of a notebook that was loaded before this extension show their PNG: draw them again. */
  function redraw(): void {
    for (const { output_area: area, metadata } of jupyter.notebook?.get_cells() ?? []) {
      if (!area?.outputs.some((output) => output.data?.[figureMime])) continue;
      const outputs = area.toJSON();
      area.clear_output(false, true);
      area.fromJSON(outputs, metadata);
    }
  }

  function load_ipython_extension(): void {
    OutputArea.prototype.register_mime_type(figureMime, figure, { safe: true, index: 0 });
    OutputArea.prototype.register_mime_type(sliderMime, slider, { safe: true, index: 0 });
    if (jupyter.notebook?._fully_loaded) redraw();
    else events.on("notebook_loaded.Notebook", redraw);
  }

  return { load_ipython_extension };
});
