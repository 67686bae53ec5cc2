/** Bytes that are pickled as a numpy array of this shape. */
export interface NumpyBytes {
  data: Uint8Array;
  shape: readonly number[];
}

export type Picklable =
  | null
  | number
  | string
  | NumpyBytes
  | readonly Picklable[]
  | { readonly [key: string]: Picklable };

const utf8 = new TextEncoder();

/**
 * Writes a Python pickle, protocol 3: plain data and byte arrays as numpy would pickle them, which is all a CIFAR-style
 * batch needs. Reading it back in Python imports numpy's own reconstruction functions and nothing else.
 */
export function pickle(value: Picklable): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x80, 3)];
  write(value, (...bytes) => {
    for (const b of bytes) parts.push(typeof b === "number" ? Uint8Array.of(b) : b);
  });
  parts.push(code("."));
  return Buffer.concat(parts);
}

const code = (opcodes: string) => utf8.encode(opcodes);

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}

function write(value: Picklable, put: (...bytes: (Uint8Array | number)[]) => void): void {
  if (value === null) put(code("N"));
  else if (typeof value === "number") {
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) put(code("J"), int32(value));
    else {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setFloat64(0, value, false);
      put(code("G"), bytes);
    }
  } else if (typeof value === "string") {
    const bytes = utf8.encode(value);
    put(code("X"), int32(bytes.length), bytes);
  } else if (Array.isArray(value)) {
    put(code("]("));
    for (const item of value) write(item, put);
    put(code("e"));
  } else if (isNumpyBytes(value)) writeArray(value, put);
  else {
    put(code("}("));
    for (const [key, item] of Object.entries(value)) {
      write(key, put);
      write(item, put);
    }
    put(code("u"));
  }
}

function isNumpyBytes(value: object): value is NumpyBytes {
  return (value as NumpyBytes).data instanceof Uint8Array;
}

/** numpy.core.multiarray._reconstruct(ndarray, (0,), b"b"), then its state: version, shape, dtype, order, bytes. */
function writeArray({ data, shape }: NumpyBytes, put: (...bytes: (Uint8Array | number)[]) => void): void {
  const text = (s: string) => write(s, put);
  const small = (v: number) => write(v, put);
  put(code("cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"));
  small(0);
  put(0x85, code("C"), 1, code("b"), 0x87, code("R("));
  small(1);
  put(code("("));
  for (const n of shape) small(n);
  put(code("t"), code("cnumpy\ndtype\n"));
  text("u1");
  small(0);
  small(1);
  put(0x87, code("R("));
  small(3);
  text("|");
  put(code("NNN"));
  small(-1);
  small(-1);
  small(0);
  put(code("tb"), 0x89, code("B"), int32(data.length), data, code("tb"));
}
