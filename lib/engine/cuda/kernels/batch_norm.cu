// Training batch normalisation with residual and ReLU, forward and backward; the equations are in
// ops/batch-norm-train.ts. x is a matrix [groups * rows, channels], each group with statistics of its own.
//
// Sums over rows are shared out among blocks ("slices") and added in a fixed order, in f64. They are taken about the
// group's first row, so nothing cancels where the mean is large against the spread.
#include "device.h"

struct Norm {
  int rows, channels;  // rows of one group
  int lanes;           // threads across the channels of a block, a power of two
  int rowsOfSlice, slices, groups;
  float epsilon;
  int relu;
};

// Where a thread of a sums kernel works: V channels from `channel`, rows `row`, `row + step`, ... below `end`.
template <int V>
struct Column {
  int channel, row, step, end;
  bool inside;
  SKY_DEVICE explicit Column(const Norm& s) {
    const int across = threadIdx.x & (s.lanes - 1), begin = blockIdx.y * s.rowsOfSlice;
    channel = (blockIdx.x * s.lanes + across) * V, step = 256 / s.lanes, row = begin + threadIdx.x / s.lanes;
    end = begin + s.rowsOfSlice < s.rows ? begin + s.rowsOfSlice : s.rows;
    inside = channel < s.channels;
  }
};

// partial[group][slice][2][channels]: the sums of a block's threads that share a channel.
template <int V>
SKY_DEVICE void leaveSums(unsigned char* shared, const float (&first)[V], const float (&second)[V], float* partial,
                          const Norm& s) {
  float* work = reinterpret_cast<float*>(shared);  // [2][256 / lanes][lanes * V]
  const int width = s.lanes * V, across = threadIdx.x & (s.lanes - 1), down = threadIdx.x / s.lanes, depth = 256 / s.lanes;
#pragma unroll
  for (int i = 0; i < V; i++) {
    work[down * width + across * V + i] = first[i];
    work[(depth + down) * width + across * V + i] = second[i];
  }
  barrier();
  for (int i = threadIdx.x; i < 2 * width; i += 256) {
    const int kind = i / width, at = i - kind * width, channel = blockIdx.x * width + at;
    float v = 0;
    for (int d = 0; d < depth; d++) v += work[(kind * depth + d) * width + at];
    if (channel < s.channels) partial[(((i64)blockIdx.z * s.slices + blockIdx.y) * 2 + kind) * s.channels + channel] = v;
  }
}

template <class T, int V>
SKY_DEVICE void normSums(const T* __restrict__ x, float* __restrict__ partial, const Norm& s) {
  SKY_SHARED;
  const Column<V> at(s);
  float sum[V] = {}, squares[V] = {}, origin[V] = {}, v[V];
  if (at.inside) {
    const T* group = x + (i64)blockIdx.z * s.rows * s.channels + at.channel;
    Lane<T, V>::load(group, origin);
    for (int r = at.row; r < at.end; r += at.step) {
      Lane<T, V>::load(group + (i64)r * s.channels, v);
#pragma unroll
      for (int i = 0; i < V; i++) {
        const float d = v[i] - origin[i];
        sum[i] += d, squares[i] += d * d;
      }
    }
  }
  leaveSums<V>(shared, sum, squares, partial, s);
}

// The sum of a channel's slices in f64: 8 channels by 32 threads a block; both sums end in the first of the 32.
SKY_DEVICE void addSlicesOf(unsigned char* shared, const float* __restrict__ partial, int channel, const Norm& s,
                            double& first, double& second) {
  double* work = reinterpret_cast<double*>(shared);  // [2][32][8]
  const int across = threadIdx.x & 7, down = threadIdx.x >> 3;
  double a = 0, b = 0;
  if (channel < s.channels) {
    for (int n = down; n < s.slices; n += 32) {
      const float* p = partial + ((i64)blockIdx.y * s.slices + n) * 2 * s.channels + channel;
      a += p[0], b += p[s.channels];
    }
  }
  work[down * 8 + across] = a, work[(32 + down) * 8 + across] = b;
  barrier();
  first = 0, second = 0;
  if (down == 0) {
    for (int d = 0; d < 32; d++) first += work[d * 8 + across], second += work[(32 + d) * 8 + across];
  }
}

// The same arithmetic forward and backward, so that the backward pass finds the very mask of the ReLU.
SKY_DEVICE float scaleOf(float gamma, float variance, float epsilon) { return gamma / sqrtf(variance + epsilon); }

// mean, variance [groups][channels], and the affine map of the apply kernel, [groups][2][channels]. Without an origin
// (`x` null) the sums are about zero: those of a convolution's epilogue.
SKY_KERNEL(256, normFinish, const float* __restrict__ partial, const void* __restrict__ x, int storage,
           const float* __restrict__ gamma, const float* __restrict__ beta, float* __restrict__ mean,
           float* __restrict__ variance, float* __restrict__ affine, Norm s) {
  SKY_SHARED;
  const int channel = blockIdx.x * 8 + (threadIdx.x & 7);
  double sum, squares;
  addSlicesOf(shared, partial, channel, s, sum, squares);
  if (threadIdx.x >= 8 || channel >= s.channels) return;
  const double origin = x ? (double)readAs(x, (i64)blockIdx.y * s.rows * s.channels + channel, storage) : 0.0;
  const double shifted = sum / s.rows;
  double v = squares / s.rows - shifted * shifted;
  if (v < 0) v = 0;  // NaN stays
  const i64 at = (i64)blockIdx.y * s.channels + channel;
  mean[at] = (float)(origin + shifted), variance[at] = (float)v;
  const float scale = scaleOf(gamma[channel], (float)v, s.epsilon);
  affine[((i64)blockIdx.y * 2) * s.channels + channel] = scale;
  affine[((i64)blockIdx.y * 2 + 1) * s.channels + channel] = beta[channel] - mean[at] * scale;
}

// y = relu?(x * scale + shift + residual?)
template <class T, int V>
SKY_DEVICE void normApply(const T* __restrict__ x, const T* __restrict__ residual, T* __restrict__ y,
                          const float* __restrict__ affine, const Norm& s) {
  const u32 i = blockIdx.x * 256 + threadIdx.x, width = s.channels / V, row = i / width;
  if (row >= (u32)s.rows) return;
  const int channel = (int)(i - row * width) * V;
  const i64 at = ((i64)blockIdx.y * s.rows + row) * s.channels + channel;
  const float* map = affine + (i64)blockIdx.y * 2 * s.channels + channel;
  float v[V], r[V] = {};
  Lane<T, V>::load(x + at, v);
  if (residual) Lane<T, V>::load(residual + at, r);
#pragma unroll
  for (int k = 0; k < V; k++) {
    const float w = v[k] * map[k] + map[s.channels + k] + r[k];
    v[k] = s.relu && w < 0 ? 0.f : w;  // written so that NaN passes
  }
  Lane<T, V>::store(y + at, v);
}

// Sums of g and of g (x - mean), g = dy where the ReLU passed. With `masked`, y says where it passed and g is kept,
// being the residual's gradient; else the mask is worked out from x, and y is not read.
template <class T, int V>
SKY_DEVICE void normGradSums(const T* __restrict__ dy, const T* __restrict__ x, const T* __restrict__ y,
                             T* __restrict__ masked, const float* __restrict__ gamma, const float* __restrict__ beta,
                             const float* __restrict__ mean, const float* __restrict__ variance,
                             float* __restrict__ partial, const Norm& s) {
  SKY_SHARED;
  const Column<V> at(s);
  float sum[V] = {}, dot[V] = {};
  if (at.inside) {
    float m[V], scale[V], shift[V];
#pragma unroll
    for (int i = 0; i < V; i++) {
      const int c = at.channel + i, g = blockIdx.z * s.channels + c;
      m[i] = mean[g], scale[i] = scaleOf(gamma[c], variance[g], s.epsilon), shift[i] = beta[c] - m[i] * scale[i];
    }
    const i64 group = (i64)blockIdx.z * s.rows * s.channels + at.channel;
    for (int r = at.row; r < at.end; r += at.step) {
      const i64 from = group + (i64)r * s.channels;
      float g[V], v[V], out[V];
      Lane<T, V>::load(dy + from, g);
      Lane<T, V>::load(x + from, v);
      if (masked) Lane<T, V>::load(y + from, out);
#pragma unroll
      for (int i = 0; i < V; i++) {
        const float sign = masked ? out[i] : v[i] * scale[i] + shift[i];
        if (s.relu && !(sign > 0)) g[i] = 0;
        sum[i] += g[i], dot[i] += g[i] * (v[i] - m[i]);
      }
      if (masked) Lane<T, V>::store(masked + from, g);
    }
  }
  leaveSums<V>(shared, sum, dot, partial, s);
}

// dx = a g + b (x - mean) + d: coefficients [groups][6][channels] = a, b, d, mean, scale, shift; sums[group][2][channels].
SKY_KERNEL(256, normGradFinish, const float* __restrict__ partial, const float* __restrict__ gamma,
           const float* __restrict__ beta, const float* __restrict__ mean, const float* __restrict__ variance,
           float* __restrict__ coefficients, float* __restrict__ sums, Norm s) {
  SKY_SHARED;
  const int channel = blockIdx.x * 8 + (threadIdx.x & 7);
  double sum, dot;
  addSlicesOf(shared, partial, channel, s, sum, dot);
  if (threadIdx.x >= 8 || channel >= s.channels) return;
  const i64 at = (i64)blockIdx.y * s.channels + channel;
  const float scale = scaleOf(gamma[channel], variance[at], s.epsilon);
  const double inverse = 1 / sqrt((double)variance[at] + s.epsilon), factor = gamma[channel] * inverse;
  float* c = coefficients + (i64)blockIdx.y * 6 * s.channels + channel;
  c[0] = (float)factor;
  c[s.channels] = (float)(-factor * inverse * inverse * dot / s.rows);
  c[2 * s.channels] = (float)(-factor * sum / s.rows);
  c[3 * s.channels] = mean[at];
  c[4 * s.channels] = scale;
  c[5 * s.channels] = beta[channel] - mean[at] * scale;
  sums[((i64)blockIdx.y * 2) * s.channels + channel] = (float)sum;
  sums[((i64)blockIdx.y * 2 + 1) * s.channels + channel] = (float)(dot * inverse);
}

// dgamma and dbeta: groups share both parameters.
SKY_KERNEL(256, normGradVectors, const float* __restrict__ sums, float* __restrict__ dgamma, float* __restrict__ dbeta,
           int channels, int groups) {
  const int channel = blockIdx.x * 256 + threadIdx.x;
  if (channel >= channels) return;
  float a = 0, b = 0;
  for (int g = 0; g < groups; g++) {
    b += sums[((i64)g * 2) * channels + channel];
    a += sums[((i64)g * 2 + 1) * channels + channel];
  }
  dgamma[channel] = a, dbeta[channel] = b;
}

// `g` is dy, or with `ready` the masked gradient of the sums kernel.
template <class T, int V>
SKY_DEVICE void normGradApply(const T* __restrict__ g, const T* __restrict__ x, T* __restrict__ dx,
                              const float* __restrict__ coefficients, int ready, const Norm& s) {
  const u32 i = blockIdx.x * 256 + threadIdx.x, width = s.channels / V, row = i / width;
  if (row >= (u32)s.rows) return;
  const int channel = (int)(i - row * width) * V;
  const i64 at = ((i64)blockIdx.y * s.rows + row) * s.channels + channel;
  const float* c = coefficients + (i64)blockIdx.y * 6 * s.channels + channel;
  float v[V], w[V];
  Lane<T, V>::load(g + at, v);
  Lane<T, V>::load(x + at, w);
#pragma unroll
  for (int k = 0; k < V; k++) {
    const bool passed = ready || !s.relu || w[k] * c[4 * s.channels + k] + c[5 * s.channels + k] > 0;
    v[k] = c[k] * (passed ? v[k] : 0.f) + c[s.channels + k] * (w[k] - c[3 * s.channels + k]) + c[2 * s.channels + k];
  }
  Lane<T, V>::store(dx + at, v);
}

#define SKY_NORM(suffix, T, V)                                                                                           \
  SKY_KERNEL(256, normSums##suffix, const T* __restrict__ x, float* __restrict__ partial, Norm s) {                      \
    normSums<T, V>(x, partial, s);                                                                                       \
  }                                                                                                                      \
  SKY_KERNEL(256, normApply##suffix, const T* __restrict__ x, const T* __restrict__ residual, T* __restrict__ y,         \
             const float* __restrict__ affine, Norm s) {                                                                 \
    normApply<T, V>(x, residual, y, affine, s);                                                                          \
  }                                                                                                                      \
  SKY_KERNEL(256, normGradSums##suffix, const T* __restrict__ dy, const T* __restrict__ x, const T* __restrict__ y,      \
             T* __restrict__ masked, const float* __restrict__ gamma, const float* __restrict__ beta,                    \
             const float* __restrict__ mean, const float* __restrict__ variance, float* __restrict__ partial, Norm s) {  \
    normGradSums<T, V>(dy, x, y, masked, gamma, beta, mean, variance, partial, s);                                       \
  }                                                                                                                      \
  SKY_KERNEL(256, normGradApply##suffix, const T* __restrict__ g, const T* __restrict__ x, T* __restrict__ dx,           \
             const float* __restrict__ coefficients, int ready, Norm s) {                                                \
    normGradApply<T, V>(g, x, dx, coefficients, ready, s);                                                               \
  }
SKY_FOUR(SKY_NORM)

// The affine map of inference: scale / sqrt(variance + epsilon), offset - mean * that; null vectors are 1 and 0.
SKY_KERNEL(256, normInference, const float* __restrict__ mean, const float* __restrict__ variance,
           const float* __restrict__ offset, const float* __restrict__ scale, float* __restrict__ affine, int channels,
           float epsilon) {
  const int c = blockIdx.x * 256 + threadIdx.x;
  if (c >= channels) return;
  const float f = scaleOf(scale ? scale[c] : 1.f, variance[c], epsilon);
  affine[c] = f, affine[channels + c] = (offset ? offset[c] : 0.f) - mean[c] * f;
}
