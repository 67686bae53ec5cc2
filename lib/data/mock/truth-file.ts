/** Lies beside a survey that was drawn and says what each of its images is; nothing else has it. */
export const truthFile = "truth.parquet";
