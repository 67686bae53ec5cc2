import type { Source } from "./source.js";

/** Who labels here: a field whose name goes into the file with each label, kept for this page in this browser. */
export class Person {
  constructor(
    private readonly field: HTMLInputElement,
    private readonly source: Source,
  ) {
    field.value = stored() ?? source.head.person;
    field.onchange = () => {
      field.value = field.value.replace(/\p{Cc}/gu, " ").trim();
      try {
        sessionStorage.setItem("person", field.value);
      } catch {
        // Only a convenience: the name stands in the field.
      }
      field.blur();
    };
    const list = document.createElement("datalist");
    list.id = "people";
    field.setAttribute("list", list.id);
    field.after(list);
    field.onfocus = () =>
      list.replaceChildren(
        ...this.source.labels.codes.people.filter(Boolean).map((name) => new Option(name)),
      );
  }

  get name(): string {
    return this.field.value.trim();
  }
}

function stored(): string | null {
  try {
    return sessionStorage.getItem("person");
  } catch {
    return null;
  }
}
