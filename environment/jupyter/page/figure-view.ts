/** The MIME type of plotly figures, which every front end knows that has plotly. */
export const figureMime = "application/vnd.plotly.v1+json";

/** A figure as it stands in a notebook. */
export interface FigureJson {
  data: unknown[];
  layout?: object;
  config?: object;
}

export interface Plotly {
  react(node: HTMLElement, data: unknown[], layout: object, config: object): Promise<unknown>;
  purge(node: HTMLElement): void;
}

/** Draws the figure into the element, or changes the one that is drawn there. */
export async function drawFigure(plotly: Plotly, node: HTMLElement, figure: FigureJson): Promise<void> {
  // Plotly changes the figure it is given; the notebook must save it as it came.
  const { data, layout, config } = structuredClone(figure);
  await plotly.react(node, data, layout ?? {}, { displaylogo: false, ...config });
}
