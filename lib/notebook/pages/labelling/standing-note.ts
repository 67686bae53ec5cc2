import type { Standing } from "./labels.js";

/** The line under the answers: what went wrong, else what is going on, else `plain`. */
export function noteOf(
  { failure, saving, unsaved }: Standing,
  closed: boolean,
  plain: string,
): { text: string; isError: boolean } {
  if (closed) return { text: "All labels are saved. This panel is closed.", isError: false };
  const lost = unsaved === 1 ? "The last label was not saved: give it again. " : "";
  const many = unsaved > 1 ? `${unsaved.toLocaleString("en")} labels were not saved: give them again. ` : "";
  if (failure) return { text: lost + many + failure, isError: true };
  if (saving) return { text: "Saving ...", isError: false };
  return { text: plain, isError: false };
}
