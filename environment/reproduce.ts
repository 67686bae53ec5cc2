import { runCommand } from "../lib/notebook/run-command.js";

// The second half of `npm run reproduce`, after the set-up.
runCommand(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(2);
  },
);
