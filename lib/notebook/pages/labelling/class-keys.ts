/** Letters that are commands of the two pages, and so no class's. */
const taken = "bcfgilmnsuvw";

/** A letter for each class: the first of its name that is free, else of the alphabet; "" where none is left. */
export function classKeys(classes: readonly string[]): string[] {
  const used = new Set(taken);
  return classes.map((name) => {
    const letters = `${name.toLowerCase()}abcdefghijklmnopqrstuvwxyz`;
    const key = [...letters].find((letter) => /[a-z]/.test(letter) && !used.has(letter)) ?? "";
    if (key) used.add(key);
    return key;
  });
}
