/**
 * The names in a text such as "galaxy-zoo-2+efigi", each of which `isKnown`, as few as possible: a plus may be part of a
 * folder's name ("c++ images"). Where no division has only known names, the text is divided at every plus that is not
 * within a known one, so that what is missing can be named.
 */
export function namesTogether(text: string, isKnown: (name: string) => boolean): string[] {
  const parts = text.split("+");
  /** For each part the best division of what comes from it on; null where there is none. */
  const best: (string[] | null)[] = [...parts.map(() => null), []];
  for (let from = parts.length - 1; from >= 0; from--)
    for (let to = parts.length; to > from; to--) {
      const rest = best[to];
      if (!rest || (best[from]?.length ?? Infinity) <= rest.length + 1) continue;
      const name = parts.slice(from, to).join("+");
      if (isKnown(name)) best[from] = [name, ...rest];
    }
  if (best[0]) return best[0];
  const names: string[] = [];
  for (let from = 0; from < parts.length; ) {
    let to = parts.length;
    while (to > from + 1 && !isKnown(parts.slice(from, to).join("+"))) to--;
    names.push(parts.slice(from, to).join("+"));
    from = to;
  }
  return names.filter((n) => n !== "");
}
