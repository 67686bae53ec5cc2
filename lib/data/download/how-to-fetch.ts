import { howToRun } from "../../how-to-run.js";

/** What to say in a shell for a named download. */
export function howToFetch(name: string): string {
  return `${howToRun("data")} ${name}`;
}
