import { downloadDataset } from "../data/download/download.js";
import { howToFetch } from "../data/download/how-to-fetch.js";
import { readManifest, readManifests } from "../data/download/manifest.js";
import { megabytes } from "../data/download/transfer-rate.js";
import { paths } from "../files/paths.js";
import type { ProgressEvent } from "../progress-event.js";
import { TerminalLine } from "../terminal-line.js";
import { stopOnSignal } from "./stop-on-signal.js";

const usage = `Downloads published images and weights, with resume and verification; Ctrl-C stops, and the same command
goes on from there. Without a name, lists what there is.

  ${howToFetch("NAME [NAME ...]")}`;

const terminal = new TerminalLine(process.stderr);

/** `latent-sky data`, in a checkout `npm run data --`. */
export async function data(names: string[]): Promise<number> {
  if (names.includes("--help") || names.includes("-h")) {
    console.log(usage);
    return 0;
  }
  if (names.length === 0) {
    for (const m of (await readManifests()).values()) {
      const known = m.files.every((f) => f.bytes !== undefined);
      const size = known ? `, ${megabytes(m.files.reduce((sum, f) => sum + f.bytes!, 0))}` : "";
      console.log(`${m.name}: ${m.source}${size}; ${m.licence}; ${m.page}${m.note ? `\n    ${m.note}` : ""}`);
    }
    console.log(`Download with: ${howToFetch("NAME")}\nFiles go to ${paths.cache("downloads")}.`);
    return 0;
  }
  const stop = stopOnSignal(new Error("Stopped; the same command goes on from here."));
  try {
    for (const name of names) {
      const fetched = await downloadDataset(await readManifest(name), {
        onProgress: progressLine(),
        signal: stop,
      });
      terminal.clear();
      for (const f of fetched) console.log(`${f.how}: ${f.path}`);
    }
  } finally {
    terminal.clear();
  }
  return 0;
}

/** One line that is rewritten on a terminal, a line every five seconds in a log. */
function progressLine(): (event: ProgressEvent) => void {
  let last = 0;
  return ({ done, total, note }) => {
    const now = performance.now();
    if (now - last < (terminal.live ? 100 : 5000)) return;
    last = now;
    const share = total ? ` of ${megabytes(total)} (${Math.floor((100 * done) / total)} %)` : "";
    const line = `${megabytes(done)}${share}  ${note ?? ""}`;
    terminal.show(line);
  };
}
