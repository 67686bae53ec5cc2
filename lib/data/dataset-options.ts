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
  /**
   * Which unit of FITS files is the image: an index, an EXTNAME ("SCI") or one with its EXTVER ("SCI,2"). Left out,
   * the unit named as the science image, else the first that is not named as a weight map, an error or a mask.
   */
  fitsUnit?: number | string;
  /** For the mock sets: which one to make. */
  mock?: Partial<MockSurveyOptions>;
}
