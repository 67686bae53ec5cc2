/**
 * What a cell says that steps aside: "`what` would need `lacking`, which `dataset` does not have", and how votes are
 * given to a dataset, or which have them.
 */
export function votesLacking(what: string, lacking: string, dataset: string): string {
  return (
    `${what} would need ${lacking}, which ${dataset} does not have in columns known here. Lay a table ` +
    "with Galaxy Zoo's (smooth-or-featured_total-votes, smooth-or-featured_smooth_fraction, ..., or " +
    "t01_smooth_or_features_a01_smooth_count, ...) beside the images, or take --dataset mock, galaxy-zoo-2 or " +
    "galaxy-zoo-decals."
  );
}
