import type { Data, Layout } from "plotly.js";

declare const Plotly: typeof import("plotly.js");

/**
 * Draws a figure when it comes near the window. Where the window is narrower than the figure its picture stays, with a
 * button for the drawing.
 */
export function drawWhenNear(figure: HTMLElement): void {
  if (!figure.querySelector("img") || figure.clientWidth >= Number(figure.dataset.width)) {
    near.observe(figure);
    return;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Open the interactive figure";
  button.onclick = () => draw(figure);
  figure.append(button);
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      draw(target as HTMLElement);
    }
  },
  { rootMargin: "500px" },
);

/** plotly.js comes with the first figure that is drawn: a page that is only skimmed does not load its megabytes. */
let library: Promise<void> | null = null;
function loadPlotly(): Promise<void> {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "assets/plotly.min.js";
    script.onload = () => resolve();
    script.onerror = () => reject(new Error("assets/plotly.min.js is missing"));
    document.head.append(script);
  });
  return library;
}

async function draw(figure: HTMLElement): Promise<void> {
  if (figure.dataset.state) return;
  figure.dataset.state = "loading";
  const place = document.createElement("div");
  place.className = "plot";
  try {
    await loadPlotly();
    figure.append(place);
    const text = figure.querySelector("script")!.textContent!;
    const { data, layout } = JSON.parse(text) as { data: Data[]; layout: Partial<Layout> };
    if (!Number(figure.dataset.width)) {
      layout.width = figure.clientWidth;
      layout.height ??= Number(figure.dataset.height);
    }
    await Plotly.newPlot(place, data, layout, { displaylogo: false });
    figure.classList.add("drawn");
    figure.dataset.state = "drawn";
  } catch (error) {
    place.remove();
    figure.dataset.state = "failed";
    console.error("A figure could not be drawn; its picture is shown.", error);
  }
}
