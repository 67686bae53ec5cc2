import { format } from "node:util";
import { visible } from "./visible.js";

/**
 * From here on what this process says on the console is `visible`, warnings of lib among it. For programs that a shell
 * starts: their results go to files, so nothing that is piped on loses bytes that somebody counts on.
 */
export function visibleConsole(): void {
  for (const name of ["log", "warn", "error"] as const) {
    const say = console[name].bind(console);
    console[name] = (...values) => say(visible(format(...values)));
  }
}
