import { atomicWrite } from "../../files/atomic-write.js";
import { type KeptFile, openKeptFile } from "../../files/kept-file.js";
import { halfToFloat } from "../../half-float.js";
import type { Matrix } from "../../matrix.js";

const MAGIC = "\x93NUMPY";
/** Single writes beyond 2 GiB fail: larger arrays go in pieces. */
const STEP = 64 << 20;

/** What is read, by NumPy's names: bytes each, and values. Integers of 8 and 16 bits fit an f4, longer ones an f8. */
const dtypes: Readonly<Record<string, { each: number; decode(raw: ArrayBufferLike): Matrix["data"] }>> = {
  f2: { each: 2, decode: (raw) => Float32Array.from(new Uint16Array(raw), halfToFloat) },
  f4: { each: 4, decode: (raw) => new Float32Array(raw) },
  f8: { each: 8, decode: (raw) => new Float64Array(raw) },
  i1: { each: 1, decode: (raw) => new Float32Array(new Int8Array(raw)) },
  i2: { each: 2, decode: (raw) => new Float32Array(new Int16Array(raw)) },
  i4: { each: 4, decode: (raw) => new Float64Array(new Int32Array(raw)) },
  i8: { each: 8, decode: (raw) => Float64Array.from(new BigInt64Array(raw), Number) },
  u1: { each: 1, decode: (raw) => new Float32Array(new Uint8Array(raw)) },
  u2: { each: 2, decode: (raw) => new Float32Array(new Uint16Array(raw)) },
  u4: { each: 4, decode: (raw) => new Float64Array(new Uint32Array(raw)) },
  u8: { each: 8, decode: (raw) => Float64Array.from(new BigUint64Array(raw), Number) },
};

/**
 * Matrices in NumPy's own file format (version 1.0, C order, little-endian f4 or f8), so that `numpy.load` reads
 * what was written here and the other way round.
 */
export async function writeNpy(path: string, { data, shape }: Matrix): Promise<void> {
  await writeNpyRows(path, shape, [data]);
}

/**
 * The same from blocks of whole rows as they come, so that an array larger than the memory can be written. All blocks
 * are of one type, the first one's; fails unless they fill `shape`.
 */
export async function writeNpyRows(
  path: string,
  shape: Matrix["shape"],
  blocks: Iterable<Matrix["data"]> | AsyncIterable<Matrix["data"]>,
): Promise<void> {
  await atomicWrite(path, async (file) => {
    let descr: string | null = null;
    let written = 0;
    for await (const data of blocks) {
      const type = data instanceof Float32Array ? "<f4" : "<f8";
      if (descr === null) await file.writeFile(npyHead(type, shape));
      descr ??= type;
      if (type !== descr) throw new Error(`${path} began with ${descr} and cannot go on with ${type}.`);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      for (let from = 0; from < bytes.length; from += STEP)
        await file.writeFile(bytes.subarray(from, Math.min(bytes.length, from + STEP)));
      written += data.length;
    }
    if (descr === null) await file.writeFile(npyHead("<f4", shape));
    if (written !== shape[0] * shape[1])
      throw new Error(`${written} values came for ${path}, which is to hold ${shape[0]} x ${shape[1]}.`);
  });
}

function npyHead(descr: string, shape: Matrix["shape"]): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.from(`${MAGIC}\x01\x00\x00\x00${padded}`, "latin1");
  head.writeUInt16LE(padded.length, 8);
  return head;
}

/**
 * Reads what `writeNpy` or `numpy.save` wrote: floats and integers of either byte order. Other dtypes, orders and
 * dimensions are refused by name.
 */
export async function readNpy(path: string): Promise<Matrix> {
  const file = await NpyFile.open(path);
  try {
    return await file.rows(0, file.shape[0]);
  } finally {
    await file.close();
  }
}

/** A matrix on disk of which only the rows asked for are read. */
export class NpyFile {
  private constructor(
    readonly path: string,
    readonly shape: Matrix["shape"],
    private readonly file: KeptFile,
    private readonly start: number,
    private readonly dtype: (typeof dtypes)[string],
    private readonly isBigEndian: boolean,
  ) {}

  static async open(path: string): Promise<NpyFile> {
    const file = await openKeptFile(path);
    try {
      const { size } = file;
      const head = Buffer.alloc(Math.min(size, 10 + 65_535));
      await file.read(head, 0);
      const refuse = (why: string) => new Error(`${path} is not a matrix that can be read: ${why}.`);
      if (head.length < 10 || head.toString("latin1", 0, 6) !== MAGIC) throw refuse("it is no .npy file");
      if (head[6] !== 1) throw refuse(`its format version is ${head[6]}, not 1`);
      const start = 10 + head.readUInt16LE(8);
      const match = /^\{'descr': (.+), 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), \}\s*$/.exec(
        head.toString("latin1", 10, start),
      );
      if (!match) throw refuse("its header is not as numpy.save writes it; save it again");
      const [, descr, fortran, lengths] = match;
      const [, order, name] = /^'([<>|])(\w+)'$/.exec(descr) ?? [];
      const dtype = dtypes[name];
      if (!dtype)
        throw refuse(`its dtype is ${descr}, and floats and integers are read; save x.astype("float32")`);
      const shape = lengths.split(",").flatMap((n) => (n.trim() ? [Number(n)] : []));
      if (shape.length !== 2)
        throw refuse(`its shape is (${lengths}), and rows of columns are read; save x.reshape(len(x), -1)`);
      if (fortran === "True") throw refuse("it is in Fortran order; save numpy.ascontiguousarray(x)");
      const wanted = shape[0] * shape[1] * dtype.each;
      if (size - start !== wanted)
        throw refuse(`it holds ${Math.max(0, size - start)} bytes of data where ${wanted} are promised`);
      return new NpyFile(path, [shape[0], shape[1]], file, start, dtype, order === ">");
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Rows from..to - 1; f4 and f8 in the type of the file, others in the one of the two that holds them (`dtypes`). */
  async rows(from: number, to: number): Promise<Matrix> {
    const [n, d] = this.shape;
    if (!(from >= 0 && from <= to && to <= n))
      throw new Error(`${this.path} has rows 0 to ${n - 1}; ${from} to ${to - 1} were asked for.`);
    const { each, decode } = this.dtype;
    const bytes = new Uint8Array((to - from) * d * each);
    if (!(await this.file.read(bytes, this.start + from * d * each)))
      throw new Error(`${this.path} ends too early; make it again.`);
    if (this.isBigEndian) swapBytes(bytes.buffer, each);
    return { data: decode(bytes.buffer), shape: [to - from, d] };
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** Turns the bytes of each value round. */
function swapBytes(raw: ArrayBufferLike, each: number): void {
  for (let at = 0; at < raw.byteLength; at += STEP) {
    const part = Buffer.from(raw, at, Math.min(STEP, raw.byteLength - at));
    if (each === 2) part.swap16();
    else if (each === 4) part.swap32();
    else if (each === 8) part.swap64();
  }
}
