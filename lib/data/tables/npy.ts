import { readFile } from "node:fs/promises";
import { atomicWrite } from "../../files/atomic-write.js";
import type { Matrix } from "../../matrix.js";

const MAGIC = "\x93NUMPY";

/**
 * Matrices in NumPy's own file format (version 1.0, C order, little-endian f4 or f8), so that `numpy.load` reads
 * what was written here and the other way round.
 */
export async function writeNpy(path: string, { data, shape }: Matrix): Promise<void> {
  const descr = data instanceof Float32Array ? "<f4" : "<f8";
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.from(`${MAGIC}\x01\x00\x00\x00${padded}`, "latin1");
  head.writeUInt16LE(padded.length, 8);
  await atomicWrite(path, async (file) => {
    await file.writeFile(head);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const step = 64 << 20; // single writes beyond 2 GiB fail
    for (let from = 0; from < bytes.length; from += step)
      await file.writeFile(bytes.subarray(from, Math.min(bytes.length, from + step)));
  });
}

/** Reads what `writeNpy` or `numpy.save` wrote; other dtypes, orders and dimensions are refused by name. */
export async function readNpy(path: string): Promise<Matrix> {
  const bytes = await readFile(path);
  const refuse = (why: string) => new Error(`${path} is not a matrix that can be read: ${why}.`);
  if (bytes.length < 10 || bytes.toString("latin1", 0, 6) !== MAGIC) throw refuse("it is no .npy file");
  if (bytes[6] !== 1) throw refuse(`its format version is ${bytes[6]}, not 1`);
  const start = 10 + bytes.readUInt16LE(8);
  const match =
    /^\{'descr': '(<f[48])', 'fortran_order': (True|False), 'shape': \((\d+), (\d+)\), \}\s*$/.exec(
      bytes.toString("latin1", 10, start),
    );
  if (!match) throw refuse("its header does not describe a two-dimensional array of little-endian floats");
  if (match[2] === "True") throw refuse("it is in Fortran order; save numpy.ascontiguousarray(x)");
  const shape: [number, number] = [Number(match[3]), Number(match[4])];
  const each = match[1] === "<f4" ? 4 : 8;
  const wanted = shape[0] * shape[1] * each;
  if (bytes.length - start !== wanted)
    throw refuse(`it holds ${bytes.length - start} bytes of data where ${wanted} are promised`);
  const copy = new Uint8Array(wanted); // aligned for the typed array
  copy.set(bytes.subarray(start));
  return { data: each === 4 ? new Float32Array(copy.buffer) : new Float64Array(copy.buffer), shape };
}
