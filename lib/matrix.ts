/** A dense matrix, row-major: `data[i * shape[1] + j]`. */
export interface Matrix {
  data: Float32Array | Float64Array;
  shape: [rows: number, columns: number];
}

/** Beyond this the squares that every distance and covariance is made of overflow. */
const largest = 1e150;

/** Throws one sentence unless `x` is a finite matrix of at least `minRows` rows. `name` is what the user calls it. */
export function checkMatrix(x: Matrix, name: string, minRows = 1): void {
  checkShape(x, name);
  const [n] = x.shape;
  if (n < minRows) throw new Error(`${name}: ${n} rows where at least ${minRows} are needed.`);
  const { data } = x;
  for (let i = 0; i < data.length; i++) if (!(Math.abs(data[i]) <= largest)) refuseValue(x, i, name);
}

/** Throws one sentence unless the numbers of `x` are floats and fill its shape; the values are not looked at. */
export function checkShape({ data, shape }: Matrix, name: string): void {
  if (!(data instanceof Float64Array || data instanceof Float32Array)) {
    const kind = Object.prototype.toString.call(data).slice(8, -1);
    throw new Error(`${name}: its data are of type ${kind}, where a Float64Array or Float32Array is needed.`);
  }
  const [n, d] = shape;
  if (!Number.isInteger(n) || !Number.isInteger(d) || n < 0 || d < 1 || data.length !== n * d)
    throw new Error(`${name}: ${data.length} values do not fill a matrix of shape [${n}, ${d}].`);
}

function refuseValue({ data, shape: [, d] }: Matrix, i: number, name: string): never {
  const what = Number.isFinite(data[i]) ? "its square overflows; rescale the column" : "remove or replace it";
  throw new Error(`${name}: value ${data[i]} at row ${Math.floor(i / d)}, column ${i % d}; ${what} first.`);
}

/** The rows at `indices`, copied. */
export function takeRows(x: Matrix, indices: ArrayLike<number>): Matrix {
  const d = x.shape[1];
  const data =
    x.data instanceof Float32Array
      ? new Float32Array(indices.length * d)
      : new Float64Array(indices.length * d);
  for (let i = 0; i < indices.length; i++)
    data.set(x.data.subarray(indices[i] * d, (indices[i] + 1) * d), i * d);
  return { data, shape: [indices.length, d] };
}
