import type { PageHead } from "../labelling/page-head.js";

/** What the help lists. */
export function keys({ scores, has }: PageHead): [keys: string, what: string][] {
  return [
    scores ? ["0 - 5", "give a score"] : ["1 - 9", "give a class, in their order"],
    ["A - Z", "give the class with this letter on it"],
    ["C", "name another class"],
    ["U", "take your last answer back, as often as you like"],
    ["S", "skip: looked at, no answer"],
    ["N", "next image without a label"],
    ["\u2190 \u2191 \u2193 \u2192", "move"],
    ["Shift \u2192", "select while moving; Ctrl and a click add one"],
    ["Space", "select this one"],
    ["Ctrl A", "select all that is shown"],
    ["G", "grid, or one by one"],
    ["Enter", "look at this one"],
    ["F", "choose what is shown"],
    ...(has.votes ? ([["V", "show what the volunteers' votes say"]] as [string, string][]) : []),
    ["?", "these keys"],
  ];
}
