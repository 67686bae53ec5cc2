import { survey } from "../../lib/command/survey.js";
import { exitWith } from "./exit-with.js";

exitWith(survey(process.argv.slice(2)), 1);
