/**
 * Lets JupyterLab 4 and Notebook 7 draw plotly figures, with this project's plotly.js, and sliders.
 *
 * What Lab loads from a `labextensions` folder: a container of webpack's module federation, whose `init` gets the
 * modules that Lab shares and whose `get` gives an extension. Written by hand, it needs neither Lab's build nor a
 * Python package; it lies in `static/` beside plotly.min.js.
 */
import { commTarget, type SliderJson, sliderMime } from "../../../lib/notebook/slider-spec.js";
import { drawFigure, type FigureJson, figureMime, type Plotly } from "./figure-view.js";
import { type Connect, sliderView } from "./slider-view.js";

interface Model {
  data: Record<string, unknown>;
}
interface WidgetClass {
  new (): {
    node: HTMLElement;
    isDisposed: boolean;
    addClass(name: string): void;
  };
}
interface LabComm {
  open(data: object): void;
  send(data: object): void;
  onMsg: (message: { content: { data: unknown } }) => void;
  onClose: () => void;
}
interface NotebookPanel {
  content: { rendermime: { addFactory(factory: object, rank: number): void } };
  sessionContext: {
    ready: Promise<void>;
    session: { kernel: { createComm(target: string): LabComm } | null } | null;
  };
}
interface Tracker {
  forEach(visit: (panel: NotebookPanel) => void): void;
  widgetAdded: { connect(listener: (tracker: Tracker, panel: NotebookPanel) => void): void };
}
/** The modules that Lab shares, by name and version. */
type Shared = Record<string, Record<string, { get(): Promise<() => unknown> }>>;

const name = "latent-sky-plotly";
const script = new URL("plotly.min.js", (document.currentScript as HTMLScriptElement).src).href;
const page = window as unknown as { Plotly?: Plotly; _JUPYTERLAB?: Record<string, unknown> };
let Widget: WidgetClass;
let trackerToken: unknown;
let loading: Promise<Plotly> | null = null;

/** 5 MB of script: only who sees a figure loads them. A script that did not come is asked for again. */
function plotly(): Promise<Plotly> {
  loading ??= new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = script;
    element.onload = () => resolve(page.Plotly as Plotly);
    element.onerror = () => {
      loading = null;
      reject(new Error("The page could not load plotly.js; is the Jupyter server still there?"));
    };
    document.head.append(element);
  });
  return loading;
}

/** Figures, wherever outputs are shown. */
function figures() {
  class FigureOutput extends Widget {
    private figure: FigureJson | null = null;

    constructor() {
      super();
      this.addClass(name);
      paper(this.node);
    }

    async renderModel(model: Model): Promise<void> {
      this.figure = model.data[figureMime] as FigureJson;
      await this.draw();
    }

    private async draw(): Promise<void> {
      const drawer = await plotly();
      if (!this.isDisposed && this.figure) await drawFigure(drawer, this.node, this.figure);
    }

    // A long notebook takes outputs out of the page that are scrolled away, and puts them back.
    protected onAfterDetach(): void {
      page.Plotly?.purge(this.node);
    }
    protected onAfterAttach(): void {
      if (this.figure) void this.draw();
    }
  }
  const rendererFactory = {
    safe: true,
    mimeTypes: [figureMime],
    createRenderer: () => new FigureOutput(),
  };
  return { id: `${name}:factory`, rank: 0, dataType: "json", rendererFactory };
}

/** Sliders, in notebooks: each talks to the kernel of its own. */
function sliders() {
  const register = ({ content, sessionContext }: NotebookPanel) => {
    const connect: Connect = async (open, listener) => {
      await sessionContext.ready;
      const comm = sessionContext.session?.kernel?.createComm(commTarget);
      if (!comm) return null;
      comm.onMsg = (message) => listener.onData(message.content.data);
      comm.onClose = () => listener.onClose();
      comm.open(open);
      return comm;
    };
    class SliderOutput extends Widget {
      private id = "";

      constructor() {
        super();
        this.addClass(name);
        paper(this.node);
      }

      async renderModel({ data }: Model): Promise<void> {
        const spec = data[sliderMime] as SliderJson;
        if (spec.id === this.id) return; // its picture joined the output; the slider may be moving by now
        this.id = spec.id;
        this.node.replaceChildren();
        sliderView(this.node, spec, data[figureMime] as FigureJson | undefined, { plotly, connect });
      }
    }
    const factory = {
      safe: true,
      mimeTypes: [sliderMime],
      createRenderer: () => new SliderOutput(),
    };
    content.rendermime.addFactory(factory, -10); // before the figure that stands in the same bundle
  };
  const activate = (_app: unknown, tracker: Tracker) => {
    tracker.forEach(register);
    tracker.widgetAdded.connect((_tracker, panel) => register(panel));
  };
  return { id: `${name}:sliders`, autoStart: true, requires: [trackerToken], activate };
}

/** A figure has its own width, which a narrow window scrolls; its paper is clear and its text dark, on any theme. */
function paper(node: HTMLElement): void {
  node.style.overflowX = "auto";
  node.style.background = "white";
}

async function sharedModule(shared: Shared, wanted: string): Promise<Record<string, unknown>> {
  const [version] = Object.values(shared[wanted]);
  return (await version.get())() as Record<string, unknown>;
}

page._JUPYTERLAB ??= {};
page._JUPYTERLAB[name] = {
  async init(shared: Shared) {
    Widget = (await sharedModule(shared, "@lumino/widgets")).Widget as WidgetClass;
    trackerToken = (await sharedModule(shared, "@jupyterlab/notebook")).INotebookTracker;
  },
  async get(module: string) {
    return () => ({ __esModule: true, default: module === "./mimeExtension" ? figures() : sliders() });
  },
};
