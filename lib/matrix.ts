/** A dense matrix, row-major: `data[i * shape[1] + j]`. */
export interface Matrix {
  data: Float32Array | Float64Array;
  shape: [rows: number, columns: number];
}

/** Throws one sentence unless `x` is a finite matrix of at least `minRows` rows. `name` is what the user calls it. */
export function checkMatrix(x: Matrix, name: string, minRows = 1): void {
  const [n, d] = x.shape;
  if (!Number.isInteger(n) || !Number.isInteger(d) || n < 0 || d < 1 || x.data.length !== n * d)
    throw new Error(`${name}: ${x.data.length} values do not fill a matrix of shape [${n}, ${d}].`);
  if (n < minRows) throw new Error(`${name}: ${n} rows where at least ${minRows} are needed.`);
  for (let i = 0; i < x.data.length; i++)
    if (!Number.isFinite(x.data[i]))
      throw new Error(
        `${name}: value ${x.data[i]} at row ${Math.floor(i / d)}, column ${i % d}; remove or replace it first.`,
      );
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
