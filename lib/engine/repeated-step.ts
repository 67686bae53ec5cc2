import * as tf from "@tensorflow/tfjs";
import { NativeBackend, type RecordedStep } from "./native/backend.js";
import type { StepArray } from "./native/native.js";

/** Steps that run as they are before one is recorded: the driver loads kernels then, and the memory pool fills. */
const WARM_UP = 2;

/**
 * A step that is run again and again with other arrays, such as a step of training: `f` reads `arrays` through engine
 * operations, changes variables in place and returns one number.
 *
 * On an engine that records (CUDA) the third run of a shape is caught and later ones are replayed as one launch, in
 * which neither tfjs nor JavaScript take part; so `f` must do the same each time, whatever the arrays hold. On other
 * engines, whenever variables were replaced, and where a step cannot be recorded, `f` runs as it is. Both give the same
 * numbers, bit for bit.
 */
export class RepeatedStep<Arrays extends Record<string, StepArray>> {
  private runs = 0;
  private shape = "";
  private recorded?: RecordedStep;

  constructor(private readonly f: (arrays: Arrays) => tf.Scalar) {}

  /** True where `run` returns before the step is done: its number then comes while the next one is under way. */
  static get runsAhead(): boolean {
    return recorder() !== null;
  }

  /** Runs the step, or starts it; the promise brings its number. */
  run(arrays: Arrays): Promise<number> {
    const backend = recorder();
    const shape = Object.entries(arrays)
      .map(([name, a]) => `${name} ${a.length}`)
      .join();
    if (this.recorded && (shape !== this.shape || this.recorded.backend !== backend || !this.recorded.fits()))
      this.dispose();
    if (shape !== this.shape) this.runs = 0;
    this.shape = shape;
    if (backend && !backend.profile && !this.recorded && this.runs++ >= WARM_UP)
      this.recorded = this.record(backend, arrays);
    if (this.recorded && !backend?.profile) return this.recorded.replay(Object.values(arrays));
    const value = this.f(arrays);
    return value.data().then(([number]) => {
      value.dispose();
      return number;
    });
  }

  /**
   * The step as it was caught; undefined where that failed, as where the card has no room for the arrays' own copies, and
   * then it is not tried again. Whatever is wrong with the step itself, running it says.
   */
  private record(backend: NativeBackend, arrays: Arrays): RecordedStep | undefined {
    try {
      return backend.recordStep(() => this.f(arrays), Object.values(arrays));
    } catch (error) {
      this.runs = Number.NEGATIVE_INFINITY;
      const why = (error as Error).message.replace(/\.$/, "");
      console.warn(`A step runs operation by operation, more slowly, as it cannot be recorded: ${why}.`);
      return undefined;
    }
  }

  /** Forgets what was recorded, and gives its memory back. */
  dispose(): void {
    this.recorded?.dispose();
    this.recorded = undefined;
    this.runs = 0;
  }
}

/** The backend, where it can record. */
function recorder(): NativeBackend | null {
  const { backend } = tf.engine();
  return backend instanceof NativeBackend && backend.native.beginRecording ? backend : null;
}
