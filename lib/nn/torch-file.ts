import { readFile, stat } from "node:fs/promises";
import { unzipSync } from "fflate";
import { unpickle, unpickleAt } from "../data/pickle/pickle.js";
import { elementCount, type TensorMap } from "./host-tensor.js";
import { numberFormats } from "./number-format.js";
import { parseStorage, type Storage, TorchTensor, torchGlobal } from "./torch-pickle.js";

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
  let left = 8 * size + 2 ** 20;
  collect(saved, "", 0, new Set(), (name, tensor) => {
    // Bytes become four-byte floats and two names may share a tensor, but a file that repeats one storage under
    // thousands of names is made to fill the memory.
    left -= 4 * elementCount(tensor.shape);
    if (left < 0) throw new Error(`${path} describes far more numbers than it holds; it is not read.`);
    tensors.set(name, { shape: tensor.shape, data: tensor.values() });
  });
  if (tensors.size === 0) throw new Error(`${path} holds no tensors; save the network's state_dict() there.`);
  return tensors;
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

/** Walks dictionaries, giving every tensor its dotted name. */
function collect(
  value: unknown,
  name: string,
  depth: number,
  seen: Set<unknown>,
  found: (name: string, tensor: TorchTensor) => void,
): void {
  if (value instanceof TorchTensor) found(name, value);
  // A dictionary may hold itself, or be nested without end.
  if (!(value instanceof Map) || seen.has(value) || depth > 16) return;
  seen.add(value);
  // A trainer's checkpoint holds the optimiser's moments too: three times the memory, and not weights.
  const inner =
    depth === 0 ? ["state_dict", "model_state_dict"].find((k) => value.get(k) instanceof Map) : undefined;
  const entries = inner ? (value.get(inner) as Map<unknown, unknown>) : value;
  for (const [key, v] of entries) collect(v, name ? `${name}.${key}` : String(key), depth + 1, seen, found);
}
