import { element } from "../element.js";

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly number[];

/** A category in the legend: a click hides or shows it, a double click shows it alone. */
export interface LegendEntry {
  name: string;
  count: number;
  hidden: boolean;
  colour: Rgb;
  stamp: number;
  toggle(): void;
  alone(): void;
}

/** The stamps as SVG, in the order of their numbers. */
const marks = [
  '<circle cx="6" cy="6" r="5"/>',
  '<path d="M6 0 12 6 6 12 0 6Z"/>',
  '<path d="M1 1h10v10H1Z"/>',
];

/** Names travel as text, never as markup. */
export function drawCategories(name: string, entries: readonly LegendEntry[]): void {
  title(name);
  element("legend").replaceChildren(
    ...entries.map((entry) => {
      const button = document.createElement("button");
      button.type = "button";
      button.innerHTML = `<svg width="12" height="12" fill="rgb(${entry.colour})">${marks[entry.stamp]}</svg>`;
      button.append(`${entry.name} (${entry.count})`);
      button.className = entry.hidden ? "off" : "";
      button.title = "Click to hide or show; double click for this one alone";
      button.onclick = entry.toggle;
      button.ondblclick = entry.alone;
      return button;
    }),
  );
}

/** The scale of a column of numbers; null, it has none. */
export function drawScale(
  name: string,
  range: { low: number; high: number; colours: readonly Rgb[] } | null,
): void {
  title(name);
  if (!range) {
    element("legend").textContent = "no values";
    return;
  }
  const stops = range.colours.map((colour) => `rgb(${colour})`).join();
  const ends = [range.low, range.high].map((value) => `<span>${+value.toPrecision(3)}</span>`).join("");
  element("legend").innerHTML =
    `<div id="scale"><i style="background:linear-gradient(90deg,${stops})"></i><div>${ends}</div></div>`;
}

function title(name: string): void {
  element("key").querySelector("h2")!.textContent = name;
}
