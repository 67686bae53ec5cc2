export type BackendName = "cuda" | "tensorflow-gpu" | "tensorflow" | "onednn" | "wasm" | "cpu";

export interface EngineOptions {
  backend?: BackendName | "auto";
  /**
   * How activations are stored and multiplied. `auto`: bf16 on a GPU and where the CPU multiplies bf16 itself
   * (AVX512-BF16 or AMX), else f32. Weights and their updates are always f32. Only `cuda` and `onednn` have bf16.
   */
  precision?: "auto" | "f32" | "bf16";
  /** Default: the number of physical cores this process may use. Only `onednn` follows it. */
  threads?: number;
}

export interface EngineInfo {
  backend: BackendName;
  /** Such as "AMD EPYC 9654, avx512_bf16". */
  device: string;
  precision: "f32" | "bf16";
  threads: number;
  /** One line for the reader: the choice, and why not a faster one. */
  note: string;
}

/** What an engine says of itself when it has started. */
export type StartedEngine = Omit<EngineInfo, "backend" | "note">;

export interface EngineStats {
  /** Kernel name -> how often tfjs' JavaScript kernel stood in for a missing native one. */
  fallbacks: Record<string, number>;
  /** Native kernel name -> calls and milliseconds spent in it (the time only while `profile` is on). */
  kernels: Record<string, { calls: number; ms: number }>;
  bytes: {
    /** Live tensors as tfjs counts them. */
    tensors: number;
    /** Native memory behind live tensors. */
    native: number;
    /** Freed blocks kept for reuse. */
    pooled: number;
    /** The most that was ever held at once, live and pooled. */
    peak: number;
  };
}
