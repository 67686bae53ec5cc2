import { palette } from "../figures/theme.js";
import { imageSource } from "../figures/thumbnail.js";
import { paths } from "../files/paths.js";
import { checkShape, type Matrix } from "../matrix.js";
import { type ExplorerOptions, explorerPlane, writeExplorer } from "./explorer.js";
import { attended } from "./host.js";
import { pageColumns } from "./page-columns.js";
import { openPanel } from "./panel.js";

export interface ExploreOptions extends ExplorerOptions {
  /** n x d, the components that `similar` compares; left out, there is no "more like this". */
  features?: Matrix;
  /** The label file; several panels and persons may share it. Default `out/labels/explorer.jsonl`. */
  labels?: string;
  /** Who labels, as the file shall say; the page can change it. Default whoever gave its last label. */
  person?: string;
  /** The page that is written where nobody is there to look; left out, nothing is. */
  file?: string;
  /** Serve it; default whether a person sits at a notebook. */
  serve?: boolean;
  /** Default a free one; a fixed one can be forwarded from a remote machine. */
  port?: number;
}

export interface ExplorerPanel {
  /** The explorer as a page of its own; null where it was written to a file or nobody looks. */
  url: string | null;
  /** The same as HTML for a notebook output. */
  frame: string | null;
  /**
   * Resolves once the page is gone and the label file closed. The kernel does so at its end, and where the cell that
   * opened it opens one again.
   */
  close(): Promise<void>;
}

/**
 * The embedding explorer in a live notebook: choose points by lasso or rectangle, look at them as a grid, give all of
 * them a class or a score, ask for more like one (Euclidean in `features`, section 7.2), filter and sort by any
 * column, follow an object to SIMBAD, the Legacy Survey's viewer or Aladin. Labels go to a durable file that `label`
 * and other explorers may share. Points and images travel as they are looked at, so that a million of them open in
 * seconds. Where nobody sits at a page, `writeExplorer` writes `file` instead: the same page, offline.
 *
 * @example
 * const columns = [{ name: "cluster", values: clusters, kind: "category" as const }];
 * await explore({ embedding: plane, ids: stack.ids, thumbnails: stack, columns, features: X, file: "out/explorer.html" });
 */
export async function explore(options: ExploreOptions): Promise<ExplorerPanel> {
  const { ids, columns = [], classes = [], features, file, person, port } = options;
  const { title = "Embedding explorer", subtitle = "" } = options;
  if (!(options.serve ?? attended())) {
    if (file) await writeExplorer(file, options);
    return { url: null, frame: null, close: async () => {} };
  }
  const plane = explorerPlane(options.embedding, ids, "explore");
  const images = options.thumbnails ? imageSource(options.thumbnails) : null;
  if (images && images.ids.length !== ids.length)
    throw new Error(`explore: ${images.ids.length} thumbnails for ${ids.length} points.`);
  if (features) checkShape(features, "explore: features");
  if (features && features.shape[0] !== ids.length)
    throw new Error(`explore: ${features.shape[0]} rows of features for ${ids.length} points.`);
  const packed = pageColumns(columns, ids.length, "explore");
  const { url, frame, close } = await openPanel({
    page: "explorer",
    head: { title, subtitle, palette, place: packed.place, classes, scores: true },
    ids,
    images,
    columns: packed.columns,
    plane,
    features: features ?? null,
    file: options.labels ?? paths.out("labels", "explorer.jsonl"),
    session: { question: title, classes },
    person,
    port,
  });
  return { url, frame, close };
}
