// Unary and broadcasting binary operations, fill, conversion between storages, strided copies, residual add + ReLU.
#include "device.h"

// The numbers are those of elementwise.cc.
enum Unary : int { kRelu, kNeg, kSquare, kSqrt, kRsqrt, kAbs, kExp, kLog, kStep, kClip, kReciprocal };
enum Binary : int { kAdd, kSub, kMultiply, kDivide, kMaximum, kMinimum, kSquaredDifference };

SKY_DEVICE float applyUnary(int op, float x, float p, float q) {
  switch (op) {
    case kRelu: return x < 0 ? 0.f : x;
    case kNeg: return -x;
    case kSquare: return x * x;
    case kSqrt: return sqrtf(x);
    case kRsqrt: return 1.f / sqrtf(x);
    case kAbs: return fabsf(x);
    case kExp: return expf(x);
    case kLog: return logf(x);
    case kStep: return x > 0 ? 1.f : (x != x ? x : p);
    case kClip: return x < p ? p : (x > q ? q : x);
    default: return 1.f / x;
  }
}

SKY_DEVICE float applyBinary(int op, float a, float b) {
  switch (op) {
    case kAdd: return a + b;
    case kSub: return a - b;
    case kMultiply: return a * b;
    case kDivide: return a / b;
    case kMaximum: return a > b || a != a ? a : b;
    case kMinimum: return a < b || a != a ? a : b;
    default: return (a - b) * (a - b);
  }
}

SKY_KERNEL(256, unary, const void* __restrict__ x, void* __restrict__ y, i64 n, int op, float p, float q, int xStorage,
           int yStorage) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  if (i < n) writeAs(y, i, applyUnary(op, readAs(x, i, xStorage), p, q), yStorage);
}

// Up to six merged axes, the innermost last; a step of 0 repeats.
struct Broadcast {
  int rank;
  i64 dims[6], aSteps[6], bSteps[6];
};
SKY_KERNEL(256, binary, const void* __restrict__ a, const void* __restrict__ b, void* __restrict__ y, i64 n, int op,
           int aStorage, int bStorage, int yStorage, Broadcast s) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  if (i >= n) return;
  i64 rest = i, atA = 0, atB = 0;
#pragma unroll
  for (int d = 5; d >= 0; d--) {
    if (d >= s.rank) continue;
    const i64 k = rest % s.dims[d];
    rest /= s.dims[d];
    atA += k * s.aSteps[d], atB += k * s.bSteps[d];
  }
  writeAs(y, i, applyBinary(op, readAs(a, atA, aStorage), readAs(b, atB, bStorage)), yStorage);
}

SKY_KERNEL(256, fill, void* __restrict__ y, i64 n, float value, int storage) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  if (i < n) writeAs(y, i, value, storage);
}

SKY_KERNEL(256, convert, const void* __restrict__ x, void* __restrict__ y, i64 n, int xStorage, int yStorage) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  if (i < n) writeAs(y, i, readAs(x, i, xStorage), yStorage);
}

// The sum of two, and its ReLU where `relu` is set.
template <class T, int V>
SKY_DEVICE void addTwo(const T* __restrict__ a, const T* __restrict__ b, T* __restrict__ y, i64 n, int relu) {
  const i64 i = ((i64)blockIdx.x * 256 + threadIdx.x) * V;
  if (i >= n) return;
  float v[V], w[V];
  Lane<T, V>::load(a + i, v);
  Lane<T, V>::load(b + i, w);
#pragma unroll
  for (int k = 0; k < V; k++) {
    v[k] += w[k];
    if (relu && v[k] < 0) v[k] = 0;
  }
  Lane<T, V>::store(y + i, v);
}

// dy where y > 0
template <class T, int V>
SKY_DEVICE void reluGrad(const T* __restrict__ dy, const T* __restrict__ y, T* __restrict__ dx, i64 n) {
  const i64 i = ((i64)blockIdx.x * 256 + threadIdx.x) * V;
  if (i >= n) return;
  float g[V], v[V];
  Lane<T, V>::load(dy + i, g);
  Lane<T, V>::load(y + i, v);
#pragma unroll
  for (int k = 0; k < V; k++)
    if (!(v[k] > 0)) g[k] = 0;
  Lane<T, V>::store(dx + i, g);
}
#define SKY_ADD(suffix, T, V)                                                                                       \
  SKY_KERNEL(256, addTwo##suffix, const T* __restrict__ a, const T* __restrict__ b, T* __restrict__ y, i64 n,       \
             int relu) {                                                                                            \
    addTwo<T, V>(a, b, y, n, relu);                                                                                 \
  }                                                                                                                 \
  SKY_KERNEL(256, reluGrad##suffix, const T* __restrict__ dy, const T* __restrict__ y, T* __restrict__ dx, i64 n) { \
    reluGrad<T, V>(dy, y, dx, n);                                                                                   \
  }
SKY_FOUR(SKY_ADD)

// What transpose, slice, concatenation and padding all are; steps in elements of `bytes`.
struct Strided {
  int rank;
  i64 dims[8], from[8], to[8];
};
SKY_KERNEL(256, copyStrided, const void* __restrict__ x, void* __restrict__ y, i64 n, int bytes, Strided s) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  if (i >= n) return;
  i64 rest = i, from = 0, to = 0;
#pragma unroll
  for (int d = 7; d >= 0; d--) {
    if (d >= s.rank) continue;
    const i64 k = rest % s.dims[d];
    rest /= s.dims[d];
    from += k * s.from[d], to += k * s.to[d];
  }
  if (bytes == 4) static_cast<u32*>(y)[to] = static_cast<const u32*>(x)[from];
  else if (bytes == 2) static_cast<u16*>(y)[to] = static_cast<const u16*>(x)[from];
  else static_cast<u8*>(y)[to] = static_cast<const u8*>(x)[from];
}
