/**
 * Text with its control characters as \xNN, all but newline and tab: names, ids and notes come from files, and a
 * terminal would obey what stands in them (U+001B begins a command, and so does U+009B).
 */
export function visible(text: string): string {
  return text.replace(control, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

const control = /(?![\n\t])\p{Cc}/gu;
