/** Tables with fewer columns than this fit a phone as they are. */
const MANY = 5;

/**
 * Marks the tables of clean HTML that are too wide for a phone: each cell gets the name of its column
 * (`data-name`), so that the page's style can set a row's cells one after the other where columns do not fit. A table
 * without one row of headers, or whose cells span several, stays as it is.
 */
export function namedCells(clean: string): string {
  return clean.replace(/<table>.*?<\/table>/gs, (table) => {
    const head = /<thead>(.*?)<\/thead>/s.exec(table)?.[1] ?? "";
    const names = [...head.matchAll(/<th\b[^>]*>(.*?)<\/th>/gs)].map(([, name]) => plainText(name));
    if (names.length < MANY || head.split("<tr").length !== 2 || /\b(col|row)span=/.test(table)) return table;
    const named = table.replace(/<tr\b[^>]*>.*?<\/tr>/gs, (row) => {
      let column = 0;
      return row.replace(/<td\b/g, () => `<td data-name="${names[column++] ?? ""}"`);
    });
    return named.replace("<table>", '<table class="many">');
  });
}

/** What stands between tags, fit for an attribute. */
function plainText(html: string): string {
  return html
    .replace(/<[^>]*>/g, "")
    .replaceAll('"', "&quot;")
    .trim();
}
