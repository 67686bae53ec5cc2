import type { ImageStack } from "../data/images/image.js";
import { fileOracle, type Oracle, voteOracle } from "../discovery/oracle.js";
import { palette } from "../figures/theme.js";
import { type ImageSource, imageSource } from "../figures/thumbnail.js";
import { attended } from "./host.js";
import { type ExplorerColumn, pageColumns } from "./page-columns.js";
import { openPanel } from "./panel.js";

export interface LabelOptions {
  /** A dataset or a stack; row i is object i of the features. */
  images: ImageSource | ImageStack;
  /** Default the images' own. */
  ids?: readonly string[];
  /** What a score of 5 means, as the person reads it; without scores, what is to be told apart. */
  question?: string;
  /** Names of classes to choose from; more can be given in the page. With classes and no search, no scores. */
  classes?: readonly string[];
  /** To filter and sort by; a pair named as right ascension and declination gives links to the sky. */
  columns?: readonly ExplorerColumn[];
  /** A score per object made of votes (`mergerScore`): hidden until asked for, and the oracle of a headless run. */
  votes?: ArrayLike<number> | null;
  /** Where the labels go, one JSON object a line; several panels and persons may share it. */
  file: string;
  /** Who labels, as the file shall say; the page can change it. Default whoever gave its last label. */
  person?: string;
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
  /**
   * Resolves once no more answers are needed and the file is closed. The kernel does so at its end, and where the cell
   * that opened the panel opens one again.
   */
  close(): Promise<void>;
}

/**
 * A panel in the notebook in which a person labels images, as a grid or one by one: scores from 0 to 5, or classes
 * with names of their own. It is also an oracle for `activeLearning`: what the search asks for comes first.
 *
 * A label is on the disk before the page moves on; a session cut short by kill -9 goes on where it was when the cell
 * runs again. The page is served by this process on 127.0.0.1 under a random token and ends with the kernel. A
 * notebook run without a person (`npm run reproduce`) asks the votes, else the label file. `labelTable` reads the file
 * as columns to save.
 *
 * @example
 * await label({ images: mine, classes: ["spiral", "ring", "other"], file: "out/labels/mine.jsonl" });
 *
 * const panel = await label({ images: survey, votes: mergerScore(survey.votes), file: "out/labels/mergers.jsonl" });
 * for await (const round of activeLearning(features, { oracle: panel.oracle, ahead: 3 })) ...
 * await panel.close();
 */
export async function label(options: LabelOptions): Promise<LabelPanel> {
  const { file, votes = null, classes = [], columns = [], total = null, person, port } = options;
  const question = options.question ?? (classes.length ? "What is it?" : "How interesting is this object?");
  const images = imageSource(options.images);
  const ids = options.ids ?? images.ids;
  const by = options.by ?? (attended() ? "person" : votes ? "votes" : "file");
  if (by === "votes") {
    if (!votes) throw new Error('label: by "votes" needs the option `votes`, a score per object.');
    return { oracle: voteOracle(votes), url: null, frame: null, close: async () => {} };
  }
  if (by === "file")
    return { oracle: await fileOracle(file, ids), url: null, frame: null, close: async () => {} };

  const packed = pageColumns(columns, ids.length, "label");
  const { session, url, frame, close } = await openPanel({
    page: "label",
    head: {
      title: question,
      subtitle: "",
      palette,
      place: packed.place,
      classes,
      scores: !classes.length,
    },
    ids,
    images,
    columns: packed.columns,
    plane: null,
    features: null,
    file,
    session: { question, classes, total, votes },
    person,
    port,
  });
  return { oracle: (indices, mayOwe) => session.ask(indices, mayOwe), url, frame, close };
}
