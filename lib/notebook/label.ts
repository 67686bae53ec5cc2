import type { ImageStack } from "../data/images/image.js";
import { LabelFile } from "../discovery/label-file.js";
import { fileOracle, type Oracle, voteOracle } from "../discovery/oracle.js";
import { type ImageSource, imageSource, thumbnailBytes } from "../figures/thumbnail.js";
import { attended, notebookHost } from "./host.js";
import { serveLabels } from "./label-server.js";
import { LabelSession } from "./label-session.js";

export interface LabelOptions {
  /** A dataset or a stack; row i is object i of the features. */
  images: ImageSource | ImageStack;
  /** Default the images' own. */
  ids?: readonly string[];
  /** What a score of 5 means, as the person reads it. */
  question?: string;
  /** A score per object made of votes (`mergerScore`): hidden until asked for, and the oracle of a headless run. */
  votes?: ArrayLike<number> | null;
  /** Where the labels go, one JSON object a line. */
  file: string;
  /** Labels after which the search ends, shown as progress. */
  total?: number;
  /** Who answers; by default a person in a notebook page, the votes (else the file) when nobody is there. */
  by?: "person" | "votes" | "file";
  /** Default a free one; a fixed one can be forwarded from a remote machine. */
  port?: number;
}

export interface LabelPanel {
  /** For `activeLearning({ oracle })`. */
  oracle: Oracle;
  /** The panel as a page of its own; null when nobody is asked. */
  url: string | null;
  /** The panel as HTML for a notebook output; null when nobody is asked. */
  frame: string | null;
  /** Resolves once no more answers are needed and the file is closed; the kernel does so at its end. */
  close(): Promise<void>;
}

/**
 * A panel in the notebook that asks a person to score images from 0 to 5, and an oracle for `activeLearning`.
 *
 * A label is on the disk before the page moves on; a session cut short by kill -9 goes on where it was when the cell
 * runs again. The page is served by this process on 127.0.0.1 under a random token and ends with the kernel. A
 * notebook run without a person (`npm run reproduce`) asks the votes, else the label file.
 *
 * @example
 * const panel = await label({ images: survey, votes: mergerScore(survey.votes), file: "out/labels/mergers.jsonl" });
 * for await (const round of activeLearning(features, { oracle: panel.oracle, ahead: 3 })) ...
 * await panel.close();
 */
export async function label(options: LabelOptions): Promise<LabelPanel> {
  const { file, votes = null, question = "How interesting is this object?", total = null } = options;
  const images = imageSource(options.images);
  const ids = options.ids ?? images.ids;
  const host = notebookHost();
  const by = options.by ?? (attended() ? "person" : votes ? "votes" : "file");
  if (by === "votes") {
    if (!votes) throw new Error('label: by "votes" needs the option `votes`, a score per object.');
    return { oracle: voteOracle(votes), url: null, frame: null, close: async () => {} };
  }
  if (by === "file")
    return { oracle: await fileOracle(file, ids), url: null, frame: null, close: async () => {} };

  const labels = await LabelFile.open(file);
  const session = new LabelSession(labels, { ids, question, total, votes });
  const jpeg = async (i: number) => thumbnailBytes(await images.image(i), 424, 92);
  const server = await serveLabels(session, jpeg, options.port);
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= (async () => {
      session.close();
      await server.close();
      await labels.close();
    })();
    return closing;
  };
  host?.beforeExit(close);
  host?.signal.addEventListener("abort", () => void close(), { once: true });
  const frame = `<iframe src="${server.url}" width="100%" height="600" style="border:0;max-width:980px" title="Labelling panel"></iframe><p style="margin:4px 0;font-size:90%">Too small here? <a href="${server.url}" target="_blank" rel="noreferrer">Open the panel as a page of its own.</a></p>`;
  host?.display({ "text/html": frame, "text/plain": `Labelling panel: ${server.url}` });
  if (!host) console.log(`Labelling panel: ${server.url}`);
  return { oracle: (indices, mayOwe) => session.ask(indices, mayOwe), url: server.url, frame, close };
}
