/** Positions of the messaging protocol (from 5.2 on) count characters; JavaScript's count UTF-16 units. */
export function toUnits(text: string, characters: number): number {
  let units = 0;
  for (const character of text) {
    if (characters-- <= 0) break;
    units += character.length;
  }
  return units;
}

/** The other way: how many characters the first `units` UTF-16 units are. */
export function toCharacters(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}
