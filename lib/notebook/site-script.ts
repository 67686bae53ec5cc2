/**
 * What a page of the site does: draws the figures that come near the window (plotly.js is loaded with the first of
 * them), hides code on request, marks in the navigation where the reader is. Text, for it runs in the reader's
 * browser. Where the window is narrower than a figure, its picture stays, with a button for the drawing.
 */
export const siteScript = `"use strict";
(() => {
  let library = null;
  function loadPlotly() {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = "assets/plotly.min.js";
      script.onload = resolve;
      script.onerror = () => reject(new Error("assets/plotly.min.js is missing"));
      document.head.append(script);
    });
    return library;
  }

  async function draw(figure) {
    if (figure.dataset.state) return;
    figure.dataset.state = "loading";
    const place = document.createElement("div");
    place.className = "plot";
    try {
      await loadPlotly();
      figure.append(place);
      const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
      const width = Number(figure.dataset.width);
      if (!width) {
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

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "500px" });
  for (const figure of document.querySelectorAll("figure[data-width]")) {
    if (!figure.querySelector("img") || figure.clientWidth >= Number(figure.dataset.width)) near.observe(figure);
    else {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Open the interactive figure";
      button.onclick = () => draw(figure);
      figure.append(button);
    }
  }

  const toggle = document.getElementById("site-code");
  if (toggle) {
    toggle.hidden = false;
    toggle.onclick = () => {
      const hidden = document.body.classList.toggle("hide-code");
      toggle.textContent = hidden ? "Show the code" : "Hide the code";
      toggle.setAttribute("aria-pressed", String(hidden));
    };
  }

  const places = [...document.querySelectorAll(".side ol ol a")]
    .map((link) => ({ link, heading: document.getElementById(decodeURIComponent(link.hash.slice(1))) }))
    .filter(({ heading }) => heading);
  function mark() {
    const passed = places.filter(({ heading }) => heading.getBoundingClientRect().top < 140);
    for (const { link } of places) link.classList.toggle("here", link === passed.at(-1)?.link);
  }
  if (places.length) {
    addEventListener("scroll", mark, { passive: true });
    mark();
  }
})();
`;
