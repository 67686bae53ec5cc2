/** A figure as far as its title goes; plotly takes a text or an object. */
export interface Titled {
  layout?: { title?: string | { text?: unknown } };
}

/**
 * The title of a plotly figure as plain text, "" where it has none. `frame` (lib/figures) wraps a title into bold
 * lines with the subtitle beneath: there all bold lines count and the subtitle does not. Any other title counts whole.
 */
export function figureTitle({ layout }: Titled): string {
  const title = layout?.title;
  const text = String((typeof title === "object" ? title?.text : title) ?? "");
  const bold = Array.from(text.matchAll(/<b>(.*?)<\/b>/gs), (match) => match[1]);
  return (bold.length ? bold.join(" ") : text)
    .replace(/<br\s*\/?>/g, " ")
    .replace(/<[^>]*>/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
