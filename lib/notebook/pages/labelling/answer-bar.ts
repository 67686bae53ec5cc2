import { colourOfClass } from "./class-colour.js";
import { classKeys } from "./class-keys.js";
import type { Answer } from "./label-codes.js";
import type { Source } from "./source.js";

const words = ["not at all", "hardly", "a little", "fairly", "very", "just what I seek"];

/** The buttons that answer, and the same by keys: digits score, letters give a class. */
export class AnswerBar {
  private shown: string | null = null;
  private keys: string[] = [];
  /** Classes named here that no label has yet. */
  private readonly named: string[] = [];
  private readonly name: HTMLInputElement;

  constructor(
    private readonly box: HTMLElement,
    private readonly source: Source,
    private readonly answer: (answer: Answer) => void,
  ) {
    box.innerHTML =
      '<fieldset id="scores" aria-label="Score"></fieldset>' +
      '<fieldset id="classes" aria-label="Class"></fieldset>' +
      '<form id="newClass"><input id="className" maxlength="80" placeholder="Another class" ' +
      'aria-label="Another class" autocomplete="off"><button type="submit">Add<kbd>C</kbd></button></form>';
    this.name = box.querySelector("input")!;
    const scores = box.querySelector<HTMLElement>("#scores")!;
    scores.hidden = !source.head.scores;
    scores.append(
      ...words.map((text, score) => {
        const made = button(() => answer({ score }));
        made.dataset.score = String(score);
        made.innerHTML = `<b>${score}</b><span>${text}</span>`;
        made.title = `Key ${score}`;
        return made;
      }),
    );
    box.querySelector("form")!.onsubmit = (event) => {
      event.preventDefault();
      this.add(this.name.value.trim());
    };
    this.draw();
  }

  get classes(): readonly string[] {
    const { head, labels } = this.source;
    return [...new Set([...head.classes, ...labels.codes.classes, ...this.named])];
  }

  draw(): void {
    const { classes, source } = this;
    const key = classes.join("\n");
    if (key === this.shown) return;
    this.shown = key;
    this.keys = classKeys(classes);
    const box = this.box.querySelector<HTMLElement>("#classes")!;
    box.replaceChildren(
      ...classes.map((name, k) => {
        const made = button(() => this.answer({ class: name }));
        made.dataset.class = name;
        const dot = document.createElement("i");
        const code = source.labels.codes.classes.indexOf(name);
        dot.style.background = colourOfClass(code < 0 ? k : code, source.head.palette);
        made.append(dot, name);
        if (this.keys[k]) made.append(kbd(this.keys[k].toUpperCase()));
        return made;
      }),
    );
    box.hidden = !classes.length;
  }

  set disabled(value: boolean) {
    for (const made of this.box.querySelectorAll<HTMLButtonElement>("fieldset button")) made.disabled = value;
  }

  /** Whether the key is an answer. */
  key(key: string): boolean {
    const { head } = this.source;
    const digit = /^\d$/.test(key) ? Number(key) : -1;
    if (head.scores && digit >= 0 && digit <= 5) this.answer({ score: digit });
    else if (!head.scores && digit >= 1 && digit <= this.classes.length)
      this.answer({ class: this.classes[digit - 1] });
    else if (key.length === 1 && this.keys.includes(key))
      this.answer({ class: this.classes[this.keys.indexOf(key)] });
    else if (key === "c") this.name.focus();
    else return false;
    return true;
  }

  private add(name: string): void {
    if (name && !this.classes.includes(name)) this.named.push(name);
    this.name.value = "";
    this.name.blur();
    this.draw();
  }
}

function button(act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.onclick = act;
  return made;
}

function kbd(text: string): HTMLElement {
  const made = document.createElement("kbd");
  made.textContent = text;
  return made;
}
