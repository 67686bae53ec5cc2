import type { PlaneBox } from "../discovery/propose-cuts.js";

/** Section 3.3, as a person chose it: the box of the plane that was left out, and the rows that stay. */
export interface ArtefactCut {
  box: PlaneBox | null;
  kept: number[];
}

/** Whether a value that was read is a cut of `n` images. */
export const isArtefactCut = ({ kept }: ArtefactCut, n: number): boolean =>
  Array.isArray(kept) && kept.every((row) => Number.isInteger(row) && row >= 0 && row < n);
