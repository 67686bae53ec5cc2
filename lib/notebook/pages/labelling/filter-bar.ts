import { type Condition, type LabelChoice, labelColumns, matching, sortRows } from "./filter.js";
import type { LabelCodes } from "./label-codes.js";
import type { Column } from "./page-head.js";
import type { Source } from "./source.js";

/**
 * What is shown and in which order: by labels, by any column. `changed` is told when the person changes it; labels
 * that come in change only what the choices offer, so that no list moves under the hand that labels it.
 */
export class FilterBar {
  choice: LabelChoice = "all";
  private sortBy = -1;
  private descending = false;
  private readonly rows: { box: HTMLElement; condition: () => Promise<Condition | null> }[] = [];
  private readonly show = document.createElement("select");
  private readonly sort = document.createElement("select");
  private readonly direction = document.createElement("button");
  private readonly conditions = document.createElement("div");

  constructor(
    box: HTMLElement,
    private readonly source: Source,
    private readonly changed: () => void,
  ) {
    const { columns } = source.head;
    this.show.id = "show";
    this.show.onchange = () => {
      this.choice = this.show.value;
      changed();
    };
    this.sort.id = "sort";
    this.sort.append(
      new Option("as they are", "-1"),
      ...columns.map(({ name }, k) => new Option(name, String(k))),
      ...labelColumns(source.labels.codes).map(({ name }, k) => new Option(name, String(columns.length + k))),
    );
    this.sort.onchange = () => {
      this.sortBy = Number(this.sort.value);
      changed();
    };
    this.direction.type = "button";
    this.direction.id = "direction";
    this.direction.onclick = () => {
      this.descending = !this.descending;
      this.drawDirection();
      changed();
    };
    this.drawDirection();
    this.conditions.className = "conditions";
    const add = document.createElement("button");
    add.type = "button";
    add.id = "addFilter";
    add.textContent = "+ filter";
    add.title = "Filter by a column";
    add.hidden = !columns.length;
    add.onclick = () => this.add();
    box.append(
      labelled("Show", this.show),
      labelled("Sort", this.sort, this.direction),
      add,
      this.conditions,
    );
    this.draw();
  }

  focus(): void {
    this.show.focus();
  }

  /** One byte a row: what passes. */
  async passes(): Promise<Uint8Array> {
    const conditions = await Promise.all(this.rows.map(({ condition }) => condition()));
    const asked = new Set(this.choice === "asked" ? (this.source.labels.asked?.asked ?? []) : []);
    const mask = matching(
      this.source.labels.codes,
      this.choice,
      conditions.filter((c): c is Condition => c !== null),
    );
    if (this.choice === "asked")
      for (let row = 0; row < mask.length; row++) if (!asked.has(row)) mask[row] = 0;
    return mask;
  }

  /** `rows` in the order chosen; sorted in place. */
  async sorted(rows: Uint32Array): Promise<Uint32Array> {
    if (this.sortBy < 0) return rows;
    const { columns } = this.source.head;
    const column: Column =
      this.sortBy < columns.length
        ? await this.source.column(this.sortBy)
        : labelColumns(this.source.labels.codes)[this.sortBy - columns.length];
    return sortRows(rows, column, this.descending);
  }

  /** What can be chosen, by the labels there are now. */
  draw(): void {
    const { codes, asked } = this.source.labels;
    const group = (label: string, options: Option[]) => {
      const made = document.createElement("optgroup");
      made.label = label;
      made.append(...options.map(([value, text]) => new Option(text, value)));
      return made;
    };
    const numbered = (kind: string, names: readonly string[]) =>
      names.map((n, k): Option => [`${kind} ${k}`, n]);
    const first: Option[] = [
      ["all", "all"],
      ["unlabelled", "unlabelled"],
      ["labelled", "labelled"],
      ["skipped", "skipped"],
    ];
    if (asked?.asked.length) first.unshift(["asked", "asked by the search"]);
    const groups = [group("Labels", first)];
    if (codes.classes.length) groups.push(group("Class", numbered("class", codes.classes)));
    if (hasScores(codes)) groups.push(group("Score", numbered("score", ["0", "1", "2", "3", "4", "5"])));
    if (codes.people.some((name) => name))
      groups.push(
        group(
          "Labelled by",
          numbered(
            "who",
            codes.people.map((name) => name || "no name"),
          ),
        ),
      );
    this.show.replaceChildren(...groups);
    this.show.value = this.choice;
  }

  private drawDirection(): void {
    this.direction.textContent = this.descending ? "\u2193" : "\u2191";
    this.direction.ariaLabel = this.descending ? "Largest first" : "Smallest first";
    this.direction.title = this.direction.ariaLabel;
  }

  private add(): void {
    const box = document.createElement("div");
    box.className = "condition";
    const { columns } = this.source.head;
    const which = document.createElement("select");
    which.ariaLabel = "Column";
    which.append(...columns.map(({ name }, k) => new Option(name, String(k))));
    const fields = document.createElement("span");
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "\u00d7";
    remove.ariaLabel = "Remove this filter";
    let read: (column: Column) => Condition | null = () => null;
    const fill = () => {
      read = fieldsOf(fields, columns[Number(which.value)], this.changed);
      this.changed();
    };
    which.onchange = fill;
    const entry = { box, condition: async () => read(await this.source.column(Number(which.value))) };
    remove.onclick = () => {
      this.rows.splice(this.rows.indexOf(entry), 1);
      box.remove();
      this.changed();
    };
    box.append(which, fields, remove);
    this.rows.push(entry);
    this.conditions.append(box);
    fill();
    which.focus();
  }
}

type Option = [value: string, text: string];

/** Fills `box` with two bounds or a list of names, and returns how to read them. */
function fieldsOf(
  box: HTMLElement,
  { kind, names = [] }: { kind: string; names?: readonly string[] },
  changed: () => void,
): (column: Column) => Condition | null {
  box.replaceChildren();
  if (kind === "number") {
    const [low, high] = ["from", "to"].map((text) => {
      const input = document.createElement("input");
      Object.assign(input, {
        type: "number",
        step: "any",
        placeholder: text,
        ariaLabel: text,
        onchange: changed,
      });
      box.append(input);
      return input;
    });
    return (column) => ({ kind: "number", column, low: low.valueAsNumber, high: high.valueAsNumber });
  }
  const list = document.createElement("select");
  list.ariaLabel = "Value";
  list.append(new Option("any", ""), ...names.map((name, k) => new Option(name, String(k))));
  list.onchange = changed;
  box.append(list);
  return (column) => (list.value ? { kind: "category", column, codes: new Set([Number(list.value)]) } : null);
}

function hasScores(codes: LabelCodes): boolean {
  return codes.score.some((score) => score <= 5);
}

function labelled(text: string, ...controls: HTMLElement[]): HTMLElement {
  const label = document.createElement("label");
  label.append(text, ...controls);
  return label;
}
