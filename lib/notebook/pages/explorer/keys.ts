import type { PageHead } from "../labelling/page-head.js";

/** What the help lists. */
export function keys({ has }: PageHead): [keys: string, what: string][] {
  return [
    ["M L B", "the pointer moves, draws a lasso, draws a rectangle; Shift draws a lasso at once"],
    ["W", "the whole plane"],
    ["I", "images on the plane"],
    ["0 - 5", "give a score to what is selected, else to the image under the cursor"],
    ["A - Z", "give the class with this letter on it"],
    ["C", "name another class"],
    ["U", "take your last answer back"],
    ["S", "skip: looked at, no answer"],
    ["N", "next image without a label"],
    ["\u2190 \u2191 \u2193 \u2192", "move among the chosen images; with Shift, select"],
    ["Ctrl A", "select all that were chosen"],
    ...(has.similar ? ([["+", "more like this one"]] as [string, string][]) : []),
    ["G", "larger grid"],
    ["F", "choose what is shown"],
    ["Esc", "clear"],
    ["?", "these keys"],
  ];
}
