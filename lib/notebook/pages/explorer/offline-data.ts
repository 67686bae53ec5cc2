import type { PageHead } from "../labelling/page-head.js";

/** What stands in an explorer that is one file, as JSON in the element `data`; thumbnails follow as sheets. */
export interface OfflineData {
  head: PageHead;
  ids: readonly string[];
  /** Pixels of a thumbnail's side; 0 without thumbnails. */
  thumbnailSize: number;
  /** Thumbnails along a sheet's side. */
  perSide: number;
  /** x and y of each point in turn, float32 as base64. */
  xy: string;
  /** Each column's bytes as base64. */
  columns: readonly string[];
}
