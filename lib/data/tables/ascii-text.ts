const beyond = /[^ -~]/g;

/** A text with all letters beyond printable ASCII as JSON writes them (é as \u00e9): JSON reads them back. */
export function asciiText(text: string): string {
  return text.replace(beyond, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
