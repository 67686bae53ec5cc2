/** The object called so, else the first whose name holds the text; -1, none. Capitals do not matter. */
export function rowNamed(ids: readonly string[], text: string): number {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return -1;
  const exact = ids.findIndex((id) => id.toLowerCase() === wanted);
  return exact >= 0 ? exact : ids.findIndex((id) => id.toLowerCase().includes(wanted));
}
