import { element } from "../element.js";

/** How many are chosen and how, or how to choose; with the buttons that then make sense. */
export function showHeading(count: number, why: string): void {
  const box = element("chosen");
  const images = count === 1 ? "image" : "images";
  box.querySelector("h2")!.textContent = count
    ? `${count.toLocaleString("en")} ${images} ${why}`
    : "Nothing chosen yet";
  box.querySelector("p")!.hidden = count > 0;
  element("all").hidden = count > 0;
  box.querySelector<HTMLElement>(".tools")!.hidden = !count;
  element("copy").textContent = "Copy ids";
}
