import { element } from "../element.js";
import { showCard } from "./card.js";
import { ChosenPanel } from "./chosen-panel.js";
import { Colouring } from "./colouring.js";
import { Drawing } from "./drawing.js";
import { decodeBytes, decodeColumn, type ExplorerData, valueText } from "./explorer-data.js";
import { PointIndex } from "./point-index.js";
import { Thumbnails } from "./thumbnails.js";
import { type Position, View } from "./view.js";

const data = JSON.parse(element("data").textContent!) as ExplorerData;
const xy = new Float32Array(decodeBytes(data.xy));
const columns = data.columns.map(decodeColumn);
const thumbnails = new Thumbnails([...document.querySelectorAll(".sheet")], data.perSide, data.thumbnailSize);
const plot = element("plot");
const over = element<HTMLCanvasElement>("over");
const size = element<HTMLInputElement>("size");
const find = element<HTMLInputElement>("find");

const view = new View(xy);
// For the console: `explorer.screenX(x)` says where a place of the plane is.
Object.assign(window, { explorer: view });
const index = new PointIndex(xy, view);
const colouring = new Colouring(data.n, data.palette, () => drawing.repaint());
const drawing: Drawing = new Drawing(element<HTMLCanvasElement>("points"), over, xy, view, colouring);
const panel = new ChosenPanel(data.ids, thumbnails, { point: hover, find: centre, clear });

function hover(i: number): void {
  if (i === drawing.hover) return;
  drawing.hover = i;
  drawing.drawOver();
  if (i < 0) {
    showCard(null);
    return;
  }
  const values = columns.map((column) => ({ name: column.name, value: valueText(column, i) }));
  const image = thumbnails.size ? thumbnails.canvas(i) : null;
  showCard({ id: data.ids[i], values, image }, view.screenX(xy[2 * i]), view.screenY(xy[2 * i + 1]));
}

function choose(points: readonly number[]): void {
  drawing.chosen = new Set(points);
  panel.show(points);
  drawing.repaint();
}

function clear(): void {
  drawing.loop = [];
  choose([]);
}

function centre(i: number): void {
  view.showAt([xy[2 * i], xy[2 * i + 1]]);
  hover(-1);
  hover(i);
  drawing.repaint();
}

function wholePlane(): void {
  view.showAll();
  drawing.repaint();
}

let mode: "move" | "lasso" = "move";
function setMode(next: typeof mode): void {
  mode = next;
  for (const name of ["move", "lasso"]) element(name).setAttribute("aria-pressed", String(name === mode));
  plot.className = mode;
}

/** What the pressed pointer does: draws the lasso, or holds a place of the plane. */
let drag: { lasso: true } | { lasso: false; place: Position } | null = null;
const at = (event: MouseEvent): Position => {
  const box = over.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};
over.onpointerdown = (event) => {
  over.setPointerCapture(event.pointerId);
  const place = view.plane(at(event));
  drag = mode === "lasso" || event.shiftKey ? { lasso: true } : { lasso: false, place };
  if (drag.lasso) drawing.loop = [place];
  hover(-1);
};
over.onpointermove = (event) => {
  if (!drag) return hover(index.nearest(at(event), colouring.visible));
  if (drag.lasso) {
    drawing.loop.push(view.plane(at(event)));
    drawing.drawOver();
  } else {
    view.move(drag.place, at(event));
    drawing.repaint();
  }
};
over.onpointerup = () => {
  if (drag?.lasso && drawing.loop.length > 2) choose(index.inside(drawing.loop, colouring.visible));
  drag = null;
};
over.onpointercancel = () => {
  drag = null;
};
over.onpointerleave = () => {
  if (!drag) hover(-1);
};
over.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    view.zoomBy(Math.exp(-Math.max(-200, Math.min(200, event.deltaY)) * 0.002), at(event));
    hover(-1);
    drawing.repaint();
  },
  { passive: false },
);

addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = { m: () => setMode("move"), l: () => setMode("lasso"), r: wholePlane, escape: clear };
  act[event.key.toLowerCase() as keyof typeof act]?.();
});
element("move").onclick = () => setMode("move");
element("lasso").onclick = () => setMode("lasso");
element("reset").onclick = wholePlane;

size.oninput = () => {
  drawing.size = Number(size.value);
  drawing.repaint();
};
find.oninput = () => find.setCustomValidity("");
find.onchange = () => {
  const text = find.value.trim().toLowerCase();
  if (!text) return;
  const ids = data.ids.map((id) => id.toLowerCase());
  const i = ids.includes(text) ? ids.indexOf(text) : ids.findIndex((id) => id.includes(text));
  if (i >= 0) centre(i);
  find.setCustomValidity(i >= 0 ? "" : "No image is called that.");
  find.reportValidity();
};
const column = element<HTMLSelectElement>("column");
column.append(...columns.map(({ name }, k) => new Option(name, String(k))));
column.parentElement!.hidden = !columns.length;
column.onchange = () => colouring.by(columns[Number(column.value)]);

document.querySelector("h1")!.textContent = data.title;
document.querySelector("header p")!.textContent = data.subtitle;
element("hint").textContent =
  `${data.n.toLocaleString("en")} points. Drag to move, scroll to zoom, hold Shift to draw a lasso. Both axes are in arbitrary units.`;
// On a narrow screen points stay large enough for a finger.
if (!matchMedia("(max-width: 760px)").matches)
  size.value = data.n > 50000 ? "2" : data.n > 5000 ? "3" : "4.5";
drawing.size = Number(size.value);
addEventListener("resize", () => {
  drawing.fit(plot);
  drawing.repaint();
});
drawing.fit(plot);
wholePlane();
colouring.by(columns[0] ?? null);
choose([]);
