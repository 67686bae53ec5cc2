import { runCommand } from "../runner/run-command.js";
import { exitWith } from "./exit-with.js";

/** What to do after a run at a profile. */
const nextSteps: Record<string, string> = {
  quick:
    "Next: npm run lab opens the notebooks; npm run reproduce -- --profile standard does more; " +
    "npm run reproduce -- --dataset <folder> uses your own images.",
  standard: "Next: npm run reproduce -- --profile paper uses the paper's own sizes.",
  paper: "Next: notebook 10 sets every number beside the paper's.",
};

/** The second half of `npm run reproduce`, after the set-up. */
async function main(): Promise<number> {
  const { exitCode, profile, results } = await runCommand(process.argv.slice(2));
  if (exitCode === 0 && results.length) console.log(nextSteps[profile] ?? "");
  return exitCode;
}

exitWith(main());
