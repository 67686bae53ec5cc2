import { element } from "../element.js";

export interface CardContent {
  id: string;
  values: readonly { name: string; value: string }[];
  /** The image, where there is one. */
  image: HTMLElement | null;
}

/** Shows what is known of a point beside its place on the canvas; null hides the card. */
export function showCard(content: CardContent | null, x = 0, y = 0): void {
  const card = element("card");
  card.hidden = !content;
  if (!content) return;
  const line = document.createElement("div");
  line.append(textElement("b", content.id));
  const list = document.createElement("dl");
  for (const { name, value } of content.values)
    list.append(textElement("dt", name), textElement("dd", value));
  card.replaceChildren(...(content.image ? [content.image] : []), line, list);
  const { width, height } = card.parentElement!.getBoundingClientRect();
  const left = x + 16 + card.offsetWidth > width ? x - card.offsetWidth - 14 : x + 16;
  card.style.left = `${Math.max(4, left)}px`;
  card.style.top = `${Math.max(4, Math.min(height - card.offsetHeight - 4, y - 40))}px`;
}

/** Ids and names are text, never markup. */
function textElement(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
