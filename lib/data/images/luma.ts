/** Rec. 601: how much light there is in a red, green and blue of which each is as it is stored, in their units. */
export function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}
