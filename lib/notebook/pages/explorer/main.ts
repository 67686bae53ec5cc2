import { element } from "../element.js";
import { AnswerBar } from "../labelling/answer-bar.js";
import { rowsThatPass } from "../labelling/filter.js";
import { FilterBar } from "../labelling/filter-bar.js";
import { Grid } from "../labelling/grid.js";
import { Help } from "../labelling/help.js";
import type { Answer } from "../labelling/label-codes.js";
import { Person } from "../labelling/person.js";
import { servedSource } from "../labelling/served-source.js";
import { noteOf } from "../labelling/standing-note.js";
import { showHeading } from "./chosen-heading.js";
import { chosenIds } from "./chosen-ids.js";
import { ColourBy } from "./colour-by.js";
import { Colouring } from "./colouring.js";
import { Details } from "./details.js";
import { Drawing } from "./drawing.js";
import { findById } from "./find-by-id.js";
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
// On a narrow screen points stay large enough for a finger, and the images come before the legend.
const narrow = matchMedia("(max-width: 760px)").matches;

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

const details = new Details(source, view, xy, drawing);
const colourBy = new ColourBy(source, colouring, (k) => details.known.add(k));
const help = new Help("Keys", keys(head));
const person = new Person(element<HTMLInputElement>("person"), source);
const filters = new FilterBar(element("filters"), source, refilter);
const grid = new Grid(element("grid"), source, {
  cursor: (row) => {
    details.about(row, () => grid.current);
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

/** Rings a point; -1, the cursor's. */
function ring(row: number): void {
  drawing.hover = row >= 0 ? row : grid.current;
  drawing.drawOver();
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
  showHeading(rows.length, why);
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

async function answer(given: Answer): Promise<void> {
  const rows = grid.targets;
  if (!rows.length) {
    hint = "Choose an image first: draw a lasso, or click one of the grid.";
    return draw();
  }
  const many = grid.selection.size > 0;
  hint = many ? `${rows.length.toLocaleString("en")} labelled. U takes them all back.` : "";
  // The next key is for what comes next, however long the disk takes.
  if (many) grid.select([]);
  else grid.seek((row) => row !== rows[0] && !labels.codes.isLabelled(row));
  if (!(await labels.give(rows, given, person.name))) {
    hint = "";
    grid.select(rows);
  }
  draw();
}

async function undo(): Promise<void> {
  const rows = await labels.undo(person.name);
  hint = rows.length > 1 ? `${rows.length.toLocaleString("en")} labels taken back.` : "";
  if (rows.length && !rows.includes(grid.current)) grid.seek((row) => row === rows[0]);
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
  details.hover(-1);
  details.hover(row);
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
  over: (at: Position | null) => void details.hover(at ? index.nearest(at, colouring.visible) : -1),
  drawing(loop) {
    drawing.loop = loop;
    drawing.drawOver();
  },
  async drawn(loop) {
    await choose(index.inside(loop, colouring.visible));
    if (narrow && chosen.length) element("chosen").scrollIntoView({ behavior: "smooth" });
  },
});

function setMode(mode: Mode): void {
  pointer.mode = mode;
  for (const name of ["move", "lasso", "box"]) element(name).ariaPressed = String(name === mode);
  plot.className = mode;
}

function toggleMosaic(): void {
  mosaic.on = head.has.pictures && !mosaic.on;
  element("mosaic").ariaPressed = String(mosaic.on);
  drawing.tinted = !mosaic.on;
  drawing.drawOver();
  mosaic.update();
}

const commands: Record<string, () => void> = {
  m: () => setMode("move"),
  l: () => setMode("lasso"),
  b: () => setMode("box"),
  w: () => {
    view.showAll();
    moved();
  },
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
element("reset").onclick = commands.w;
element("mosaic").onclick = toggleMosaic;
element("mosaic").hidden = !head.has.pictures;
const buttons: Record<string, () => void> = {
  enlarge: commands.g,
  clear,
  like: more,
  undo,
  next: commands.n,
};
Object.assign(buttons, { skip: commands.s, csv: () => labels.saveCsv(), helpButton: () => help.toggle() });
for (const [name, act] of Object.entries(buttons)) element(name).onclick = act;
element("all").onclick = () => choose(rowsThatPass(colouring.visible));
chosenIds(source, () => chosen);
size.oninput = () => {
  drawing.size = Number(size.value);
  drawing.restyle();
};
findById(source, centre);

labels.listen(() => {
  filters.draw();
  answers.draw();
  grid.refresh();
  colourBy.labelsChanged();
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
if (!narrow) size.value = head.n > 200_000 ? "1.5" : head.n > 50_000 ? "2" : head.n > 5000 ? "3" : "4.5";
if (narrow) element<HTMLDetailsElement>("key").open = false;
drawing.size = Number(size.value);
addEventListener("resize", fit);
fit(); // all of it
await colourBy.paint();
clear();
