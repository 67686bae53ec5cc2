import { element } from "../element.js";
import { AnswerBar } from "../labelling/answer-bar.js";
import { rowsThatPass } from "../labelling/filter.js";
import { FilterBar } from "../labelling/filter-bar.js";
import { Grid } from "../labelling/grid.js";
import { Help } from "../labelling/help.js";
import { type Answer, NO_SCORE } from "../labelling/label-codes.js";
import { Person } from "../labelling/person.js";
import { servedSource } from "../labelling/served-source.js";
import { noteOf } from "../labelling/standing-note.js";
import { drawProgress, drawRest, drawStrip } from "./drawing.js";
import { keys } from "./keys.js";
import { OneImage } from "./one-image.js";

const source = await servedSource();
const { head, labels } = source;
const { codes } = labels;
const help = new Help("Keys", keys(head));
const person = new Person(element<HTMLInputElement>("person"), source);
const one = new OneImage(source, () => draw());
const filters = new FilterBar(element("filters"), source, () => {
  chosen = true;
  relist();
});
const grid = new Grid(element("grid"), source, {
  cursor: () => draw(),
  hover: () => {},
  open: () => setView("one"),
  selected: () => draw(),
});
const answers = new AnswerBar(element("answerBar"), source, answer);

let view: "grid" | "one" = "grid";
/** The person chose what is shown: a search that asks no longer changes it. */
let chosen = false;
/** An answer of the view of one image is on its way to the disk. */
let busy = false;
let hint = "";
let round = "";

/** Rows whose answer is on its way to the disk. */
const pending = new Set<number>();

/** Whether a row waits for an answer: of a search for a score, else for any. */
const isOpen = (row: number) =>
  !pending.has(row) && (filters.choice === "asked" ? codes.score[row] === NO_SCORE : !codes.isLabelled(row));

async function relist(at = -1): Promise<void> {
  const passes = await filters.passes();
  const { asked } = labels;
  if (filters.choice === "asked") grid.show((asked?.asked ?? []).filter((row) => passes[row]));
  else grid.show(await filters.sorted(rowsThatPass(passes)), at);
  listed = passes;
  if (view === "one" && at < 0 && grid.current >= 0 && !isOpen(grid.current)) grid.seek(isOpen);
  draw();
}
let listed: Uint8Array = new Uint8Array(0);

function setView(next: typeof view): void {
  view = next;
  const shown = grid.current;
  document.body.className = view;
  element(view === "one" ? "side" : "dock").append(element("answers"));
  element("asGrid").ariaPressed = String(view === "grid");
  element("asOne").ariaPressed = String(view === "one");
  if (view === "one") grid.select([]);
  else if (shown >= 0) grid.focus();
  draw();
}

async function answer(given: Answer): Promise<void> {
  const rows = view === "one" ? [grid.current].filter((row) => row >= 0) : grid.targets;
  // A key counts only for an image that is on the screen: a second, accidental press must not label the next one.
  if (!rows.length || busy || (view === "one" && !one.loaded)) return;
  const many = grid.selection.size > 0;
  busy = view === "one";
  hint = "";
  for (const row of rows) pending.add(row);
  // In the grid the hand runs ahead of the disk; in the view of one the image stays until its label is there.
  if (many) grid.select([]);
  else if (!busy) grid.seek(isOpen);
  draw();
  const stored = await labels.give(rows, given, person.name);
  for (const row of rows) pending.delete(row);
  if (!stored) grid.select(rows);
  else if (many) hint = `${rows.length.toLocaleString("en")} labelled. U takes them all back.`;
  else if (busy && grid.current === rows[0]) grid.seek((row) => row !== rows[0] && isOpen(row));
  busy = false;
  draw();
}

async function undo(): Promise<void> {
  if (busy) return;
  hint = "";
  const rows = await labels.undo(person.name);
  if (rows.length === 1 && !grid.list.includes(rows[0])) await relist(rows[0]);
  if (rows.length && !rows.includes(grid.current)) grid.seek((row) => row === rows[0]);
  if (rows.length > 1) hint = `${rows.length.toLocaleString("en")} labels taken back.`;
  draw();
}

function skip(): void {
  answer(head.scores ? { score: null } : { class: null });
}

function next(): void {
  if (!grid.seek(isOpen)) hint = "None of these waits for a label.";
  draw();
}

async function votes(): Promise<void> {
  const row = grid.current;
  if (!source.votes || row < 0) return;
  const score = await source.votes(row).catch(() => null);
  if (row !== grid.current) return;
  hint =
    score === null
      ? "The volunteers did not vote on this one."
      : `The volunteers' votes make it ${score} of 5. (That you looked is noted with your label.)`;
  draw();
}

labels.listen(() => {
  filters.draw();
  answers.draw();
  grid.refresh();
  const asked = labels.asked?.asked.join() ?? "";
  if (asked && asked !== round) {
    round = asked;
    // A search asks: its images come first, unless the person is at something else.
    if (!chosen || filters.choice === "asked") {
      filters.choice = "asked";
      filters.draw();
      if (view !== "one") setView("one");
      relist();
    }
  }
  // Another tab or person answered what is asked about here.
  const stale = view === "one" && filters.choice === "asked" && grid.current >= 0 && !isOpen(grid.current);
  if (stale && !busy) grid.seek(isOpen);
  draw();
});

element("asGrid").onclick = () => setView("grid");
element("asOne").onclick = () => setView("one");
element("helpButton").onclick = () => help.toggle();
element("undo").onclick = undo;
element("skip").onclick = skip;
element("next").onclick = next;
element("votes").onclick = votes;
element("votes").hidden = !source.votes;
element("update").onclick = () => relist(grid.current);
element("csv").onclick = () => labels.saveCsv();
const size = element<HTMLInputElement>("size");
size.oninput = () => {
  grid.size = Number(size.value);
};

addEventListener("keydown", (event) => {
  const { target } = event;
  const typing = target instanceof HTMLInputElement && target.type !== "range";
  if (typing && event.key === "Escape") target.blur();
  if (typing || target instanceof HTMLSelectElement || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && !"za".includes(event.key)) return;
  if (event.key === "?" || (help.open && event.key === "Escape")) help.toggle();
  else if (help.open) return;
  else if (!act(event)) return;
  event.preventDefault();
});

function act(event: KeyboardEvent): boolean {
  const onButton = event.target instanceof HTMLButtonElement && [" ", "Enter"].includes(event.key);
  if (onButton) return false;
  if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo();
  else if (view === "one" && event.key === "Escape") setView("grid");
  else if (grid.key(event)) return true;
  else if (event.ctrlKey || event.metaKey || event.repeat) return false;
  else {
    const key = event.key.toLowerCase();
    const commands: Record<string, () => void> = {
      u: undo,
      backspace: undo,
      s: skip,
      v: votes,
      n: next,
      g: () => setView(view === "grid" ? "one" : "grid"),
      f: () => filters.focus(),
    };
    if (key in commands) commands[key]();
    else return answers.key(key);
  }
  return true;
}

function draw(): void {
  const { asked, standing } = labels;
  const row = grid.current;
  const done = view === "one" && filters.choice === "asked" && (row < 0 || !isOpen(row)) && !busy;
  const nothing = !grid.list.length;
  drawProgress(labels, filters.choice === "asked" ? grid.list : null);
  element("grid").hidden = view === "one" || nothing;
  element("empty").hidden = view === "one" || !nothing;
  element("empty").textContent =
    filters.choice === "unlabelled" ? "Everything here is labelled." : "No image passes these filters.";
  element("work").hidden = view === "grid" || done || nothing;
  element("rest").hidden = view === "grid" || !(done || nothing);
  drawRest(asked, filters.choice === "asked");
  drawStrip(view === "one" && filters.choice === "asked" ? grid.list : [], row, source);
  if (view === "one" && row >= 0 && !done) one.show(row, grid.list, grid.list.indexOf(row), isOpen);
  answers.disabled = busy || asked?.phase === "closed" || (view === "one" && !one.loaded);
  element<HTMLButtonElement>("skip").disabled = busy;
  const stale = filters.choice !== "asked" && filters.choice !== "all" && isStale();
  element("update").hidden = !stale;
  element("update").textContent = "Update the list";
  const selected = grid.selection.size;
  const plain = selected
    ? `${selected.toLocaleString("en")} selected: an answer goes to all of them.`
    : document.hasFocus()
      ? `${matchMedia("(hover: none)").matches ? "" : "? shows the keys. "}Every label is saved at once.`
      : "Click here once to label with the keys.";
  const { text, isError } = noteOf(standing, asked?.phase === "closed", hint || plain);
  element("note").textContent = text;
  element("note").className = isError ? "error" : "";
}

/** Whether a row in the list no longer passes the choice of labels, looked for among the first thousand. */
function isStale(): boolean {
  const rows = grid.list.slice(0, 1000);
  return filters.choice === "unlabelled" && listed.length > 0 && rows.some((row) => codes.isLabelled(row));
}

addEventListener("focus", draw);
addEventListener("blur", draw);
element("question").textContent = labels.asked?.question ?? head.title;
document.title = head.title;
setView("grid");
await relist();
grid.focus();
