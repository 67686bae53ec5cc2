import type { Buildable, Callable } from "./pickle.js";

type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

const NUMERIC = {
  b1: Uint8Array,
  u1: Uint8Array,
  i1: Int8Array,
  u2: Uint16Array,
  i2: Int16Array,
  u4: Uint32Array,
  i4: Int32Array,
  u8: BigUint64Array,
  i8: BigInt64Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;

/** A NumPy dtype as pickled: "u1", "f8", "U68", "O", with its byte order. */
export class NumpyDtype implements Buildable {
  private bigEndian = false;
  constructor(readonly code: string) {}

  setState(state: unknown): void {
    this.bigEndian = Array.isArray(state) && state[1] === ">";
  }

  /** The values in `raw`, little- or big-endian as this dtype says. */
  decode(raw: Uint8Array): TypedArray | string[] {
    const text = /^([US])(\d+)$/.exec(this.code);
    if (text) return this.decodeText(raw, text[1] === "U" ? 4 : 1, Number(text[2]));
    const Type = Object.hasOwn(NUMERIC, this.code) ? NUMERIC[this.code as keyof typeof NUMERIC] : undefined;
    if (!Type) throw new Error(`NumPy arrays of dtype "${this.code}" cannot be read.`);
    const size = Type.BYTES_PER_ELEMENT;
    if (raw.length % size)
      throw new Error(`${raw.length} bytes are not whole values of dtype "${this.code}".`);
    const copy = new Uint8Array(raw);
    if (this.bigEndian && size > 1)
      for (let i = 0; i < copy.length; i += size) copy.subarray(i, i + size).reverse();
    return new Type(copy.buffer);
  }

  private decodeText(raw: Uint8Array, width: 1 | 4, length: number): string[] {
    const stride = width * length;
    if (stride === 0 || raw.length % stride)
      throw new Error(`${raw.length} bytes are not whole "${this.code}" strings.`);
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    return Array.from({ length: raw.length / stride }, (_, row) => {
      let s = "";
      for (let i = row * stride; i < (row + 1) * stride; i += width) {
        const c = width === 4 ? view.getUint32(i, !this.bigEndian) : raw[i];
        if (c > 0x10ffff) throw new Error(`A "${this.code}" string holds ${c}, which is no character.`);
        s += String.fromCodePoint(c);
      }
      return s.replace(/\0+$/, "");
    });
  }
}

/** A NumPy array as pickled; `data` is in row-major order unless `fortranOrder`. */
export class NumpyArray implements Buildable {
  shape: number[] = [];
  fortranOrder = false;
  data: TypedArray | unknown[] = new Uint8Array(0);

  setState(state: unknown): void {
    const [, shape, dtype, fortran, raw] = state as [number, number[], NumpyDtype, boolean, unknown];
    this.fill(shape, dtype, raw, Boolean(fortran));
  }

  fill(shape: unknown, dtype: unknown, raw: unknown, fortran: boolean): this {
    if (
      !Array.isArray(shape) ||
      !shape.every((s) => Number.isSafeInteger(s) && s >= 0) ||
      !(dtype instanceof NumpyDtype)
    )
      throw new Error("A pickled NumPy array has no valid shape and dtype.");
    this.shape = shape;
    this.fortranOrder = fortran;
    this.data = Array.isArray(raw) ? raw : dtype.decode(rawBytes(raw));
    const count = this.shape.reduce((a, b) => a * b, 1);
    if (this.data.length !== count)
      throw new Error(`A pickled NumPy array of shape [${this.shape}] holds ${this.data.length} values.`);
    return this;
  }
}

/** The bytes of an array: protocol 0-2 pickles of Python 2 carry them as an 8-bit string. */
function rawBytes(raw: unknown): Uint8Array {
  if (raw instanceof Uint8Array) return raw;
  if (typeof raw === "string") return Uint8Array.from(raw, (c) => c.charCodeAt(0));
  throw new Error("A pickled NumPy array has no bytes.");
}

const scalar: Callable = (dtype, raw) => {
  if (!(dtype instanceof NumpyDtype)) throw new Error("A pickled NumPy scalar has no dtype.");
  return dtype.decode(rawBytes(raw))[0];
};
const dtype: Callable = (code) => new NumpyDtype(String(code));
const reconstruct: Callable = () => new NumpyArray();
const fromBuffer: Callable = (raw, type, shape, order) =>
  new NumpyArray().fill(shape, type, raw, order === "F");
/** Protocol 2 writes bytes as `codecs.encode(text, "latin1")`. */
const encode: Callable = (text, encoding) => {
  if (typeof text !== "string" || !/^(latin1|latin-1|iso-8859-1)$/.test(String(encoding)))
    throw new Error("A pickle encodes bytes in a way that is not latin-1.");
  return rawBytes(text);
};

/** What `unpickle` may use to rebuild NumPy arrays and scalars (NumPy 1 and 2 spell the module differently). */
export const numpyGlobals: Readonly<Record<string, Callable>> = {
  "numpy.core.multiarray._reconstruct": reconstruct,
  "numpy._core.multiarray._reconstruct": reconstruct,
  "numpy.core.multiarray.scalar": scalar,
  "numpy._core.multiarray.scalar": scalar,
  "numpy.core.numeric._frombuffer": fromBuffer,
  "numpy._core.numeric._frombuffer": fromBuffer,
  "numpy.ndarray": reconstruct,
  "numpy.dtype": dtype,
  "_codecs.encode": encode,
};
