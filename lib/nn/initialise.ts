import type { Random } from "../random.js";
import { elementCount, type HostTensor } from "./host-tensor.js";

/** He et al. 2015, as torchvision's ResNet starts: N(0, 2 / (height width out)), the fan-out of an OIHW kernel. */
export function kaimingNormal(shape: [number, number, number, number], random: Random): HostTensor {
  const std = Math.sqrt(2 / (shape[0] * shape[2] * shape[3]));
  return { shape, data: Float32Array.from({ length: elementCount(shape) }, () => random.normal(0, std)) };
}

/** torch.nn.Linear's start for weights and biases: uniform within 1 / sqrt(inputs). */
export function linearUniform(shape: number[], inputs: number, random: Random): HostTensor {
  const bound = 1 / Math.sqrt(inputs);
  return {
    shape,
    data: Float32Array.from({ length: elementCount(shape) }, () => random.uniform(-bound, bound)),
  };
}

export function constant(length: number, value: number): HostTensor {
  return { shape: [length], data: new Float32Array(length).fill(value) };
}
