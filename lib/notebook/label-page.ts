/** The labelling page, whole: no file beside it, nothing from the network. It draws what `LabelState` says. */
export const labelPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Label images</title>
<style>
  :root { --ink: #1a1a1a; --soft: #555; --line: #d5d9de; --blue: #0072b2; --ground: #f6f7f9; --warn: #b04a00; }
  * { box-sizing: border-box; }
  body { margin: 0; font: 16px/1.45 system-ui, "DejaVu Sans", Verdana, sans-serif; color: var(--ink); background: var(--ground); }
  main { max-width: 960px; margin: 0 auto; padding: 14px 18px; }
  header { display: flex; justify-content: space-between; gap: 16px; align-items: baseline; margin-bottom: 10px; }
  h1 { font-size: 18px; margin: 0; }
  #count { color: var(--soft); font-size: 14px; white-space: nowrap; }
  #bar { height: 4px; background: var(--line); border-radius: 2px; overflow: hidden; margin-bottom: 14px; }
  #bar > i { display: block; height: 100%; width: 0; background: var(--blue); transition: width .2s; }
  #work { display: flex; gap: 20px; align-items: flex-start; }
  #picture { flex: 0 0 auto; width: min(400px, 52vw); aspect-ratio: 1; background: #000; border-radius: 6px; position: relative; overflow: hidden; }
  #picture img { width: 100%; height: 100%; object-fit: contain; display: block; }
  #picture.loading img { opacity: .25; }
  #side { flex: 1 1 auto; min-width: 0; }
  #id { font-size: 14px; color: var(--soft); overflow-wrap: anywhere; margin: 0 0 12px; }
  #id b { color: var(--ink); }
  #scores { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; max-width: 380px; }
  button { font: inherit; color: inherit; background: #fff; border: 1px solid #aab2bb; border-radius: 6px; padding: 9px 10px; cursor: pointer; }
  button:hover:not(:disabled) { border-color: var(--blue); background: #eef5fa; }
  button:focus-visible { outline: 3px solid #56b4e9; outline-offset: 1px; }
  button:disabled { opacity: .45; cursor: default; }
  #scores button { text-align: left; line-height: 1.2; }
  #scores b { font-size: 20px; display: block; }
  #scores span { font-size: 12.5px; color: var(--soft); }
  #others { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; max-width: 380px; }
  #others button { font-size: 14px; padding: 6px 10px; }
  kbd { font: 12px ui-monospace, monospace; border: 1px solid #bbb; border-bottom-width: 2px; border-radius: 3px; padding: 0 4px; background: #fafafa; margin-left: 4px; color: var(--soft); }
  #note { min-height: 24px; margin: 12px 0 0; font-size: 14px; color: var(--soft); }
  #note.error { color: var(--warn); font-weight: 600; }
  #strip { display: flex; flex-wrap: wrap; gap: 6px; margin: 14px 0 0; padding: 0; list-style: none; }
  #strip li { width: 54px; text-align: center; font-size: 13px; color: var(--soft); }
  #strip img { width: 54px; height: 54px; object-fit: cover; background: #000; border-radius: 4px; border: 3px solid transparent; display: block; }
  #strip li.current img { border-color: #e69f00; }
  #strip li.done { color: var(--ink); font-weight: 600; }
  #rest { text-align: center; padding: 90px 20px; color: var(--soft); }
  #rest strong { display: block; color: var(--ink); font-size: 18px; margin-bottom: 6px; }
  [hidden] { display: none !important; }
  @media (max-width: 620px) { #work { flex-direction: column; } #picture { width: 100%; } }
</style>
</head>
<body>
<main>
  <header><h1 id="question"></h1><div id="count" role="status"></div></header>
  <div id="bar"><i></i></div>
  <div id="work" hidden>
    <div id="picture"><img id="image" alt="The object to be scored"></div>
    <div id="side">
      <p id="id"></p>
      <div id="scores" role="group" aria-label="Score"></div>
      <div id="others">
        <button id="undo" type="button">Undo<kbd>U</kbd></button>
        <button id="skip" type="button">Skip<kbd>S</kbd></button>
        <button id="votes" type="button">Show votes<kbd>V</kbd></button>
      </div>
      <p id="note" role="status"></p>
    </div>
  </div>
  <div id="rest"><strong></strong><span></span><p><button id="undoLast" type="button">Undo the last one<kbd>U</kbd></button></p></div>
  <ul id="strip" aria-label="This round"></ul>
</main>
<script>
"use strict";
const words = ["not at all", "hardly", "a little", "fairly", "very", "just what I seek"];
const $ = (id) => document.getElementById(id);
let state = null, busy = false, loaded = false, shown = -1, hint = "";

words.forEach((text, score) => {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.score = score;
  button.innerHTML = "<b>" + score + "</b><span>" + text + "</span>";
  button.title = "Key " + score;
  button.onclick = () => answer(score);
  $("scores").append(button);
});
$("undo").onclick = undo;
$("undoLast").onclick = undo;
$("skip").onclick = () => answer(null);
$("votes").onclick = votes;
$("image").onload = () => { loaded = true; draw(); };
$("image").onerror = () => { loaded = true; say("This image cannot be shown. Skip it, or score it if you know it.", true); draw(); };

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

async function call(path, body) {
  const response = await fetch(path, { method: "POST", body: body === undefined ? undefined : JSON.stringify(body) });
  const result = await response.json();
  if (!response.ok) throw new Error(result.error);
  return result;
}

async function act(work) {
  if (busy) return;
  busy = true;
  hint = "";
  draw();
  try {
    await work();
    $("note").className = "";
  } catch (error) {
    const lost = error instanceof TypeError;
    say(lost ? "The kernel does not answer. Labels given so far are safe; run the cell again to go on." : error.message, true);
  }
  busy = false;
  draw();
}

function answer(score) {
  if (!state || state.current < 0 || !loaded) return;
  const object = state.batch[state.current];
  act(async () => { state = await call("score/" + object.index, { score }); });
}

function undo() {
  if (!state || !state.canUndo) return;
  act(async () => { state = await call("undo"); });
}

function votes() {
  if (!state || state.current < 0 || !state.hasVotes) return;
  const object = state.batch[state.current];
  act(async () => {
    const { score } = await call("votes/" + object.index);
    hint = score === null ? "The volunteers did not vote on this one." : "The volunteers' votes make it " + score + " of 5. (That you looked is noted with your label.)";
  });
}

function say(text, error) {
  $("note").textContent = text;
  $("note").className = error ? "error" : "";
}

function draw() {
  if (!state) return;
  const { batch, current, phase } = state;
  const asking = phase === "asking";
  const done = batch.filter((b) => b.score !== undefined).length;
  $("question").textContent = state.question;
  $("count").textContent = state.given + (state.total ? " of " + state.total : "") + " labelled";
  document.querySelector("#bar > i").style.width = 100 * (state.total ? state.given / state.total : done / Math.max(1, batch.length)) + "%";
  $("work").hidden = !asking;
  $("rest").hidden = asking;
  if (asking) {
    const object = batch[current];
    if (object.index !== shown) {
      shown = object.index;
      loaded = false;
      hint = "";
      $("image").src = "image/" + object.index;
      const next = batch.slice(current + 1).find((b) => b.score === undefined);
      if (next) new Image().src = "image/" + next.index;
    }
    $("picture").className = loaded ? "" : "loading";
    $("id").innerHTML = "Image <b>" + (done + 1) + " of " + batch.length + "</b> in this round<br>";
    $("id").append(object.id);
    for (const button of $("scores").children) button.disabled = busy || !loaded;
    $("skip").disabled = busy || !loaded;
    $("undo").disabled = busy || !state.canUndo;
    $("votes").hidden = !state.hasVotes;
    if ($("note").className !== "error")
      say(hint || (document.hasFocus() ? "Keys 0 to 5 score. Every label is saved at once." : "Click here once to score with the keys 0 to 5."), false);
  } else {
    shown = -1;
    const closed = phase === "closed";
    $("undoLast").parentNode.hidden = closed || !state.canUndo;
    $("rest").children[0].textContent = closed ? "Done." : batch.length ? "Learning from your labels" : "Getting ready";
    $("rest").children[1].textContent = closed
      ? "All labels are saved. This panel can be closed; the notebook goes on."
      : batch.length ? "The next images appear here in a moment." : "The first images appear here in a moment.";
  }
  const strip = $("strip");
  const key = batch.map((b) => b.index).join();
  if (strip.dataset.key !== key) {
    strip.dataset.key = key;
    strip.replaceChildren(...batch.map((b) => {
      const item = document.createElement("li");
      const image = document.createElement("img");
      image.src = "image/" + b.index;
      image.alt = b.id;
      item.append(image, document.createElement("span"));
      return item;
    }));
  }
  batch.forEach((b, i) => {
    const item = strip.children[i];
    item.className = i === current ? "current" : b.score !== undefined ? "done" : "";
    item.lastChild.textContent = b.score === undefined ? "\\u00a0" : b.score === null ? "skip" : b.score;
  });
}

const events = new EventSource("events");
events.onmessage = (event) => { state = JSON.parse(event.data); draw(); };
events.onerror = () => {
  if (state && state.phase === "closed") return events.close();
  if (state) say("The kernel does not answer. Labels given so far are safe; run the cell again to go on.", true);
};
</script>
</body>
</html>
`;
