import { element } from "../element.js";
import type { LabelState } from "./label-state.js";

/** Question, count, bar, and which object is asked about, or what happens while none is. */
export function drawFrame({
  question,
  batch,
  current,
  given,
  total,
  canUndo,
  hasVotes,
  phase,
}: LabelState): void {
  const done = batch.filter((b) => b.score !== undefined).length;
  element("question").textContent = question;
  element("count").textContent = `${given}${total ? ` of ${total}` : ""} labelled`;
  const share = total ? given / total : done / Math.max(1, batch.length);
  element("bar").querySelector("i")!.style.width = `${100 * share}%`;
  element("votes").hidden = !hasVotes;
  element("work").hidden = phase !== "asking";
  element("rest").hidden = phase === "asking";
  if (phase === "asking") {
    element("id").innerHTML = `Image <b>${done + 1} of ${batch.length}</b> in this round<br>`;
    element("id").append(batch[current].id);
    return;
  }
  const closed = phase === "closed";
  const next = batch.length ? "next" : "first";
  element("undoLast").parentElement!.hidden = closed || !canUndo;
  const [title, text] = element("rest").children;
  title.textContent = closed ? "Done." : batch.length ? "Learning from your labels" : "Getting ready";
  text.textContent = closed
    ? "All labels are saved. This panel can be closed; the notebook goes on."
    : `The ${next} images appear here in a moment.`;
}

/** The round's objects, small, each with the score it was given. */
export function drawStrip({ batch, current }: LabelState): void {
  const strip = element("strip");
  const key = batch.map((b) => b.index).join();
  if (strip.dataset.key !== key) {
    strip.dataset.key = key;
    strip.replaceChildren(...batch.map(stripItem));
  }
  batch.forEach(({ score }, i) => {
    const item = strip.children[i];
    item.className = i === current ? "current" : score !== undefined ? "done" : "";
    item.lastElementChild!.textContent =
      score === undefined ? "\u00a0" : score === null ? "skip" : String(score);
  });
}

function stripItem({ index, id }: LabelState["batch"][number]): HTMLLIElement {
  const item = document.createElement("li");
  const image = document.createElement("img");
  image.src = `image/${index}`;
  image.alt = id;
  item.append(image, document.createElement("span"));
  return item;
}
