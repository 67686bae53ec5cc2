import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { atomicWrite } from "../files/atomic-write.js";
import { elementCount, type TensorMap } from "./host-tensor.js";
import { type FormatName, numberFormats } from "./number-format.js";

/** A tensor as the header has it. */
interface Entry {
  name: string;
  dtype: FormatName;
  shape: number[];
  begin: number;
  end: number;
}

/** A header of 16 MiB would name some 100 000 tensors; ResNet-18 has 102. */
const MAX_HEADER = 2 ** 24;

/**
 * Reads a safetensors file: 8 bytes little-endian header length, a JSON header
 * { name: { dtype, shape, data_offsets: [begin, end] }, __metadata__: { text: text } }, then the numbers, which become
 * f32. Everything the header claims is checked before any memory is taken for it.
 */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: TensorMap; metadata: Record<string, string> }> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const { entries, metadata, start } = await readHeader(path, size, async (at, length) => {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, at);
      return bytes.subarray(0, bytesRead);
    });
    const tensors: TensorMap = new Map();
    for (const { name, dtype, shape, begin, end } of entries) {
      const raw = Buffer.alloc(end - begin);
      const { bytesRead } = await file.read(raw, 0, raw.length, start + begin);
      if (bytesRead !== raw.length) throw refusal(path, `ends inside tensor "${name}"`);
      tensors.set(name, { shape, data: numberFormats[dtype].decode(raw) });
    }
    return { tensors, metadata };
  } finally {
    await file.close();
  }
}

async function readHeader(
  path: string,
  size: number,
  read: (at: number, length: number) => Promise<Buffer>,
): Promise<{ entries: Entry[]; metadata: Record<string, string>; start: number }> {
  if (size < 10) throw refusal(path, `is only ${size} bytes long`);
  const length = Number((await read(0, 8)).readBigUInt64LE());
  if (length > MAX_HEADER || length > size - 8)
    throw refusal(path, `announces a header of ${length} bytes in a file of ${size}`);
  let header: unknown;
  try {
    header = JSON.parse((await read(8, length)).toString("utf8"));
  } catch (error) {
    throw refusal(path, `has a header that is not JSON (${(error as Error).message})`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw refusal(path, "has a header that is not an object");
  const start = 8 + length;
  const entries: Entry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header))
    if (name === "__metadata__") metadata = value as Record<string, string>;
    else entries.push(checkEntry(path, name, value));
  // The specification asks for no holes and no overlaps: then nothing is hidden and nothing is read twice.
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) throw refusal(path, `leaves a hole or an overlap before tensor "${name}"`);
    at = end;
  }
  if (at !== size - start)
    throw refusal(path, `holds ${size - start} bytes of numbers where its header says ${at}`);
  return { entries, metadata, start };
}

function checkEntry(path: string, name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const whole = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0;
  if (typeof dtype !== "string") throw refusal(path, `stores "${name}" as no type, which is not supported`);
  if (!Object.hasOwn(numberFormats, dtype))
    throw new Error(`${path} stores "${name}" as ${dtype.slice(0, 20)}, which is not read; save it as f32.`);
  if (!Array.isArray(shape) || !shape.every(whole)) throw refusal(path, `gives "${name}" no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole))
    throw refusal(path, `gives "${name}" no valid offsets`);
  const format = dtype as FormatName;
  const bytes = elementCount(shape) * numberFormats[format].size;
  if (offsets[1] - offsets[0] !== bytes)
    throw refusal(
      path,
      `gives "${name}" of shape [${shape}] ${offsets[1] - offsets[0]} bytes where ${bytes} are needed`,
    );
  return { name, dtype: format, shape, begin: offsets[0], end: offsets[1] };
}

function refusal(path: string, what: string): Error {
  return new Error(`${path} is not a whole safetensors file: it ${what}; fetch or save it again.`);
}

/** Writes f32 tensors atomically and returns the SHA-256 of the file. */
export async function writeSafetensors(
  path: string,
  tensors: TensorMap,
  metadata: Record<string, string> = {},
): Promise<string> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (elementCount(shape) !== data.length)
      throw new Error(`Tensor "${name}" of shape [${shape}] has ${data.length} values and cannot be saved.`);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = JSON.stringify(header);
  // Spaces bring the numbers to a multiple of 8 bytes, so that readers can map the file.
  const text = Buffer.from(json + " ".repeat((8 - (Buffer.byteLength(json) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const digest = createHash("sha256");
  await atomicWrite(path, async (file) => {
    for (const part of [length, text, ...[...tensors.values()].map((t) => bytesOf(t.data))]) {
      digest.update(part);
      // writeFile goes on from where the last one stopped, and writes all of it.
      await file.writeFile(part);
    }
  });
  return digest.digest("hex");
}

const bytesOf = (a: Float32Array) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
