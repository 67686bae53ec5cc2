/** What the labelling page shows; sent whole at every change. */
export interface LabelState {
  question: string;
  /** The objects asked for, in order; `score` undefined where no answer is given yet. */
  batch: { index: number; id: string; score?: number | null }[];
  /** Position of the object to be answered; -1, all are. */
  current: number;
  /** Scores given in this session's rounds, the present one included; skipped ones do not count. */
  given: number;
  /** Scores after which the search ends, if known. */
  total: number | null;
  canUndo: boolean;
  phase: "waiting" | "asking" | "closed";
  hasVotes: boolean;
}
