// Sum, mean and maximum over one block of axes, the L2 normalisation of rows, and the loss of ops/swapped-cosine-loss.ts.
#include "device.h"

// x [outer, n, inner] to f32 [outer, inner]; kind 0 sum, 1 mean, 2 maximum. A block has 32 of the inner axis, or with
// `flat` (inner = 1) all 256 threads on one row.
SKY_KERNEL(256, reduce, const void* __restrict__ x, float* __restrict__ y, i64 n, int inner, int kind, int storage, int flat) {
  SKY_SHARED;
  double* work = reinterpret_cast<double*>(shared);  // [256]
  const int across = flat ? 0 : threadIdx.x & 31, down = flat ? threadIdx.x : threadIdx.x >> 5, depth = flat ? 256 : 8;
  const int column = blockIdx.x * (flat ? 1 : 32) + across;
  const double start = kind == 2 ? -INFINITY : 0;
  double v = start;
  if (column < inner) {
    for (i64 i = down; i < n; i += depth) {
      const double w = readAs(x, ((i64)blockIdx.y * n + i) * inner + column, storage);
      if (kind != 2) v += w;
      else if (!(w <= v)) v = w;
    }
  }
  work[threadIdx.x] = v;
  barrier();
  for (int half = depth / 2; half > 0; half /= 2) {
    const int other = flat ? threadIdx.x + half : threadIdx.x + 32 * half;
    if (down < half) {
      const double w = work[other];
      if (kind != 2) work[threadIdx.x] += w;
      else if (!(w <= work[threadIdx.x])) work[threadIdx.x] = w;
    }
    barrier();
  }
  if (down == 0 && column < inner) y[(i64)blockIdx.y * inner + column] = (float)(kind == 1 ? work[threadIdx.x] / n : work[threadIdx.x]);
}

// |v| of a row, at least 1e-12, as torch.nn.functional.normalize; NaN stays.
SKY_DEVICE float lengthOf(float squares) {
  const float length = sqrtf(squares);
  return length < 1e-12f ? 1e-12f : length;
}

// y = x / |x| for each row of [n, d]: a block a row.
SKY_KERNEL(256, normalizeRows, const float* __restrict__ x, float* __restrict__ y, float* __restrict__ norm, int d) {
  SKY_SHARED;
  const float* row = x + (i64)blockIdx.x * d;
  float squares = 0;
  for (int i = threadIdx.x; i < d; i += 256) squares += row[i] * row[i];
  const float length = lengthOf(blockSum(squares, reinterpret_cast<float*>(shared)));
  for (int i = threadIdx.x; i < d; i += 256) y[(i64)blockIdx.x * d + i] = row[i] / length;
  if (threadIdx.x == 0) norm[blockIdx.x] = length;
}

// dx = (dy - y (y . dy)) / |x|
SKY_KERNEL(256, normalizeRowsGrad, const float* __restrict__ dy, const float* __restrict__ y, const float* __restrict__ norm,
           float* __restrict__ dx, int d) {
  SKY_SHARED;
  const i64 row = (i64)blockIdx.x * d;
  float dot = 0;
  for (int i = threadIdx.x; i < d; i += 256) dot += dy[row + i] * y[row + i];
  dot = blockSum(dot, reinterpret_cast<float*>(shared));
  for (int i = threadIdx.x; i < d; i += 256) dx[row + i] = (dy[row + i] - y[row + i] * dot) / norm[blockIdx.x];
}

// Row i of p [2n, d] against row (i + n) mod 2n of z: a block a row; cosines[i], lengths[2][2n] = |p_i|, |z|.
SKY_KERNEL(256, swappedCosines, const float* __restrict__ p, const float* __restrict__ z, float* __restrict__ cosines,
           float* __restrict__ lengths, int rows, int d) {
  SKY_SHARED;
  float* work = reinterpret_cast<float*>(shared);
  const int row = blockIdx.x, other = (row + rows / 2) % rows;
  const float *a = p + (i64)row * d, *b = z + (i64)other * d;
  float aa = 0, bb = 0, ab = 0;
  for (int i = threadIdx.x; i < d; i += 256) aa += a[i] * a[i], bb += b[i] * b[i], ab += a[i] * b[i];
  aa = lengthOf(blockSum(aa, work)), bb = lengthOf(blockSum(bb, work)), ab = blockSum(ab, work);
  if (threadIdx.x > 0) return;
  cosines[row] = ab / (aa * bb), lengths[row] = aa, lengths[rows + row] = bb;
}

// loss = 4 - 4 mean(cosines), by one block.
SKY_KERNEL(256, swappedCosineLoss, const float* __restrict__ cosines, float* __restrict__ loss, int rows) {
  SKY_SHARED;
  float sum = 0;
  for (int i = threadIdx.x; i < rows; i += 256) sum += cosines[i];
  sum = blockSum(sum, reinterpret_cast<float*>(shared));
  if (threadIdx.x == 0) loss[0] = 4 - 4 * (sum / rows);
}

// dp_i = -4 / 2n dy (z / |z| - p_i / |p_i| cosine_i) / |p_i|
SKY_KERNEL(256, swappedCosineLossGrad, const float* __restrict__ dy, const float* __restrict__ p, const float* __restrict__ z,
           const float* __restrict__ cosines, const float* __restrict__ lengths, float* __restrict__ dp, int rows, int d) {
  const int row = blockIdx.x, other = (row + rows / 2) % rows;
  const float length = lengths[row], inverse = 1 / length, otherInverse = 1 / lengths[rows + row], cosine = cosines[row];
  const float factor = -4 * dy[0] / rows * inverse;
  for (int i = threadIdx.x; i < d; i += 256) {
    dp[(i64)row * d + i] = factor * (z[(i64)other * d + i] * otherInverse - p[(i64)row * d + i] * inverse * cosine);
  }
}
