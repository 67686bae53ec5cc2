import { numpyGlobals } from "../data/pickle/numpy-pickle.js";
import type { Buildable, Callable } from "../data/pickle/pickle.js";
import { elementCount } from "./host-tensor.js";
import { type FormatName, numberFormats } from "./number-format.js";
import { Inert } from "./torch-objects.js";

/** Where a storage's bytes are: known at once in the zip, read later in the old format. */
export interface TorchStorage {
  /** Its name in the file. */
  key: string;
  format: FormatName;
  count: number;
  raw: Uint8Array | null;
}

export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
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

const rebuildTensor: Callable = (storage, offset, shape, stride, _grad, _hooks, flags) => {
  if (flags instanceof Map && flags.get("neg"))
    throw new Error("A tensor is a negative view of another; save it after tensor.resolve_neg().");
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

function isStorage(value: unknown): value is TorchStorage {
  return typeof value === "object" && value !== null && "format" in value && "raw" in value;
}

/** An OrderedDict's own attributes (`_metadata`) are set by BUILD and not needed. */
class Ordered extends Map<unknown, unknown> implements Buildable {
  setState(): void {}
}

/** `_rebuild_from_type_v2` calls the function that it is given, for tensors of a class of their own. */
const rebuildFromType: Callable = (rebuild, _type, args) => {
  if (rebuild !== rebuildTensor || !Array.isArray(args)) return new Inert();
  return rebuildTensor(...args);
};
const same: Callable = (value) => value;
const asSet: Callable = (items) => new Set(items as Iterable<unknown>);

const fixedGlobals: Record<string, Callable> = {
  ...numpyGlobals,
  ...storageGlobals,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_meta_tensor_no_storage": () => {
    throw new Error(
      "A tensor is on the meta device, without numbers; save the model after it has its weights.",
    );
  },
  "torch._utils._rebuild_parameter": same,
  "torch._utils._rebuild_parameter_with_state": same,
  "torch._tensor._rebuild_from_type_v2": rebuildFromType,
  "torch.jit._pickle.restore_type_tag": same,
  "torch.jit._pickle.build_tensorlist": same,
  "collections.OrderedDict": (items) => new Ordered(items as Iterable<[unknown, unknown]> | null),
  "collections.defaultdict": () => new Map(),
  "torch.Size": same,
  "builtins.set": asSet,
  "__builtin__.set": asSet,
};

/** Modules whose functions run code or reach the machine: a checkpoint that asks for them is made to do harm. */
const harmful =
  /^(os|posix|nt|subprocess|sys|shutil|socket|pty|commands|platform|importlib|imp|pkgutil|runpy|code|codeop|ctypes|cffi|webbrowser|urllib|http|requests|ftplib|smtplib|pickle|_pickle|cPickle|marshal|shelve|multiprocessing|asyncio|threading|_thread|signal|operator|_operator|inspect|gc|io|_io|pip|pydoc|pdb|bdb|timeit|trace|profile|cProfile|torch\.(hub|load|jit\.load|storage\._load_from_bytes|serialization)|torch\._inductor|numpy\.(load|f2py|testing|distutils))(\.|$)/;
/** What is built in is harmless where it only makes a value; enums are pickled through getattr, which is not run. */
const plainBuiltins =
  /^(builtins|__builtin__)\.(object|dict|list|tuple|frozenset|int|long|float|complex|bool|str|unicode|bytes|bytearray|slice|range|xrange|type|Exception|[A-Z]\w*Error|Ellipsis|NotImplemented|getattr)$/;

/**
 * What the name of a global in a PyTorch pickle stands for; undefined where it is not allowed. Nothing is ever run: a
 * class that is not known makes an inert object, which may hold tensors.
 */
export function torchGlobal(name: string): Callable | undefined {
  if (Object.hasOwn(fixedGlobals, name)) return fixedGlobals[name];
  const builtIn = /^(builtins|__builtin__)\./.test(name);
  if (builtIn ? !plainBuiltins.test(name) : harmful.test(name)) return undefined;
  return /^[\w.<>[\], ]+$/.test(name) ? () => new Inert() : undefined;
}
