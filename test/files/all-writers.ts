import { dataWriters } from "./writers/data-writers.js";
import { methodWriters } from "./writers/method-writers.js";
import { studyWriters } from "./writers/study-writers.js";
import type { Writer } from "./writers/writer.js";

/** Everything in this project that writes a file, but what takes a browser (figures) or a network to be drawn. */
export const writers: Readonly<Record<string, Writer>> = {
  ...dataWriters,
  ...methodWriters,
  ...studyWriters,
};
