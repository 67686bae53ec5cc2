import type { ImageStack } from "../data/images/image.js";
import type { Catalogue } from "../data/tables/catalogue.js";
import { type VoteTable, volunteerVotes } from "../data/votes/vote-table.js";

/** Images that a study works on: a stack, and what the dataset knows about each of its rows. */
export interface StudyImages {
  stack: ImageStack;
  /** Row of each image in the dataset. */
  indices: Uint32Array;
  catalogue: Catalogue | null;
  votes: VoteTable | null;
  labels: readonly (string | null)[] | null;
}

/** The images at `rows`, with what is known about them; pixels are read when asked for. */
export function pickImages(images: StudyImages, rows: ArrayLike<number>): StudyImages {
  const { stack } = images;
  const chosen = Array.from(rows);
  const catalogue = images.catalogue?.select(chosen) ?? null;
  return {
    stack: {
      ...stack,
      length: chosen.length,
      ids: chosen.map((r) => stack.ids[r]),
      read: (indices, into) =>
        stack.read(
          Array.from(indices, (i) => chosen[i]),
          into,
        ),
    },
    indices: Uint32Array.from(chosen, (r) => images.indices[r]),
    catalogue,
    votes: volunteerVotes(catalogue),
    labels: images.labels ? chosen.map((r) => images.labels![r]) : null,
  };
}
