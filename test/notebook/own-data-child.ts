// Run by label-page.test.ts as a process of its own, to be killed while a page is open.
import { label } from "../../lib/notebook/label.js";
import { coloured } from "./label-images.js";

const panel = await label({
  images: coloured,
  file: process.argv[2],
  by: "person",
  classes: ["spiral", "ring"],
});
setInterval(() => {}, 1000); // the panel itself keeps no process alive
process.stdout.write(`URL ${panel.url}\n`);
