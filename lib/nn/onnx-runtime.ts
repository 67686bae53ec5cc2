import { requirePackage } from "../package-root.js";

/** What of onnxruntime-node is used: the package may be missing, so its own types cannot be asked for. */
export interface OnnxRuntime {
  InferenceSession: {
    create(
      path: string,
      options: { executionProviders: string[]; logSeverityLevel: number },
    ): Promise<OnnxSession>;
  };
  Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => OnnxTensor;
}

export interface OnnxTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}

export interface OnnxSession {
  readonly inputMetadata: readonly OnnxValue[];
  readonly outputMetadata: readonly OnnxValue[];
  run(feeds: Record<string, OnnxTensor>, outputs: readonly string[]): Promise<Record<string, OnnxTensor>>;
  release(): Promise<void>;
}

/** An input or output: names stand for dimensions that are free. */
export interface OnnxValue {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/** The version that this project was tested with. */
const VERSION = "1.30.0";

/** onnxruntime-node, loaded when it is first needed; a sentence on how to get it where it is not here. */
export function onnxRuntime(): OnnxRuntime {
  try {
    return requirePackage("onnxruntime-node") as OnnxRuntime;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
    throw new Error(
      missing
        ? `ONNX models need the package onnxruntime-node: npm install onnxruntime-node@${VERSION} --ignore-scripts ` +
            "(what it needs on a CPU is in the package; its script would fetch CUDA's libraries)."
        : `onnxruntime-node cannot be loaded on this machine: ${(cause as Error).message.split("\n")[0]}.`,
      { cause },
    );
  }
}
