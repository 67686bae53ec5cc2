import { numpyGlobals } from "../data/pickle/numpy-pickle.js";
import type { Buildable, Callable } from "../data/pickle/pickle.js";
import { Inert } from "./torch-objects.js";
import { type TorchStorage, TorchTensor, UnreadTensor } from "./torch-tensor.js";
import { type TorchType, torchTypeOf, typeMarker } from "./torch-types.js";

/** A persistent id of a PyTorch pickle: which storage it means, and how long that is. */
export function parseStorage(id: unknown): Omit<TorchStorage, "raw"> {
  const [kind, named, key, , count] = Array.isArray(id) ? id : [];
  const type = torchTypeOf(named);
  if (kind !== "storage" || !type || !Number.isSafeInteger(count) || count < 0)
    throw new Error("A PyTorch file refers to a storage in a way that cannot be read; it is damaged.");
  if (Number.isNaN(type.size))
    throw new Error(
      `A PyTorch file holds a ${type.name}, which is not read; save its tensors as tensor.float().`,
    );
  return { key: String(key), type, bytes: count * type.size };
}

const rebuildTensor: Callable = (storage, offset, shape, stride, _grad, _hooks, flags) =>
  isStorage(storage) ? tensor(storage, storage.type, { offset, shape, stride, flags }) : noTensor();

/** The newer types have storages of bytes, and stand beside them. */
const rebuildTyped: Callable = (storage, offset, shape, stride, _grad, _hooks, dtype, flags) => {
  const type = torchTypeOf(dtype);
  return isStorage(storage) && type ? tensor(storage, type, { offset, shape, stride, flags }) : noTensor();
};

function tensor(
  storage: TorchStorage,
  type: TorchType,
  { offset, shape, stride, flags }: Record<"offset" | "shape" | "stride" | "flags", unknown>,
): TorchTensor | UnreadTensor {
  if (flags instanceof Map && flags.get("neg"))
    return new UnreadTensor("is a negative view of another; save it after tensor.resolve_neg()");
  const whole = (v: unknown): v is number[] =>
    Array.isArray(v) && v.length <= 16 && v.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!whole([offset]) || !whole(shape) || !whole(stride) || shape.length !== stride.length)
    return noTensor();
  return new TorchTensor(storage, type, offset as number, shape, stride);
}

function noTensor(): never {
  throw new Error("A PyTorch file describes a tensor that cannot be; it is damaged.");
}

function isStorage(value: unknown): value is TorchStorage {
  return typeof value === "object" && value !== null && "bytes" in value && "raw" in value;
}

const unread =
  (why: string): Callable =>
  () =>
    new UnreadTensor(why);

/** An OrderedDict's own attributes (`_metadata`) are set by BUILD and not needed. */
class Ordered extends Map<unknown, unknown> implements Buildable {
  setState(): void {}
}

const ownClass = unread("is of a class of its own, which is not known here; save it as a plain tensor");

/** `_rebuild_from_type_v2` calls the function that it is given, for tensors of a class of their own. */
const rebuildFromType: Callable = (rebuild, _type, args) => {
  const known = [rebuildTensor, rebuildTyped].find((f) => f === rebuild);
  return known && Array.isArray(args) ? known(...args) : ownClass();
};
const same: Callable = (value) => value;
const asSet: Callable = (items) => new Set(items as Iterable<unknown>);

const fixedGlobals: Record<string, Callable> = {
  ...numpyGlobals,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_tensor_v3": rebuildTyped,
  "torch._utils._rebuild_meta_tensor_no_storage": unread(
    "is on the meta device, without numbers; save the model after it has its weights",
  ),
  "torch._utils._rebuild_qtensor": unread(
    "holds quantised numbers, which are not read; save tensor.dequantize()",
  ),
  "torch._utils._rebuild_sparse_tensor": unread("is sparse, which is not read; save tensor.to_dense()"),
  "torch._utils._rebuild_nested_tensor": unread("is nested, which is not read; save its parts one by one"),
  "torch.serialization._get_layout": same,
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
  const known = Object.hasOwn(fixedGlobals, name) ? fixedGlobals[name] : typeMarker(name);
  if (known) return known;
  if (/^torch\._utils\._rebuild_\w*tensor\w*$/.test(name)) return ownClass;
  const builtIn = /^(builtins|__builtin__)\./.test(name);
  if (builtIn ? !plainBuiltins.test(name) : harmful.test(name)) return undefined;
  return /^[\w.<>[\], ]+$/.test(name) ? () => new Inert() : undefined;
}
