import type { Random } from "../random.js";
import { elementCount, type HostTensor } from "./host-tensor.js";

/** He et al. 2015, as torchvision's ResNet starts: N(0, 2 / (height width out)), the fan-out of an OIHW kernel. */
export function kaimingNormal(shape: [number, number, number, number], random: Random): HostTensor {
  const std = Math.sqrt(2 / (shape[0] * shape[2] * shape[3]));
  const data = new Float32Array(elementCount(shape));
  for (let i = 0; i < data.length; i++) data[i] = random.normal(0, std);
  return { shape, data };
}

/** torch.nn.Linear's start for weights and biases: uniform within 1 / sqrt(inputs). */
export function linearUniform(shape: number[], inputs: number, random: Random): HostTensor {
  const bound = 1 / Math.sqrt(inputs);
  const data = new Float32Array(elementCount(shape));
  for (let i = 0; i < data.length; i++) data[i] = random.uniform(-bound, bound);
  return { shape, data };
}

export function constant(length: number, value: number): HostTensor {
  return { shape: [length], data: new Float32Array(length).fill(value) };
}
