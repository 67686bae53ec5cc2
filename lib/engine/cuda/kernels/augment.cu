// Byte images -> affine warp -> Gaussian blur -> normalised activations; the equations are in ops/augment-warp.ts.
#include "device.h"

SKY_DEVICE int mirror(int i, int n) {
  if ((u32)i < (u32)n) return i;
  if (n == 1) return 0;
  const int period = 2 * (n - 1), m = (i % period + period) % period;
  return m < n ? m : period - m;
}

struct Warp {
  int images, h, w, c, height, width;  // view v shows image v % images
  int reach;                           // length of a row of blur weights
};

SKY_DEVICE double within(double v) { return v < -1e9 ? -1e9 : v > 1e9 ? 1e9 : v; }

// One thread an output pixel: view [height, width, 3] in f32, still 0 to 255. draws: [views][6] transforms, then sigmas.
SKY_KERNEL(256, warpImages, const u8* __restrict__ images, const float* __restrict__ draws, float* __restrict__ out, Warp s) {
  const int i = blockIdx.x * 256 + threadIdx.x, view = blockIdx.y;
  if (i >= s.height * s.width) return;
  const float* t = draws + view * 6;
  const double X = i % s.width + 0.5, Y = i / s.width + 0.5;
  const double u = within(t[0] * X + t[1] * Y + t[2] - 0.5), v = within(t[3] * X + t[4] * Y + t[5] - 0.5);
  const double uf = floor(u), vf = floor(v);
  const float fu = (float)(u - uf), fv = (float)(v - vf);
  const int u0 = (int)uf, v0 = (int)vf;
  const u8* source = images + (i64)(view % s.images) * s.h * s.w * s.c;
  const u8 *top = source + (i64)mirror(v0, s.h) * s.w * s.c, *bottom = source + (i64)mirror(v0 + 1, s.h) * s.w * s.c;
  const int left = mirror(u0, s.w) * s.c, right = mirror(u0 + 1, s.w) * s.c;
  const float a = (1 - fu) * (1 - fv), b = fu * (1 - fv), d = (1 - fu) * fv, e = fu * fv;
  float* to = out + ((i64)view * s.height * s.width + i) * 3;
#pragma unroll
  for (int k = 0; k < 3; k++) {
    const int at = s.c == 1 ? 0 : k;
    to[k] = a * top[left + at] + b * top[right + at] + d * bottom[left + at] + e * bottom[right + at];
  }
}

// One half of each view's Gaussian, across and down, from its centre outwards, the whole summing to one; in front of
// it the radius. weights [view][2][1 + reach]; a thread a row.
SKY_KERNEL(256, blurWeights, const float* __restrict__ draws, float* __restrict__ weights, int views, Warp s) {
  const int i = blockIdx.x * 256 + threadIdx.x;
  if (i >= views * 2) return;
  float* to = weights + (i64)i * (1 + s.reach);
  const double sigma = draws[views * 6 + i / 2];
  const int length = i % 2 ? s.height : s.width, wanted = (int)ceil(3 * sigma);
  const int radius = wanted < length - 1 ? wanted : length - 1;
  to[0] = (float)radius;
  if (!(sigma > 0)) {
    to[0] = 0, to[1] = 1;
    return;
  }
  double total = 0;
  for (int r = 0; r <= radius; r++) total += (r ? 2 : 1) * exp(-(double)r * r / (2 * sigma * sigma));
  for (int r = 0; r <= radius; r++) to[1 + r] = (float)(exp(-(double)r * r / (2 * sigma * sigma)) / total);
}

// A view without blur is left where it is; `middle` holds the others blurred across.
SKY_KERNEL(256, blurAcross, const float* __restrict__ in, const float* __restrict__ weights, float* __restrict__ middle, Warp s) {
  const int i = blockIdx.x * 256 + threadIdx.x, view = blockIdx.y;
  const float* w = weights + (i64)view * 2 * (1 + s.reach);
  const int radius = (int)w[0];
  if (i >= s.height * s.width || radius == 0) return;
  const int x = i % s.width;
  const float* row = in + ((i64)view * s.height * s.width + i - x) * 3;
  float* to = middle + ((i64)view * s.height * s.width + i) * 3;
#pragma unroll
  for (int k = 0; k < 3; k++) {
    float sum = w[1] * row[x * 3 + k];
    for (int r = 1; r <= radius; r++)
      sum += w[1 + r] * (row[mirror(x - r, s.width) * 3 + k] + row[mirror(x + r, s.width) * 3 + k]);
    to[k] = sum;
  }
}

struct Normalise {
  float mean[3], inverse[3];
};

// Blurred down, scaled to [0, 1] and normalised.
SKY_KERNEL(256, blurDown, const float* __restrict__ in, const float* __restrict__ middle, const float* __restrict__ weights,
           void* __restrict__ y, int storage, Warp s, Normalise z) {
  const int i = blockIdx.x * 256 + threadIdx.x, view = blockIdx.y;
  if (i >= s.height * s.width) return;
  const float* w = weights + ((i64)view * 2 + 1) * (1 + s.reach);
  const float* across = w - (1 + s.reach);
  const int radius = (int)w[0], row = i / s.width, x = i - row * s.width;
  const float* from = (across[0] > 0 ? middle : in) + ((i64)view * s.height * s.width + x) * 3;
#pragma unroll
  for (int k = 0; k < 3; k++) {
    float sum = w[1] * from[(i64)row * s.width * 3 + k];
    for (int r = 1; r <= radius; r++) {
      const i64 above = mirror(row - r, s.height), below = mirror(row + r, s.height);
      sum += w[1 + r] * (from[above * s.width * 3 + k] + from[below * s.width * 3 + k]);
    }
    writeAs(y, ((i64)view * s.height * s.width + i) * 3 + k, (sum * (1 / 255.f) - z.mean[k]) * z.inverse[k], storage);
  }
}
