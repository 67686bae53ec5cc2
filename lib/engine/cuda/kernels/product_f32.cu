// Convolutions and matrix products in f32, on the ordinary arithmetic units: for tests against f32 references, for
// those who want f32, and for products too small or too oddly laid out for tensor cores.
#include "conv_weights.cu"

// One 64x64 tile of a product, summed over [begin, end) of the inner axis: a thread of 256 has 4x4 of it. `a(inner,
// row, i)` and `b(inner, column, i)` read the factors, zero beyond their ends; i says which of its four loads it is.
// ACROSS_A and ACROSS_B: neighbouring threads load neighbours of the inner axis, not of the other one.
template <bool ACROSS_A, bool ACROSS_B, class A, class B>
SKY_DEVICE void productTile(unsigned char* shared, int begin, int end, A a, B b, float (&sum)[4][4]) {
  constexpr int kDepth = 16, kPitch = 68;
  float* fa = reinterpret_cast<float*>(shared);
  float* fb = fa + kDepth * kPitch;
  const int thread = threadIdx.x, row0 = thread / 16 * 4, column0 = thread % 16 * 4;
  for (int k0 = begin; k0 < end; k0 += kDepth) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const int e = thread + i * 256;
      const int ka = ACROSS_A ? e % kDepth : e / 64, ra = ACROSS_A ? e / kDepth : e % 64;
      const int kb = ACROSS_B ? e % kDepth : e / 64, rb = ACROSS_B ? e / kDepth : e % 64;
      fa[ka * kPitch + ra] = k0 + ka < end ? a(k0 + ka, ra, i) : 0.f;
      fb[kb * kPitch + rb] = k0 + kb < end ? b(k0 + kb, rb, i) : 0.f;
    }
    barrier();
#pragma unroll
    for (int k = 0; k < kDepth; k++) {
      float va[4], vb[4];
#pragma unroll
      for (int i = 0; i < 4; i++) va[i] = fa[k * kPitch + row0 + i], vb[i] = fb[k * kPitch + column0 + i];
#pragma unroll
      for (int i = 0; i < 4; i++)
#pragma unroll
        for (int j = 0; j < 4; j++) sum[i][j] += va[i] * vb[j];
    }
    barrier();
  }
}

// Forward and backward-data, as in conv.cu, with the weights read as tfjs has them.
SKY_KERNEL(256, convF32, const float* __restrict__ x, const float* __restrict__ weights, const float* __restrict__ bias,
           float* __restrict__ y, Conv s, Filter f) {
  SKY_SHARED;
  const int thread = threadIdx.x, rows = s.n * s.p * s.q, row0 = blockIdx.x * 64, column0 = blockIdx.y * 64;
  int base[4], top[4], left[4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const int m = row0 + (thread + i * 256) / 16, inside = m < rows ? m : 0;
    const int image = inside / (s.p * s.q), rest = inside - image * s.p * s.q, p = rest / s.q;
    base[i] = image * s.h;
    top[i] = m < rows ? p * s.strideH + s.firstH : -0x100000;
    left[i] = (rest - p * s.q) * s.strideW + s.firstW;
  }
  auto a = [&](int inner, int, int i) {
    const int tap = inner / s.c, channel = inner - tap * s.c, r = tap / s.tapsW;
    const int h = top[i] + r * s.stepH, w = left[i] + (tap - r * s.tapsW) * s.stepW;
    if ((u32)h >= (u32)s.h || (u32)w >= (u32)s.w) return 0.f;
    return x[((i64)(base[i] + h) * s.w + w) * s.c + channel];
  };
  auto b = [&](int inner, int column, int) {
    const int o = column0 + column, tap = inner / s.c, channel = inner - tap * s.c, r = tap / s.tapsW;
    if (o >= s.k) return 0.f;
    const i64 at = (i64)(f.firstH + r * f.stepH) * f.kw + f.firstW + (tap - r * s.tapsW) * f.stepW;
    return weights[at * f.inputs * f.outputs + (i64)channel * f.inputStep + (i64)o * f.outputStep];
  };
  float sum[4][4] = {};
  productTile<true, false>(shared, 0, s.tapsH * s.tapsW * s.c, a, b, sum);
#pragma unroll
  for (int i = 0; i < 4; i++) {
    const int m = row0 + thread / 16 * 4 + i;
    if (m >= rows) continue;
    const int image = m / (s.p * s.q), rest = m - image * s.p * s.q, p = rest / s.q;
    const i64 pixel = ((i64)image * s.outH + p * s.outStepH + s.outTop) * s.outW + (rest - p * s.q) * s.outStepW + s.outLeft;
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const int o = column0 + thread % 16 * 4 + j;
      if (o >= s.k) continue;
      const float v = sum[i][j] + (bias ? bias[o] : 0.f);
      y[pixel * s.k + o] = s.relu && v < 0 ? 0.f : v;
    }
  }
}

// slices[slice][tap * c][k], each over `rowsOfSlice` pixels; sumSlices adds them.
SKY_KERNEL(256, weightsF32, const float* __restrict__ x, const float* __restrict__ dy, float* __restrict__ slices, Conv s,
           int rowsOfSlice) {
  SKY_SHARED;
  const int thread = threadIdx.x, rows = s.n * s.p * s.q, inner = s.tapsH * s.tapsW * s.c;
  const int e = blockIdx.x * 64 + thread % 64, column0 = blockIdx.y * 64, begin = blockIdx.z * rowsOfSlice;
  const int tap = e / s.c, channel = e - tap * s.c, r = tap / s.tapsW;
  const int dh = s.firstH + r * s.stepH, dw = s.firstW + (tap - r * s.tapsW) * s.stepW;
  auto a = [&](int m, int, int) {
    const int image = m / (s.p * s.q), rest = m - image * s.p * s.q, p = rest / s.q;
    const int h = p * s.strideH + dh, w = (rest - p * s.q) * s.strideW + dw;
    if (e >= inner || (u32)h >= (u32)s.h || (u32)w >= (u32)s.w) return 0.f;
    return x[(((i64)image * s.h + h) * s.w + w) * s.c + channel];
  };
  auto b = [&](int m, int column, int) { return column0 + column < s.k ? dy[(i64)m * s.k + column0 + column] : 0.f; };
  float sum[4][4] = {};
  productTile<false, false>(shared, begin, begin + rowsOfSlice < rows ? begin + rowsOfSlice : rows, a, b, sum);
#pragma unroll
  for (int i = 0; i < 4; i++)
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const int row = blockIdx.x * 64 + thread / 16 * 4 + i, o = column0 + thread % 16 * 4 + j;
      if (row < inner && o < s.k) slices[((i64)blockIdx.z * inner + row) * s.k + o] = sum[i][j];
    }
}

SKY_KERNEL(256, sumSlices, const float* __restrict__ slices, float* __restrict__ sum, i64 size, int count) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  if (i >= size) return;
  float v = 0;
  for (int n = 0; n < count; n++) v += slices[n * size + i];
  sum[i] = v;
}

struct Product {
  int m, k, n;
  i64 aBatch, aRow, aInner, bBatch, bInner, bColumn;  // steps; a batch step of 0 repeats
  int relu;
};

// c[batch][m][n] = relu?(a b + bias)
SKY_KERNEL(256, productF32, const float* __restrict__ a, const float* __restrict__ b, const float* __restrict__ bias,
           float* __restrict__ c, Product s) {
  SKY_SHARED;
  const int thread = threadIdx.x, row0 = blockIdx.x * 64, column0 = blockIdx.y * 64;
  const float* fromA = a + blockIdx.z * s.aBatch;
  const float* fromB = b + blockIdx.z * s.bBatch;
  auto left = [&](int k, int row, int) { return row0 + row < s.m ? fromA[(row0 + row) * s.aRow + k * s.aInner] : 0.f; };
  auto right = [&](int k, int column, int) {
    return column0 + column < s.n ? fromB[k * s.bInner + (column0 + column) * s.bColumn] : 0.f;
  };
  float sum[4][4] = {};
  if (s.aInner == 1 && s.bInner == 1) productTile<true, true>(shared, 0, s.k, left, right, sum);
  else if (s.aInner == 1) productTile<true, false>(shared, 0, s.k, left, right, sum);
  else if (s.bInner == 1) productTile<false, true>(shared, 0, s.k, left, right, sum);
  else productTile<false, false>(shared, 0, s.k, left, right, sum);
#pragma unroll
  for (int i = 0; i < 4; i++)
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const int row = row0 + thread / 16 * 4 + i, column = column0 + thread % 16 * 4 + j;
      if (row >= s.m || column >= s.n) continue;
      const float v = sum[i][j] + (bias ? bias[column] : 0.f);
      c[((i64)blockIdx.z * s.m + row) * s.n + column] = s.relu && v < 0 ? 0.f : v;
    }
}
