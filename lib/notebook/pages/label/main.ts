import { element } from "../element.js";
import { drawFrame, drawStrip } from "./drawing.js";
import type { LabelState } from "./label-state.js";

const words = ["not at all", "hardly", "a little", "fairly", "very", "just what I seek"];
const noAnswer = "The kernel does not answer. Labels given so far are safe; run the cell again to go on.";
const image = element<HTMLImageElement>("image");
const undoButton = element<HTMLButtonElement>("undo");
const skipButton = element<HTMLButtonElement>("skip");

let state: LabelState | null = null;
/** An answer is on its way to the disk. */
let busy = false;
/** The image asked about is on the screen. */
let loaded = false;
let shown = -1;
let hint = "";
let failure = "";

const scores = words.map((text, score) => {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.score = String(score);
  button.innerHTML = `<b>${score}</b><span>${text}</span>`;
  button.title = `Key ${score}`;
  button.onclick = () => answer(score);
  return button;
});
element("scores").append(...scores);
undoButton.onclick = undo;
element("undoLast").onclick = undo;
skipButton.onclick = () => answer(null);
element("votes").onclick = votes;
image.onload = () => {
  loaded = true;
  draw();
};
image.onerror = () => {
  loaded = true;
  failure = "This image cannot be shown. Skip it, or score it if you know it.";
  draw();
};

// A key counts only for an image that is on the screen: a second, accidental press must not score the next one.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  if (/^[0-5]$/.test(key)) answer(Number(key));
  else if (key === "s") answer(null);
  else if (key === "u" || key === "backspace") undo();
  else if (key === "v") votes();
  else return;
  event.preventDefault();
});
addEventListener("focus", draw);
addEventListener("blur", draw);

const events = new EventSource("events");
events.onmessage = (event) => {
  state = JSON.parse(event.data) as LabelState;
  if (failure === noAnswer) failure = "";
  draw();
};
events.onerror = () => {
  if (state?.phase === "closed") return events.close();
  if (state) failure = noAnswer;
  draw();
};

async function call<T>(path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method: "POST",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const result = await response.json();
  if (!response.ok) throw new Error(result.error);
  return result as T;
}

async function act(work: () => Promise<void>): Promise<void> {
  if (busy) return;
  busy = true;
  hint = "";
  draw();
  try {
    await work();
    failure = "";
  } catch (error) {
    // fetch fails with a TypeError when nobody listens.
    failure = error instanceof TypeError ? noAnswer : (error as Error).message;
  }
  busy = false;
  draw();
}

const asked = () => (state && state.current >= 0 ? state.batch[state.current] : null);

function answer(score: number | null): void {
  const object = asked();
  if (!object || !loaded) return;
  act(async () => {
    state = await call<LabelState>(`score/${object.index}`, { score });
  });
}

function undo(): void {
  if (!state?.canUndo) return;
  act(async () => {
    state = await call<LabelState>("undo");
  });
}

function votes(): void {
  const object = asked();
  if (!object || !state?.hasVotes) return;
  act(async () => {
    const { score } = await call<{ score: number | null }>(`votes/${object.index}`);
    hint =
      score === null
        ? "The volunteers did not vote on this one."
        : `The volunteers' votes make it ${score} of 5. (That you looked is noted with your label.)`;
  });
}

function draw(): void {
  if (!state) return;
  drawFrame(state);
  drawStrip(state);
  const object = asked();
  if (state.phase !== "asking" || !object) {
    shown = -1;
    return;
  }
  if (object.index !== shown) {
    shown = object.index;
    loaded = false;
    hint = "";
    image.src = `image/${object.index}`;
    const next = state.batch.slice(state.current + 1).find((b) => b.score === undefined);
    if (next) new Image().src = `image/${next.index}`; // fetched while this one is looked at
  }
  element("picture").className = loaded ? "" : "loading";
  for (const button of [...scores, skipButton]) button.disabled = busy || !loaded;
  undoButton.disabled = busy || !state.canUndo;
  const keys = document.hasFocus()
    ? "Keys 0 to 5 score. Every label is saved at once."
    : "Click here once to score with the keys 0 to 5.";
  element("note").textContent = failure || hint || keys;
  element("note").className = failure ? "error" : "";
}
