import { readFile, stat } from "node:fs/promises";
import { unzipSync } from "fflate";
import { numpyGlobals } from "../data/numpy-pickle.js";
import { type Buildable, type Callable, unpickle, unpickleAt } from "../data/pickle.js";
import { elementCount, type TensorMap } from "./host-tensor.js";
import { type FormatName, numberFormats } from "./number-format.js";

/**
 * PyTorch's `torch.save` files (`.pth`, `.pt`, Lightning's `.ckpt`), both the zip of PyTorch >= 1.6 and the older
 * run of pickles, read without executing them: only the functions that rebuild tensors are known, the classes a
 * trainer's checkpoint mentions besides (callbacks, hyperparameters) become inert, and everything else is refused.
 *
 * Nested dictionaries give dotted names ("state_dict.conv1.weight"); numbers of any precision become f32.
 */
export async function readTorchFile(path: string): Promise<TensorMap> {
  const { size } = await stat(path);
  if (size > 2 ** 32)
    throw new Error(`${path} is ${size} bytes long; files over 4 GiB are not read as weights.`);
  const bytes = new Uint8Array(await readFile(path));
  const saved = bytes[0] === 0x50 && bytes[1] === 0x4b ? readZip(path, bytes) : readLegacy(path, bytes);
  const tensors: TensorMap = new Map();
  collect(saved, "", tensors, new Set());
  if (tensors.size === 0) throw new Error(`${path} holds no tensors; save the network's state_dict() there.`);
  return tensors;
}

/** Where a storage's bytes are: known at once in the zip, read later in the old format. */
interface Storage {
  format: FormatName;
  count: number;
  raw: Uint8Array | null;
}

class TorchTensor {
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

// ---- the zip ---------------------------------------------------------------------------------------------------

function readZip(path: string, bytes: Uint8Array): unknown {
  let total = 0;
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter: ({ name, originalSize, compression }) => {
        // torch.save stores without compression: anything else could unpack to any size.
        if (compression !== 0 || (total += originalSize) > bytes.length)
          throw new Error(`its member "${name}" is compressed or overlaps another`);
        return /(^|\/)(data\.pkl|byteorder|data\/[^/]+)$/.test(name);
      },
    });
  } catch (error) {
    throw new Error(
      `${path} is not a PyTorch file: ${(error as Error).message}; save it again with torch.save.`,
    );
  }
  const main = Object.keys(files).find((n) => n.endsWith("data.pkl"));
  if (!main) throw new Error(`${path} is a zip without data.pkl, so not a PyTorch file.`);
  const folder = main.slice(0, -"data.pkl".length);
  const order = files[`${folder}byteorder`];
  if (order && Buffer.from(order).toString() !== "little")
    throw new Error(`${path} was saved on a big-endian machine, which is not supported.`);
  return unpickle(files[main], {
    allow: torchGlobal,
    name: `in ${path}`,
    persistentLoad: (id) => {
      const storage = parseStorage(id);
      const raw = files[`${folder}data/${storage.key}`];
      if (!raw || raw.length < storage.count * numberFormats[storage.format].size)
        throw new Error(
          `${path} lacks the numbers of storage "${storage.key}"; it was cut short or damaged.`,
        );
      return { ...storage, raw };
    },
  });
}

// ---- the format before PyTorch 1.6: pickles one after another, then the storages ------------------------------------

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

function readLegacy(path: string, bytes: Uint8Array): unknown {
  const options = { allow: torchGlobal, name: `in ${path}` };
  const storages = new Map<string, Storage>();
  let at = 0;
  const next = (persistentLoad?: (id: unknown) => unknown) => {
    const { value, end } = unpickleAt(bytes, at, { ...options, persistentLoad });
    at = end;
    return value;
  };
  let magic: unknown;
  try {
    magic = next();
  } catch {
    magic = null;
  }
  if (magic !== LEGACY_MAGIC) throw new Error(`${path} is neither a zip nor an older torch.save file.`);
  next(); // protocol version
  next(); // sizes of C types on the machine that wrote it
  const saved = next((id) => {
    const { key, format, count } = parseStorage(id);
    const known = storages.get(key) ?? { format, count, raw: null };
    storages.set(key, known);
    return known;
  });
  const keys = next();
  if (!Array.isArray(keys)) throw new Error(`${path} has no list of storages; it is damaged.`);
  for (const key of keys) {
    const storage = storages.get(String(key));
    if (!storage || at + 8 > bytes.length)
      throw new Error(`${path} ends before its storages; it was cut short.`);
    const size = storage.count * numberFormats[storage.format].size;
    at += 8; // the count again
    if (at + size > bytes.length) throw new Error(`${path} ends inside storage "${key}"; it was cut short.`);
    storage.raw = bytes.subarray(at, at + size);
    at += size;
  }
  return saved;
}

// ---- the names a PyTorch pickle uses ------------------------------------------------------------------------------

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

class StorageType {
  constructor(readonly format: FormatName) {}
}
/** The class of a storage is a value here, never a function to call: this marks which format it stands for. */
const storageTypes = new Map<unknown, StorageType>();
const storageGlobals = Object.fromEntries(
  Object.entries(storageFormats).map(([name, format]) => {
    const marker: Callable = () => {
      throw new Error(`A pickle calls ${name}, which only names a type.`);
    };
    storageTypes.set(marker, new StorageType(format));
    return [name, marker];
  }),
);

function parseStorage(id: unknown): { key: string; format: FormatName; count: number } {
  const [kind, type, key, , count] = Array.isArray(id) ? id : [];
  const format = storageTypes.get(type)?.format;
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

function torchGlobal(name: string): Callable | undefined {
  if (Object.hasOwn(fixedGlobals, name)) return fixedGlobals[name];
  return inert.test(name) ? () => new Inert() : undefined;
}

/** Walks dictionaries, giving every floating or whole tensor its dotted name. */
function collect(value: unknown, name: string, into: TensorMap, seen: Set<unknown>): void {
  if (value instanceof TorchTensor) {
    into.set(name, { shape: value.shape, data: value.values() });
    return;
  }
  if (!(value instanceof Map) || seen.has(value)) return;
  seen.add(value);
  // A trainer's checkpoint holds the optimiser's moments too: three times the memory, and not weights.
  const inner =
    name === "" ? ["state_dict", "model_state_dict"].find((k) => value.get(k) instanceof Map) : undefined;
  const entries = inner ? (value.get(inner) as Map<unknown, unknown>) : value;
  for (const [key, v] of entries) collect(v, name ? `${name}.${key}` : String(key), into, seen);
}
