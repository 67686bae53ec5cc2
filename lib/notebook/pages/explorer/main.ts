import { element } from "../element.js";
import { AnswerBar } from "../labelling/answer-bar.js";
import { labelColumns } from "../labelling/filter.js";
import { FilterBar } from "../labelling/filter-bar.js";
import { Grid } from "../labelling/grid.js";
import { Help } from "../labelling/help.js";
import type { Answer } from "../labelling/label-codes.js";
import { type Column, valueText } from "../labelling/page-head.js";
import { Person } from "../labelling/person.js";
import { servedSource } from "../labelling/served-source.js";
import { linksOf } from "../labelling/sky-links.js";
import { noteOf } from "../labelling/standing-note.js";
import { showCard } from "./card.js";
import { chosenIds } from "./chosen-ids.js";
import { Colouring } from "./colouring.js";
import { Drawing } from "./drawing.js";
import { keys } from "./keys.js";
import { Mosaic } from "./mosaic.js";
import { offlineSource } from "./offline-source.js";
import { PointIndex } from "./point-index.js";
import { type Mode, Pointer } from "./pointer.js";
import { type Position, View } from "./view.js";

const inline = document.getElementById("data");
const source = inline ? offlineSource(JSON.parse(inline.textContent!)) : await servedSource();
const { head, labels } = source;
const xy = await source.plane();
const plot = element("plot");
const over = element<HTMLCanvasElement>("over");
const size = element<HTMLInputElement>("size");
const find = element<HTMLInputElement>("find");
const column = element<HTMLSelectElement>("column");

const view = new View(xy);
const index = new PointIndex(xy, view);
const colouring = new Colouring(head.n, head.palette, () => {
  drawing.restyle();
  mosaic.update();
});
const drawing: Drawing = new Drawing(element<HTMLCanvasElement>("points"), over, xy, index, view, colouring);
const mosaic: Mosaic = new Mosaic(element("pictures"), source, xy, view, index, colouring.visible);
// For the console and for measurements: `explorer.screenX(x)` says where a place of the plane is.
Object.assign(window, { explorer: view, drawing });

const help = new Help("Keys", keys(head));
const person = new Person(element<HTMLInputElement>("person"), source);
const filters = new FilterBar(element("filters"), source, refilter);
const grid = new Grid(element("grid"), source, {
  cursor: (row) => {
    about(row);
    ring(row);
  },
  hover: ring,
  open: centre,
  selected: draw,
});
grid.size = 88;
const answers = new AnswerBar(element("answerBar"), source, answer);

/** What was chosen last, and how; of it, what passes the filters. */
let picked: { rows: Uint32Array; why: string } = { rows: new Uint32Array(0), why: "chosen" };
let chosen = picked.rows;
let hint = "";

/** Rings a point; -1, that of the cursor, if any. */
function ring(row: number): void {
  drawing.hover = row >= 0 ? row : grid.current;
  drawing.drawOver();
}

async function hover(row: number): Promise<void> {
  if (row === drawing.hover && row >= 0) return;
  drawing.hover = row;
  drawing.drawOver();
  if (row < 0) return showCard(null);
  // What is known of a point is what has been fetched to colour or filter by, and what is in the page anyway.
  const known = inline ? head.columns.map((_, k) => k) : [...fetched];
  const [[id], ...columns] = await Promise.all([source.ids([row]), ...known.map((k) => source.column(k))]);
  if (drawing.hover !== row) return;
  const values = columns.map((c) => ({ name: c.name, value: valueText(c, row) }));
  const { score, class: name } = labels.codes.words(row);
  if (score ?? name)
    values.push({ name: "label", value: [name, score].filter((w) => w !== null).join(", ") });
  const image = source.picture(row, 160);
  showCard({ id, values, image }, view.screenX(xy[2 * row]), view.screenY(xy[2 * row + 1]));
}

/** Columns that were asked for. */
const fetched = new Set<number>();

async function about(row: number): Promise<void> {
  element("about").hidden = row < 0;
  element("like").hidden = !source.similar;
  if (row < 0) return;
  const [[id], links] = await Promise.all([source.ids([row]), linksOf(source, row)]);
  if (row !== grid.current) return;
  element("about").querySelector("b")!.textContent = id;
  element("about")
    .querySelector(".links")!
    .replaceChildren(...links);
}

function choose(rows: Uint32Array, why = "chosen"): Promise<void> {
  picked = { rows, why };
  return showChosen(rows, why);
}

async function showChosen(rows: Uint32Array, why: string): Promise<void> {
  chosen = rows;
  const mask = rows.length && rows.length < head.n ? new Uint8Array(head.n) : null;
  if (mask) for (const row of rows) mask[row] = 1;
  drawing.chosen = mask;
  drawing.restyle();
  const box = element("chosen");
  const images = rows.length === 1 ? "image" : "images";
  box.querySelector("h2")!.textContent = rows.length
    ? `${rows.length.toLocaleString("en")} ${images} ${why}`
    : "Nothing chosen yet";
  box.querySelector("p")!.hidden = rows.length > 0;
  element("all").hidden = rows.length > 0;
  box.querySelector<HTMLElement>(".tools")!.hidden = !rows.length;
  element("copy").textContent = "Copy ids";
  grid.show(why === "chosen" ? await filters.sorted(rows.slice()) : rows);
  draw();
}

function clear(): void {
  drawing.loop = [];
  hint = "";
  enlarge(false);
  choose(new Uint32Array(0));
}

/** The filters changed: which points are drawn, and what is left of the chosen. */
async function refilter(): Promise<void> {
  colouring.show(await filters.passes());
  const { rows, why } = picked;
  if (rows.length)
    await showChosen(
      rows.filter((row) => colouring.visible[row]),
      why,
    );
}

async function recolour(): Promise<void> {
  colouring.by(await columnOf(column.value));
}

async function columnOf(value: string): Promise<Column | null> {
  if (value === "") return null;
  const k = Number(value);
  if (k >= head.columns.length) return labelColumns(labels.codes)[k - head.columns.length];
  fetched.add(k);
  return source.column(k);
}

async function answer(given: Answer): Promise<void> {
  const rows = grid.targets;
  if (!rows.length) {
    hint = "Choose an image first: draw a lasso, or click one of the grid.";
    return draw();
  }
  const many = grid.selection.size > 0;
  hint = many ? `${rows.length.toLocaleString("en")} labelled. U takes them all back.` : "";
  if (!many) grid.seek((row) => row !== rows[0] && !labels.codes.isLabelled(row));
  const stored = await labels.give(rows, given, person.name);
  if (!stored) hint = "";
  else if (many) grid.clearSelection();
  draw();
}

async function undo(): Promise<void> {
  const rows = await labels.undo(person.name);
  hint = rows.length > 1 ? `${rows.length.toLocaleString("en")} labels taken back.` : "";
  if (rows.length) grid.seek((row) => row === rows[0]);
  draw();
}

async function more(): Promise<void> {
  const row = grid.current;
  if (row < 0 || !source.similar) return;
  const rows = await source.similar(row, 200).catch((error: Error) => {
    hint = error.message;
    return [];
  });
  if (rows.length) choose(Uint32Array.from([row, ...rows]), "like this one, the nearest first");
}

function centre(row: number): void {
  view.showAt([xy[2 * row], xy[2 * row + 1]]);
  moved();
  hover(-1);
  hover(row);
}

function moved(): void {
  drawing.repaint();
  mosaic.update();
}

function enlarge(large: boolean): void {
  document.body.classList.toggle("large", large);
  element("enlarge").ariaPressed = String(large);
  grid.size = large ? 128 : 88;
  fit();
}

function fit(): void {
  drawing.fit(plot);
  if (view.whole) view.showAll();
  moved();
}

const pointer = new Pointer(over, view, {
  moved,
  over: (at: Position | null) => void hover(at ? index.nearest(at, colouring.visible) : -1),
  drawing(loop) {
    drawing.loop = loop;
    drawing.drawOver();
  },
  drawn: (loop) => void choose(index.inside(loop, colouring.visible)),
});

function setMode(mode: Mode): void {
  pointer.mode = mode;
  for (const name of ["move", "lasso", "box"]) element(name).ariaPressed = String(name === mode);
  plot.className = mode;
}

function wholePlane(): void {
  view.showAll();
  moved();
}

function toggleMosaic(): void {
  mosaic.on = head.has.pictures && !mosaic.on;
  element("mosaic").ariaPressed = String(mosaic.on);
  mosaic.update();
}

const commands: Record<string, () => void> = {
  m: () => setMode("move"),
  l: () => setMode("lasso"),
  b: () => setMode("box"),
  w: wholePlane,
  i: toggleMosaic,
  g: () => enlarge(!document.body.classList.contains("large")),
  f: () => filters.focus(),
  u: undo,
  s: () => answer({ score: null }),
  n: () => grid.seek((row) => !labels.codes.isLabelled(row)),
  "+": more,
  "=": more,
  escape: clear,
};
addEventListener("keydown", (event) => {
  const { target } = event;
  const typing = target instanceof HTMLInputElement && target.type !== "range";
  if (typing && event.key === "Escape") target.blur();
  const onButton = target instanceof HTMLButtonElement && [" ", "Enter"].includes(event.key);
  if (typing || onButton || target instanceof HTMLSelectElement || event.altKey) return;
  const held = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (key === "?") help.toggle();
  else if (help.open || (held && !"za".includes(key))) return;
  else if (held && key === "z") undo();
  else if (chosen.length && grid.key(event)) ring(-1);
  else if (held || (event.repeat && !key.startsWith("arrow"))) return;
  else if (key in commands) commands[key]();
  else if (!answers.key(key)) return;
  event.preventDefault();
});
for (const mode of ["move", "lasso", "box"] as const) element(mode).onclick = () => setMode(mode);
element("reset").onclick = wholePlane;
element("mosaic").onclick = toggleMosaic;
element("mosaic").hidden = !head.has.pictures;
element("enlarge").onclick = commands.g;
element("clear").onclick = clear;
element("like").onclick = more;
element("undo").onclick = undo;
element("skip").onclick = commands.s;
element("next").onclick = commands.n;
element("csv").onclick = () => labels.saveCsv();
element("helpButton").onclick = () => help.toggle();
element("all").onclick = () => {
  const rows = Uint32Array.from({ length: head.n }, (_, row) => row);
  choose(rows.filter((row) => colouring.visible[row]));
};
chosenIds(source, () => chosen);
size.oninput = () => {
  drawing.size = Number(size.value);
  drawing.restyle();
};
find.oninput = () => find.setCustomValidity("");
find.onchange = async () => {
  if (!find.value.trim()) return;
  const row = await source.named(find.value);
  if (row >= 0) centre(row);
  find.setCustomValidity(row >= 0 ? "" : "No image is called that.");
  find.reportValidity();
};
column.onchange = recolour;

labels.listen(() => {
  filters.draw();
  answers.draw();
  grid.refresh();
  if (Number(column.value) >= head.columns.length) recolour();
  draw();
});

function draw(): void {
  const { codes, standing, asked } = labels;
  element("count").textContent = `${codes.count().toLocaleString("en")} labelled`;
  const selected = grid.selection.size;
  const plain = selected
    ? `${selected.toLocaleString("en")} selected: an answer goes to all of them.`
    : inline
      ? "Labels stay in this browser: Save CSV takes them out."
      : `Every label is saved at once, in ${head.labels}.`;
  const { text, isError } = noteOf(standing, asked?.phase === "closed", hint || plain);
  element("note").textContent = text;
  element("note").className = isError ? "error" : "";
  element("answers").hidden = !chosen.length;
  element("grid").hidden = !chosen.length;
}

document.querySelector("h1")!.textContent = head.title;
document.querySelector("header p")!.textContent = head.subtitle;
element("hint").textContent =
  `${head.n.toLocaleString("en")} points. Drag to move, scroll to zoom, hold Shift to draw a lasso. ` +
  "Both axes are in arbitrary units.";
column.append(
  ...(head.columns.length ? [] : [new Option("nothing", "")]),
  ...head.columns.map(({ name }, k) => new Option(name, String(k))),
  ...labelColumns(labels.codes).map(({ name }, k) => new Option(name, String(head.columns.length + k))),
);
// On a narrow screen points stay large enough for a finger, and the images come before the legend.
const narrow = matchMedia("(max-width: 760px)").matches;
if (!narrow) size.value = head.n > 200_000 ? "1.5" : head.n > 50_000 ? "2" : head.n > 5000 ? "3" : "4.5";
if (narrow) element<HTMLDetailsElement>("key").open = false;
drawing.size = Number(size.value);
addEventListener("resize", fit);
drawing.fit(plot);
wholePlane();
await recolour();
clear();
