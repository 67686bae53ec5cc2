/**
 * Text with its control characters as \xNN, all but newline and tab: names, ids and notes come from files, and a
 * terminal would obey what stands in them (U+001B begins a command, and so does U+009B). So have the marks that turn the
 * direction of what follows, as \uNNNN: with U+202E in an id the numbers behind it would be read backwards.
 */
export function visible(text: string): string {
  return text.replace(control, (c) => {
    const code = c.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
  });
}

const control = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
