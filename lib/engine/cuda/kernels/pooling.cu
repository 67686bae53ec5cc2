// Max pooling with saved positions, averages over whole images, and their gradients.
#include "device.h"

struct Window {
  int n, h, w, c, outH, outW, size, stride, pad;
};

// A thread has V channels of one output pixel; an index is row * size + column inside the window.
template <class T, int V>
SKY_DEVICE void poolMax(const T* __restrict__ x, T* __restrict__ y, u8* __restrict__ indices, const Window& p) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  const int width = p.c / V;
  if (i >= (i64)p.n * p.outH * p.outW * width) return;
  const i64 pixel = i / width;
  const int channel = (int)(i - pixel * width) * V, ox = (int)(pixel % p.outW);
  const int row = (int)(pixel / p.outW), oy = row % p.outH, image = row / p.outH;
  float best[V], v[V];
  int where[V];
#pragma unroll
  for (int k = 0; k < V; k++) best[k] = -INFINITY, where[k] = 0;
  for (int ky = 0; ky < p.size; ky++) {
    const int iy = oy * p.stride - p.pad + ky;
    if ((u32)iy >= (u32)p.h) continue;
    for (int kx = 0; kx < p.size; kx++) {
      const int ix = ox * p.stride - p.pad + kx;
      if ((u32)ix >= (u32)p.w) continue;
      Lane<T, V>::load(x + (((i64)image * p.h + iy) * p.w + ix) * p.c + channel, v);
#pragma unroll
      for (int k = 0; k < V; k++)
        if (!(v[k] <= best[k])) best[k] = v[k], where[k] = ky * p.size + kx;  // NaN wins, as in PyTorch
    }
  }
  Lane<T, V>::store(y + pixel * p.c + channel, best);
#pragma unroll
  for (int k = 0; k < V; k++) indices[pixel * p.c + channel + k] = (u8)where[k];
}

// Every input pixel gathers from the windows that cover it.
template <class T, int V>
SKY_DEVICE void poolMaxGrad(const T* __restrict__ dy, const u8* __restrict__ indices, T* __restrict__ dx, const Window& p) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  const int width = p.c / V;
  if (i >= (i64)p.n * p.h * p.w * width) return;
  const i64 pixel = i / width;
  const int channel = (int)(i - pixel * width) * V, ix = (int)(pixel % p.w);
  const int row = (int)(pixel / p.w), iy = row % p.h, image = row / p.h;
  float sum[V] = {}, g[V];
  for (int ky = (iy + p.pad) % p.stride; ky < p.size; ky += p.stride) {
    const int oy = (iy + p.pad - ky) / p.stride;
    if (iy + p.pad < ky || oy >= p.outH) continue;
    for (int kx = (ix + p.pad) % p.stride; kx < p.size; kx += p.stride) {
      const int ox = (ix + p.pad - kx) / p.stride;
      if (ix + p.pad < kx || ox >= p.outW) continue;
      const i64 from = (((i64)image * p.outH + oy) * p.outW + ox) * p.c + channel;
      Lane<T, V>::load(dy + from, g);
#pragma unroll
      for (int k = 0; k < V; k++)
        if (indices[from + k] == ky * p.size + kx) sum[k] += g[k];
    }
  }
  Lane<T, V>::store(dx + pixel * p.c + channel, sum);
}

// x [n, pixels, c] to the f32 means [n, c]: a block has 32 threads across channels and 8 over pixels.
template <class T>
SKY_DEVICE void poolAverage(const T* __restrict__ x, float* __restrict__ y, int pixels, int c) {
  SKY_SHARED;
  float* work = reinterpret_cast<float*>(shared);  // [8][32]
  const int across = threadIdx.x & 31, down = threadIdx.x >> 5, channel = blockIdx.x * 32 + across;
  float sum = 0;
  if (channel < c)
    for (int p = down; p < pixels; p += 8) sum += asFloat(x[((i64)blockIdx.y * pixels + p) * c + channel]);
  work[down * 32 + across] = sum;
  barrier();
  if (down > 0 || channel >= c) return;
  for (int d = 1; d < 8; d++) sum += work[d * 32 + across];
  y[(i64)blockIdx.y * c + channel] = sum / pixels;
}
SKY_KERNEL(256, poolAverage_f32, const float* __restrict__ x, float* __restrict__ y, int pixels, int c) {
  poolAverage(x, y, pixels, c);
}
SKY_KERNEL(256, poolAverage_bf16, const u16* __restrict__ x, float* __restrict__ y, int pixels, int c) {
  poolAverage(x, y, pixels, c);
}

template <class T, int V>
SKY_DEVICE void poolAverageGrad(const float* __restrict__ dy, T* __restrict__ dx, i64 rows, int pixels, int c) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  const int width = c / V;
  if (i >= rows * width) return;
  const i64 row = i / width;
  const int channel = (int)(i - row * width) * V;
  const float* g = dy + row / pixels * c + channel;
  float v[V];
#pragma unroll
  for (int k = 0; k < V; k++) v[k] = g[k] / pixels;
  Lane<T, V>::store(dx + row * c + channel, v);
}

#define SKY_POOL(suffix, T, V)                                                                                            \
  SKY_KERNEL(256, poolMax##suffix, const T* __restrict__ x, T* __restrict__ y, u8* __restrict__ indices, Window p) {      \
    poolMax<T, V>(x, y, indices, p);                                                                                      \
  }                                                                                                                       \
  SKY_KERNEL(256, poolMaxGrad##suffix, const T* __restrict__ dy, const u8* __restrict__ indices, T* __restrict__ dx,      \
             Window p) {                                                                                                  \
    poolMaxGrad<T, V>(dy, indices, dx, p);                                                                                \
  }                                                                                                                       \
  SKY_KERNEL(256, poolAverageGrad##suffix, const float* __restrict__ dy, T* __restrict__ dx, i64 rows, int pixels, int c) \
  { poolAverageGrad<T, V>(dy, dx, rows, pixels, c); }
SKY_FOUR(SKY_POOL)
