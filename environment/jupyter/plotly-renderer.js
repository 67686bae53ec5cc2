/**
 * Lets the classic Jupyter page draw `application/vnd.plotly.v1+json` outputs with the plotly.js of this project.
 * An AMD module, as the page's extensions are; `npm run lab` puts it where the page looks, beside plotly.min.js.
 */
define([
  "base/js/namespace",
  "base/js/events",
  "notebook/js/outputarea",
  "nbextensions/latent-sky-plotly/plotly.min",
], (Jupyter, events, outputarea, module) => {
  const mime = "application/vnd.plotly.v1+json";
  const { OutputArea } = outputarea;
  // Some builds of plotly.js are an AMD module, others set a global even under an AMD loader.
  const Plotly = module ?? window.Plotly;

  function draw(figure, _metadata, element) {
    const place = document.createElement("div");
    element.append(place);
    // Plotly changes the figure it is given; the notebook must save it as it came.
    const { data, layout, config } = structuredClone(figure);
    Plotly.newPlot(place, data, layout ?? {}, { displaylogo: false, ...config });
    return $(place);
  }

  /** Outputs of a notebook that was loaded before this extension show their PNG: draw them again. */
  function redraw() {
    for (const cell of Jupyter.notebook.get_cells()) {
      const area = cell.output_area;
      if (!area?.outputs.some((output) => output.data?.[mime])) continue;
      const outputs = area.toJSON();
      area.clear_output(false, true);
      area.fromJSON(outputs, cell.metadata);
    }
  }

  function load_ipython_extension() {
    OutputArea.prototype.register_mime_type(mime, draw, { safe: true, index: 0 });
    if (Jupyter.notebook?._fully_loaded) redraw();
    else events.on("notebook_loaded.Notebook", redraw);
  }

  return { load_ipython_extension };
});
