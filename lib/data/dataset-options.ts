import type { Stretch } from "./images/stretch.js";
import type { MockSurveyOptions } from "./mock/mock-survey.js";

/** How a dataset is opened; every field may be left out. */
export interface DatasetOptions {
  /** Only the first so many images. */
  limit?: number;
  /** A CSV or parquet to join: a path, or the name of an entry of the archive. */
  labels?: string;
  /** The column of that table which holds the image ids; found by matching when left out. */
  idColumn?: string;
  /** The column of that table which holds class names. */
  labelColumn?: string;
  /** Turns float images (FITS) into bytes as they are read. */
  stretch?: Stretch;
  /** For the mock sets: which one to make. */
  mock?: Partial<MockSurveyOptions>;
}
