import { data } from "../../lib/command/data.js";
import { exitWith } from "./exit-with.js";

exitWith(data(process.argv.slice(2)), 1);
