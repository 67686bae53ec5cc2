import { element } from "../element.js";
import type { Source } from "../labelling/source.js";

/** The field that finds an object by its id, or by a part of it. */
export function findById(source: Source, found: (row: number) => void): void {
  const field = element<HTMLInputElement>("find");
  field.oninput = () => field.setCustomValidity("");
  field.onchange = async () => {
    if (!field.value.trim()) return;
    const row = await source.named(field.value);
    if (row >= 0) found(row);
    field.setCustomValidity(row >= 0 ? "" : "No image is called that.");
    field.reportValidity();
  };
}
