/** How long work tells its caller how far it is; `progress()` of the notebook layer makes a bar of it. */
export interface ProgressEvent {
  done: number;
  total: number;
  /** A short remark such as "loss 1.93". */
  note?: string;
}
export type OnProgress = (event: ProgressEvent) => void;
