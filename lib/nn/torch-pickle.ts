import { numpyGlobals } from "../data/pickle/numpy-pickle.js";
import type { Buildable, Callable } from "../data/pickle/pickle.js";
import { elementCount } from "./host-tensor.js";
import { type FormatName, numberFormats } from "./number-format.js";

/** Where a storage's bytes are: known at once in the zip, read later in the old format. */
export interface Storage {
  format: FormatName;
  count: number;
  raw: Uint8Array | null;
}

export class TorchTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: number[],
    readonly stride: number[],
  ) {}

  /** Row-major f32 values. */
  values(): Float32Array {
    const { storage, offset, shape, stride } = this;
    if (!storage.raw) throw new Error("A tensor has no storage in the file; save it again.");
    const count = elementCount(shape);
    const last = shape.reduce((at, n, d) => at + Math.max(0, n - 1) * stride[d], offset);
    if (count > 0 && last >= storage.count)
      throw new Error(`A tensor of shape [${shape}] reaches outside its storage; the file is damaged.`);
    const { size, decode } = numberFormats[storage.format];
    let dense = 1;
    const contiguous = [...shape.keys()].reverse().every((d) => {
      const ok = shape[d] === 1 || stride[d] === dense;
      dense *= shape[d];
      return ok;
    });
    if (contiguous) return decode(storage.raw.subarray(offset * size, (offset + count) * size));
    // A stride of 0 repeats values: the size is bounded by the storage, as nothing a network saves does that.
    if (count > storage.count)
      throw new Error(`A tensor of shape [${shape}] repeats its storage; save a contiguous one.`);
    const all = decode(storage.raw);
    const out = new Float32Array(count);
    const index = shape.map(() => 0);
    for (let i = 0; i < count; i++) {
      out[i] = all[index.reduce((at, n, d) => at + n * stride[d], offset)];
      for (let d = shape.length - 1; d >= 0 && ++index[d] === shape[d]; d--) index[d] = 0;
    }
    return out;
  }
}

const storageFormats: Record<string, FormatName> = {
  "torch.DoubleStorage": "F64",
  "torch.FloatStorage": "F32",
  "torch.HalfStorage": "F16",
  "torch.BFloat16Storage": "BF16",
  "torch.LongStorage": "I64",
  "torch.IntStorage": "I32",
  "torch.ShortStorage": "I16",
  "torch.CharStorage": "I8",
  "torch.ByteStorage": "U8",
  "torch.BoolStorage": "BOOL",
};

/** The class of a storage is a value here, never a function to call: this says which format it stands for. */
const storageTypes = new Map<unknown, FormatName>();
const storageGlobals = Object.fromEntries(
  Object.entries(storageFormats).map(([name, format]) => {
    const marker: Callable = () => {
      throw new Error(`A pickle calls ${name}, which only names a type.`);
    };
    storageTypes.set(marker, format);
    return [name, marker];
  }),
);

/** A persistent id of a PyTorch pickle: which storage it means, and how long that is. */
export function parseStorage(id: unknown): { key: string; format: FormatName; count: number } {
  const [kind, type, key, , count] = Array.isArray(id) ? id : [];
  const format = storageTypes.get(type);
  if (kind !== "storage" || !format || !Number.isSafeInteger(count) || count < 0)
    throw new Error("A PyTorch file refers to a storage in a way that cannot be read; it is damaged.");
  return { key: String(key), format, count };
}

const rebuildTensor: Callable = (storage, offset, shape, stride) => {
  const whole = (v: unknown): v is number[] =>
    Array.isArray(v) && v.length <= 16 && v.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (
    !isStorage(storage) ||
    !whole([offset]) ||
    !whole(shape) ||
    !whole(stride) ||
    shape.length !== stride.length
  )
    throw new Error("A PyTorch file describes a tensor that cannot be; it is damaged.");
  return new TorchTensor(storage, offset as number, shape, stride);
};

function isStorage(value: unknown): value is Storage {
  return typeof value === "object" && value !== null && "format" in value && "raw" in value;
}

/** Something of no interest here, such as a trainer's callback: built, never looked into. */
class Inert implements Buildable {
  setState(): void {}
}

/** An OrderedDict's own attributes (`_metadata`) are set by BUILD and not needed. */
class Ordered extends Map<unknown, unknown> implements Buildable {
  setState(): void {}
}

const fixedGlobals: Record<string, Callable> = {
  ...numpyGlobals,
  ...storageGlobals,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_parameter": (tensor) => tensor,
  "collections.OrderedDict": (items) => new Ordered(items as Iterable<[unknown, unknown]> | null),
  "collections.defaultdict": () => new Map(),
  "torch.Size": (sizes) => sizes,
  "builtins.set": (items) => new Set(items as Iterable<unknown>),
  "__builtin__.set": (items) => new Set(items as Iterable<unknown>),
};

/** Packages whose objects a trainer's checkpoint carries beside the weights; they are made inert, never run. */
const inert =
  /^(pytorch_lightning|lightning|lightning_fabric|lightning_utilities|omegaconf|argparse|pathlib|torch\.optim|torch\.(device|dtype|float\d+|bfloat16|int\d+|strided))(\.|$)/;

/** What the name of a global in a PyTorch pickle stands for; undefined where it is not allowed. */
export function torchGlobal(name: string): Callable | undefined {
  if (Object.hasOwn(fixedGlobals, name)) return fixedGlobals[name];
  return inert.test(name) ? () => new Inert() : undefined;
}
