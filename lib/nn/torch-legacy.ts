import { unpickleAt } from "../data/pickle/pickle.js";
import { parseStorage, torchGlobal } from "./torch-pickle.js";
import type { TorchStorage } from "./torch-tensor.js";

const magicNumber = 0x1950a86a20f9469cfc6cn;

/** What `torch.save` wrote before PyTorch 1.6: pickles one after another, then the storages. */
export function readLegacyTorch(path: string, bytes: Uint8Array): unknown {
  const options = { allow: torchGlobal, name: `in ${path}` };
  const storages = new Map<string, TorchStorage>();
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
  if (magic !== magicNumber)
    throw new Error(
      `${path} is neither a zip nor an older torch.save file; save the weights in Python with torch.save(model.state_dict(), path).`,
    );
  next(); // protocol version
  next(); // sizes of C types on the machine that wrote it
  const saved = next((id) => {
    // A whole module's classes come with their source code, which is of no use here.
    if (Array.isArray(id) && id[0] === "module") return id[1];
    const storage = parseStorage(id);
    const known = storages.get(storage.key) ?? { ...storage, raw: null };
    storages.set(storage.key, known);
    return known;
  });
  const keys = next();
  if (!Array.isArray(keys)) throw new Error(`${path} has no list of storages; it is damaged.`);
  for (const key of keys) {
    const storage = storages.get(String(key));
    if (!storage || at + 8 > bytes.length)
      throw new Error(`${path} ends before its storages; it was cut short.`);
    at += 8; // the count again
    const end = at + storage.bytes;
    if (end > bytes.length) throw new Error(`${path} ends inside storage "${key}"; it was cut short.`);
    storage.raw = bytes.subarray(at, end);
    at = end;
  }
  return saved;
}
