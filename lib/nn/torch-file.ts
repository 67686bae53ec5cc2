import { readFile, stat } from "node:fs/promises";
import { archiveLimits } from "../data/archives/archive.js";
import { openZip } from "../data/archives/zip.js";
import { unpickle } from "../data/pickle/pickle.js";
import { startsWith } from "../files/starts-with.js";
import { elementCount, type TensorMap } from "./host-tensor.js";
import { readLegacyTorch } from "./torch-legacy.js";
import { contents } from "./torch-objects.js";
import { parseStorage, torchGlobal } from "./torch-pickle.js";
import { type TorchStorage, TorchTensor, UnreadTensor } from "./torch-tensor.js";

/** What to run where a checkpoint's tensors cannot be had. */
const saveState = "save them in Python with torch.save(model.state_dict(), path)";
/** Tensors and all else of a checkpoint; a network of 1000 layers has some 20 000 members. */
const maxMembers = 100_000;

/**
 * PyTorch's `torch.save` files (`.pth`, `.pt`, Lightning's `.ckpt`), the zip of PyTorch >= 1.6, the older run of
 * pickles, and TorchScript archives, read without executing them: only the functions that rebuild tensors are known,
 * objects of all other classes (layers, callbacks, dates) become inert, and names that run code are refused.
 *
 * Dictionaries, lists and modules give dotted names ("state_dict.conv1.weight", "0.conv1.weight"); a module's tensors
 * are named as in its `state_dict()`. Numbers of any precision become f32.
 */
export async function readTorchFile(path: string): Promise<TensorMap> {
  const { size } = await stat(path);
  if (size > 2 ** 32)
    throw new Error(`${path} is ${size} bytes long; files over 4 GiB are not read as weights.`);
  const tensors = (await startsWith(path, "PK"))
    ? await readZip(path, size)
    : valuesOf(path, size, tensorsOf(path, readLegacyTorch(path, new Uint8Array(await readFile(path)))));
  if (tensors.size === 0) throw new Error(`${path} holds no tensors; ${saveState}.`);
  return tensors;
}

/** The zip: `data.pkl` says what there is, `data/KEY` are the numbers. Only those of the tensors wanted are read. */
async function readZip(path: string, size: number): Promise<TensorMap> {
  const archive = await openZip(path, {
    ...archiveLimits,
    maxEntries: maxMembers,
    maxEntryBytes: 2 ** 32,
  }).catch((cause) => {
    throw new Error(`${path} is not a PyTorch file: ${cause.message} Save it again with torch.save.`, {
      cause,
    });
  });
  try {
    const sizes = new Map(archive.entries.map((e) => [e.name, e.size]));
    const main = [...sizes.keys()].find((n) => /(^|\/)data\.pkl$/.test(n));
    if (!main) throw new Error(`${path} is a zip without data.pkl, so not a PyTorch file; ${saveState}.`);
    const folder = main.slice(0, -"data.pkl".length);
    if (sizes.has(`${folder}byteorder`)) {
      const order = Buffer.from(await archive.read(`${folder}byteorder`)).toString();
      if (order !== "little")
        throw new Error(`${path} was saved on a big-endian machine, which is not supported.`);
    }
    const saved = unpickle(await archive.read(main), {
      allow: torchGlobal,
      name: `in ${path}`,
      maxBytes: 2 ** 29,
      persistentLoad: (id) => ({ ...parseStorage(id), raw: null }) satisfies TorchStorage,
    });
    const found = tensorsOf(path, saved);
    const read = new Map<string, Uint8Array>();
    for (const { storage } of found.values()) {
      const entry = `${folder}data/${storage.key}`;
      if ((sizes.get(entry) ?? -1) < storage.bytes)
        throw new Error(
          `${path} lacks the numbers of storage "${storage.key}"; it was cut short or damaged.`,
        );
      const raw = read.get(entry) ?? (await archive.read(entry));
      read.set(entry, raw);
      storage.raw = raw;
    }
    return valuesOf(path, size, found);
  } finally {
    await archive.close();
  }
}

/** The tensors of what was saved, by their dotted names. */
function tensorsOf(path: string, saved: unknown): Map<string, TorchTensor> {
  const found = new Map<string, TorchTensor>();
  const seen = new Set<unknown>();
  const collect = (value: unknown, name: string, depth: number): void => {
    if (value instanceof TorchTensor) found.set(name, value);
    if (value instanceof UnreadTensor) throw new Error(`${path}: the tensor "${name}" ${value.why}.`);
    // A container may hold itself, or be nested without end.
    if (typeof value !== "object" || value === null || seen.has(value) || depth > 32) return;
    seen.add(value);
    for (const [key, v] of contents(value)) collect(v, name ? `${name}.${key}` : key, depth + 1);
  };
  collect(withoutTrainer(saved), "", 0);
  return found;
}

/** A trainer's checkpoint holds the optimiser's moments too: three times the memory, and not weights. */
function withoutTrainer(saved: unknown): unknown {
  if (!(saved instanceof Map)) return saved;
  const inner = ["state_dict", "model_state_dict"].find((key) => saved.get(key) instanceof Map);
  return inner ? saved.get(inner) : saved;
}

function valuesOf(path: string, size: number, found: ReadonlyMap<string, TorchTensor>): TensorMap {
  const tensors: TensorMap = new Map();
  let left = 8 * size + 2 ** 26;
  for (const [name, tensor] of found) {
    // Bytes become four-byte floats, two names may share a tensor and a short one may be repeated along an axis, but a
    // file that repeats one storage under thousands of names is made to fill the memory.
    left -= 4 * elementCount(tensor.shape);
    if (left < 0) throw new Error(`${path} describes far more numbers than it holds; it is not read.`);
    try {
      tensors.set(name, { shape: tensor.shape, data: tensor.values() });
    } catch (error) {
      throw new Error(`${path}: the tensor "${name}" ${(error as Error).message}.`, { cause: error });
    }
  }
  return tensors;
}
