import { visibleConsole } from "../../lib/visible-console.js";

/** Ends the process with the code of a command, or with `failure` and the sentence of its error. */
export function exitWith(command: Promise<number>, failure = 2): void {
  visibleConsole();
  command.then(
    (code) => process.exit(code),
    (error: Error) => {
      console.error(error.message);
      process.exit(failure);
    },
  );
}
