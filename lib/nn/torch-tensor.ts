import { elementCount } from "./host-tensor.js";
import { numberFormats } from "./number-format.js";
import type { TorchType } from "./torch-types.js";

/** Where a storage's bytes are: known at once in the zip, read later in the old format. */
export interface TorchStorage {
  /** Its name in the file. */
  key: string;
  type: TorchType;
  bytes: number;
  raw: Uint8Array | null;
}

/** Part of a storage, in the order that strides say. What is wrong with one is a clause about it. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    /** Of its numbers; that of the storage, or another for a storage of bytes. */
    readonly type: TorchType,
    readonly offset: number,
    readonly shape: number[],
    readonly stride: number[],
  ) {}

  /** Row-major f32 values; a stride of 0 repeats what there is, as torch's `expand` does. */
  values(): Float32Array {
    const { storage, type, offset, shape, stride } = this;
    if (!type.format) throw new Error(`is stored as ${type.name}, ${howToConvert(type.name)}`);
    if (!storage.raw) throw new Error("has no storage in the file; save it again");
    const count = elementCount(shape);
    const last = shape.reduce((at, n, d) => at + Math.max(0, n - 1) * stride[d], offset);
    const { size, decode } = numberFormats[type.format];
    if (count > 0 && (last + 1) * size > storage.bytes)
      throw new Error(`of shape [${shape}] reaches outside its storage; the file is damaged`);
    let dense = 1;
    const contiguous = [...shape.keys()].reverse().every((d) => {
      const ok = shape[d] === 1 || stride[d] === dense;
      dense *= shape[d];
      return ok;
    });
    if (contiguous) return decode(storage.raw.subarray(offset * size, (offset + count) * size));
    const picked = new Uint8Array(count * size);
    const index = shape.map(() => 0);
    for (let i = 0; i < count; i++) {
      const from = size * index.reduce((at, n, d) => at + n * stride[d], offset);
      for (let b = 0; b < size; b++) picked[i * size + b] = storage.raw[from + b];
      for (let d = shape.length - 1; d >= 0 && ++index[d] === shape[d]; d--) index[d] = 0;
    }
    return decode(picked);
  }
}

/** A tensor whose numbers cannot be had as they lie in the file; `why` is a clause about it. */
export class UnreadTensor {
  constructor(readonly why: string) {}
}

function howToConvert(type: string): string {
  if (/^complex/i.test(type)) return "complex numbers, which are not read; save its real and imaginary parts";
  if (/^q/i.test(type)) return "quantised numbers, which are not read; save tensor.dequantize()";
  return "which is not read; save tensor.float()";
}
