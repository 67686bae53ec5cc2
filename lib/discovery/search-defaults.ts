/** What section 7.1 chose: first objects, objects a round, labels in total, trade-off of the expected improvement. */
export const searchDefaults: Readonly<{ start: number; batch: number; budget: number; eta: number }> = {
  start: 10,
  batch: 10,
  budget: 200,
  eta: 0.5,
};
