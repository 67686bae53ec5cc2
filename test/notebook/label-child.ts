// Run by label.test.ts as a process of its own, to be killed in the middle of labelling.
import { label } from "../../lib/notebook/label.js";
import { coloured } from "./label-images.js";

const panel = await label({ images: coloured, file: process.argv[2], by: "person" });
const keepAlive = setInterval(() => {}, 1000); // the panel itself keeps no process alive
process.stdout.write(`URL ${panel.url}\n`);
const scores = await panel.oracle([10, 11, 12, 13], 0);
process.stdout.write(`SCORES ${JSON.stringify(scores)}\n`);
await panel.close();
clearInterval(keepAlive);
