import { stopOnSignal } from "../../lib/command/stop-on-signal.js";
import { downloadDataset } from "../../lib/data/download/download.js";
import { readManifest, readManifests } from "../../lib/data/download/manifest.js";
import { megabytes } from "../../lib/data/download/transfer-rate.js";
import { paths } from "../../lib/files/paths.js";
import type { ProgressEvent } from "../../lib/progress-event.js";
import { TerminalLine } from "../../lib/terminal-line.js";

const terminal = new TerminalLine(process.stderr);

/**
 * `npm run data -- NAME [NAME ...]`: downloads releases with resume and verification; without a name, lists what there
 * is. Ctrl-C stops cleanly, and the same command goes on from there.
 */
async function main(names: string[]): Promise<void> {
  if (names.length === 0) {
    for (const m of (await readManifests()).values()) {
      const known = m.files.every((f) => f.bytes !== undefined);
      const size = known ? `, ${megabytes(m.files.reduce((sum, f) => sum + f.bytes!, 0))}` : "";
      console.log(`${m.name}: ${m.source}${size}; ${m.licence}; ${m.page}${m.note ? `\n    ${m.note}` : ""}`);
    }
    console.log(`Download with: npm run data -- NAME\nFiles go to ${paths.cache("downloads")}.`);
    return;
  }
  const stop = stopOnSignal(new Error("Stopped; the same command goes on from here."));
  for (const name of names) {
    const fetched = await downloadDataset(await readManifest(name), {
      onProgress: progressLine(),
      signal: stop,
    });
    terminal.clear();
    for (const f of fetched) console.log(`${f.how}: ${f.path}`);
  }
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

main(process.argv.slice(2)).catch((error) => {
  terminal.clear();
  console.error((error as Error).message);
  process.exitCode = 1;
});
