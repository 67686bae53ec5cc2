import { element } from "../element.js";
import type { AskedState } from "../labelling/label-codes.js";
import type { Labels } from "../labelling/labels.js";
import type { Source } from "../labelling/source.js";

type Rows = readonly number[] | Uint32Array;

/** Count and bar: of the search while it asks, else of all images. */
export function drawProgress({ asked, codes }: Labels, round: Rows | null): void {
  const { given = 0, total = null } = asked ?? {};
  const labelled = codes.count();
  const text = round
    ? `${given}${total ? ` of ${total}` : ""} labelled`
    : `${labelled.toLocaleString("en")} of ${codes.n.toLocaleString("en")} labelled`;
  element("count").textContent = text;
  const done = round
    ? [...round].filter((row) => codes.isLabelled(row)).length / Math.max(1, round.length)
    : 0;
  const share = round ? (total ? given / total : done) : labelled / Math.max(1, codes.n);
  element("bar").querySelector("i")!.style.width = `${100 * share}%`;
}

/** What stands in the place of an image when there is none to label. */
export function drawRest(asked: AskedState | null, searching: boolean): void {
  const [title, text] = element("rest").children;
  const closed = asked?.phase === "closed";
  title.textContent = closed
    ? "Done."
    : searching
      ? asked?.asked.length
        ? "Learning from your labels"
        : "Getting ready"
      : "Nothing to show here.";
  text.textContent = closed
    ? "All labels are saved. This panel can be closed; the notebook goes on."
    : searching
      ? "The next images appear here in a moment. U takes the last answer back."
      : "Choose something else under Show.";
}

/** The round's objects, small, each with the score it was given. */
export function drawStrip(list: Rows, current: number, source: Source): void {
  const strip = element("strip");
  const rows = [...list.slice(0, 60)];
  const key = rows.join();
  if (strip.dataset.key !== key) {
    strip.dataset.key = key;
    strip.replaceChildren(
      ...rows.map((row) => {
        const item = document.createElement("li");
        const image = source.picture(row, 96);
        item.append(image ?? "", document.createElement("span"));
        source.ids([row]).then(([id]) => {
          item.title = id;
        });
        return item;
      }),
    );
  }
  rows.forEach((row, k) => {
    const item = strip.children[k];
    const { score, class: name } = source.labels.codes.words(row);
    item.className = row === current ? "current" : score !== null ? "done" : "";
    item.lastElementChild!.textContent = score ?? name ?? "\u00a0";
  });
}
