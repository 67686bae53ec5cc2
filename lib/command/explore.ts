import { parseArgs } from "node:util";
import { type ExplorerOptions, writeExplorer } from "../notebook/explorer.js";
import { progress } from "../notebook/progress.js";
import { studyOf, studyOptions, studyUsage } from "./study-options.js";

const usage = `Writes the map of all images as one HTML page that opens from the disk: pan, zoom, colour, lasso.

  latent-sky explore FOLDER --features FILE --out explorer.html

  --out FILE        default explorer.html
${studyUsage}`;

/** `latent-sky explore`: the study's plane, coloured by cluster and by whatever numbers the images came with. */
export async function explore(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: studyOptions });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { out = "explorer.html" } = values;
  const study = await studyOf("explore", positionals, values);
  try {
    const net = await study.representation();
    const { stack, catalogue, labels } = await study.images();
    const columns: ExplorerOptions["columns"] = [
      { name: "cluster", values: (await net.clusters()).clusters, kind: "category" },
      ...(labels ? [{ name: "label", values: labels }] : []),
      ...(catalogue?.names.slice(0, 40) ?? []).map((name) => ({ name, values: catalogue!.column(name) })),
    ];
    const bar = progress("Explorer");
    await writeExplorer(out, {
      embedding: await net.plane(),
      ids: stack.ids,
      thumbnails: study.dataset.blank ? undefined : stack,
      columns,
      title: "Images by their features",
      subtitle: await study.caption(),
      onProgress: bar,
    });
    bar.done();
    console.log(`${stack.length} images: open ${out} in a browser.`);
  } finally {
    await study.close();
  }
  return 0;
}
