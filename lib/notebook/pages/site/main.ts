import { drawWhenNear } from "./figures.js";

for (const figure of document.querySelectorAll<HTMLElement>("figure[data-width]")) drawWhenNear(figure);
hideCodeOnRequest();
markWhereTheReaderIs();

function hideCodeOnRequest(): void {
  const toggle = document.getElementById("site-code");
  if (!toggle) return;
  toggle.hidden = false;
  toggle.onclick = () => {
    const hidden = document.body.classList.toggle("hide-code");
    toggle.textContent = hidden ? "Show the code" : "Hide the code";
    toggle.setAttribute("aria-pressed", String(hidden));
  };
}

function markWhereTheReaderIs(): void {
  const places = [...document.querySelectorAll<HTMLAnchorElement>(".side ol ol a")].flatMap((link) => {
    const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    return heading ? [{ link, heading }] : [];
  });
  if (!places.length) return;
  const mark = () => {
    const here = places.filter(({ heading }) => heading.getBoundingClientRect().top < 140).pop();
    for (const place of places) place.link.classList.toggle("here", place === here);
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
}
