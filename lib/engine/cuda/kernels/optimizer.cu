// Adam and the moving average over all parameters in one launch, in place, in f32.
#include "device.h"

constexpr int kPiece = 4096;  // values a block works on

// A table in device memory: tensors[count], then start[count + 1], the first block of each.
struct AdamTensor {
  float *p, *m, *v;
  const float* g;
  i64 size;
};
struct EmaTensor {
  float* to;
  const float* from;  // `turns` rows of `size` values, taken in one after the other
  i64 size;
  float scale;        // what the values of `from` are multiplied by
  int turns;
};

// The tensor whose blocks contain this one.
SKY_DEVICE int tensorOf(const int* __restrict__ start, int count) {
  int low = 0, high = count - 1;
  while (low < high) {
    const int middle = (low + high + 1) / 2;
    if ((int)blockIdx.x >= start[middle]) low = middle;
    else high = middle - 1;
  }
  return low;
}

struct Adam {
  float beta1, beta2, rest1, rest2, epsilon;
};
// rate and scale are read from `scalars` where it is not null. broken[0] becomes 1 + the number of a parameter that is no longer finite.
SKY_KERNEL(256, adamStep, const AdamTensor* __restrict__ tensors, const int* __restrict__ start, int count,
           const float* __restrict__ scalars, float rate, float scale, int* __restrict__ broken, Adam s) {
  const int tensor = tensorOf(start, count);
  const AdamTensor t = tensors[tensor];
  if (scalars) rate = scalars[0], scale = scalars[1];
  const i64 begin = (i64)((int)blockIdx.x - start[tensor]) * kPiece, end = begin + kPiece < t.size ? begin + kPiece : t.size;
  bool finite = true;
  for (i64 i = begin + threadIdx.x; i < end; i += 256) {
    const float g = t.g[i], m = s.beta1 * t.m[i] + s.rest1 * g, v = s.beta2 * t.v[i] + s.rest2 * g * g;
    const float p = t.p[i] - rate * m / (sqrtf(v) * scale + s.epsilon);
    t.m[i] = m, t.v[i] = v, t.p[i] = p;
    finite = finite && fabsf(p) <= 3.4028234e38f;
  }
  if (!finite) broken[0] = 1 + tensor;  // which of several is told does not matter
}

SKY_KERNEL(256, emaStep, const EmaTensor* __restrict__ tensors, const int* __restrict__ start, int count, float tau, float rest) {
  const int tensor = tensorOf(start, count);
  const EmaTensor t = tensors[tensor];
  const i64 begin = (i64)((int)blockIdx.x - start[tensor]) * kPiece, end = begin + kPiece < t.size ? begin + kPiece : t.size;
  for (i64 i = begin + threadIdx.x; i < end; i += 256) {
    float v = t.to[i];
    for (int turn = 0; turn < t.turns; turn++) v = tau * v + rest * (t.from[turn * t.size + i] * t.scale);
    t.to[i] = v;
  }
}
