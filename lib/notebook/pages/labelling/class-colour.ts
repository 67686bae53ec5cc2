import { SKIPPED_CLASS } from "./label-codes.js";

/** The colour of a class in badges and on buttons; grey without one. */
export function colourOfClass(code: number, palette: readonly string[]): string {
  return code >= SKIPPED_CLASS ? "#8a929b" : palette[code % palette.length];
}
