/** The tasks and answers of Galaxy Zoo 2 (Willett et al. 2013, table 2). */
const tasks: Readonly<Record<string, string>> = {
  t01_smooth_or_features: "a01_smooth a02_features_or_disk a03_star_or_artifact",
  t02_edgeon: "a04_yes a05_no",
  t03_bar: "a06_bar a07_no_bar",
  t04_spiral: "a08_spiral a09_no_spiral",
  t05_bulge_prominence: "a10_no_bulge a11_just_noticeable a12_obvious a13_dominant",
  t06_odd: "a14_yes a15_no",
  t07_rounded: "a16_completely_round a17_in_between a18_cigar_shaped",
  t08_odd_feature: "a19_ring a20_lens_or_arc a21_disturbed a22_irregular a23_other a24_merger a38_dust_lane",
  t09_bulge_shape: "a25_rounded a26_boxy a27_no_bulge",
  t10_arms_winding: "a28_tight a29_medium a30_loose",
  t11_arms_number: "a31_1 a32_2 a33_3 a34_4 a36_more_than_4 a37_cant_tell",
};

/** The columns of its published table; with `only` those of some kinds. */
export function galaxyZoo2Columns(
  only: readonly string[] = ["count", "weight", "fraction", "weighted_fraction", "debiased", "flag"],
): string[] {
  return Object.entries(tasks).flatMap(([task, answers]) =>
    answers.split(" ").flatMap((answer) => only.map((kind) => `${task}_${answer}_${kind}`)),
  );
}
