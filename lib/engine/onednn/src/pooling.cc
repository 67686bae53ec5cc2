// Max pooling with saved positions, average pooling over the whole image, and their gradients.
#include <algorithm>
#include <cmath>

#include "common.h"

namespace sky {
namespace {

struct Window {
  int64_t n, h, w, c, oh, ow, size, stride, pad;
};

Window window(const std::vector<int64_t>& v) {
  Window win;
  static_assert(sizeof(Window) == 9 * sizeof(int64_t), "a list of 9 sizes");
  std::memcpy(&win, v.data(), sizeof win);
  if (win.size < 1 || win.size > 15 || win.stride < 1 || win.pad < 0) fail("a window does not fit");
  return win;
}

// maxPool(x, y, indices u8, sizes): an index is row * size + column inside the window
void maxPool(const Args& a) {
  Buffer &x = a.buffer(0), &y = a.buffer(1), &indices = a.buffer(2);
  const Window p = window(a.ints(3, 9));
  requireCount(x, {p.n, p.h, p.w, p.c}, "x");
  requireCount(y, {p.n, p.oh, p.ow, p.c}, "y");
  requireCount(indices, {p.n, p.oh, p.ow, p.c}, "the indices");
  if (x.type != y.type || indices.type != Type::U8) fail("x, y or the indices have the wrong storage type");
  withType(x.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    parallelFor(p.n * p.oh, 1, [&](int64_t begin, int64_t end, int) {
      std::vector<float> best(p.c);
      std::vector<int32_t> where(p.c);
      for (int64_t row = begin; row < end; row++) {
        const int64_t image = row / p.oh, oy = row % p.oh;
        for (int64_t ox = 0; ox < p.ow; ox++) {
          float* __restrict b = best.data();
          int32_t* __restrict at = where.data();
          std::fill(best.begin(), best.end(), -INFINITY);
          std::fill(where.begin(), where.end(), 0);
          for (int64_t ky = 0; ky < p.size; ky++) {
            const int64_t iy = oy * p.stride - p.pad + ky;
            if (iy < 0 || iy >= p.h) continue;
            for (int64_t kx = 0; kx < p.size; kx++) {
              const int64_t ix = ox * p.stride - p.pad + kx;
              if (ix < 0 || ix >= p.w) continue;
              const T* __restrict v = x.as<T>() + ((image * p.h + iy) * p.w + ix) * p.c;
              const int32_t k = int32_t(ky * p.size + kx);
              for (int64_t c = 0; c < p.c; c++) {
                const float f = v[c];
                const bool higher = !(f <= b[c]);  // NaN wins, as in PyTorch
                b[c] = higher ? f : b[c];
                at[c] = higher ? k : at[c];
              }
            }
          }
          T* __restrict out = y.as<T>() + (row * p.ow + ox) * p.c;
          uint8_t* __restrict positions = indices.as<uint8_t>() + (row * p.ow + ox) * p.c;
          for (int64_t c = 0; c < p.c; c++) out[c] = b[c];
          for (int64_t c = 0; c < p.c; c++) positions[c] = uint8_t(at[c]);
        }
      }
    });
  });
}

// maxPoolGrad(dy, indices, dx, sizes): every input pixel gathers from the windows that cover it
void maxPoolGrad(const Args& a) {
  Buffer &dy = a.buffer(0), &indices = a.buffer(1), &dx = a.buffer(2);
  const Window p = window(a.ints(3, 9));
  requireCount(dx, {p.n, p.h, p.w, p.c}, "dx");
  requireCount(dy, {p.n, p.oh, p.ow, p.c}, "dy");
  requireCount(indices, {p.n, p.oh, p.ow, p.c}, "the indices");
  if (dx.type != dy.type || indices.type != Type::U8) fail("dx, dy or the indices have the wrong storage type");
  withType(dx.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    parallelFor(p.n * p.h, 1, [&](int64_t begin, int64_t end, int) {
      std::vector<float> sum(p.c);
      for (int64_t row = begin; row < end; row++) {
        const int64_t image = row / p.h, iy = row % p.h;
        for (int64_t ix = 0; ix < p.w; ix++) {
          float* __restrict s = sum.data();
          std::fill(sum.begin(), sum.end(), 0.f);
          for (int64_t ky = (iy + p.pad) % p.stride; ky < p.size; ky += p.stride) {
            const int64_t oy = (iy + p.pad - ky) / p.stride;
            if (iy + p.pad < ky || oy >= p.oh) continue;
            for (int64_t kx = (ix + p.pad) % p.stride; kx < p.size; kx += p.stride) {
              const int64_t ox = (ix + p.pad - kx) / p.stride;
              if (ix + p.pad < kx || ox >= p.ow) continue;
              const int64_t from = ((image * p.oh + oy) * p.ow + ox) * p.c;
              const T* __restrict g = dy.as<T>() + from;
              const uint8_t* __restrict at = indices.as<uint8_t>() + from;
              const int32_t k = int32_t(ky * p.size + kx);
              for (int64_t c = 0; c < p.c; c++) s[c] += int32_t(at[c]) == k ? float(g[c]) : 0.f;
            }
          }
          T* __restrict out = dx.as<T>() + (row * p.w + ix) * p.c;
          for (int64_t c = 0; c < p.c; c++) out[c] = s[c];
        }
      }
    });
  });
}

// globalAveragePool(x, y f32, [n, pixels, c])
void averagePool(const Args& a) {
  Buffer &x = a.buffer(0), &y = a.buffer(1);
  const auto s = a.ints(2, 3);
  requireCount(x, s, "x");
  requireCount(y, {s[0], s[2]}, "y");
  if (y.type != Type::F32) fail("y must be stored in f32");
  withType(x.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    parallelFor(s[0], 1, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; i++) {
        float* __restrict out = y.as<float>() + i * s[2];
        std::fill(out, out + s[2], 0.f);
        for (int64_t p = 0; p < s[1]; p++) {
          const T* __restrict v = x.as<T>() + (i * s[1] + p) * s[2];
          for (int64_t c = 0; c < s[2]; c++) out[c] += float(v[c]);
        }
        for (int64_t c = 0; c < s[2]; c++) out[c] /= float(s[1]);
      }
    });
  });
}

// globalAveragePoolGrad(dy, dx, [n, pixels, c])
void averagePoolGrad(const Args& a) {
  Buffer &dy = a.buffer(0), &dx = a.buffer(1);
  const auto s = a.ints(2, 3);
  requireCount(dx, s, "dx");
  requireCount(dy, {s[0], s[2]}, "dy");
  if (dy.type != Type::F32) fail("dy must be stored in f32");
  withType(dx.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    parallelFor(s[0] * s[1], 64, [&](int64_t begin, int64_t end, int) {
      const float share = 1.f / float(s[1]);
      for (int64_t i = begin; i < end; i++) {
        const float* __restrict g = dy.as<float>() + i / s[1] * s[2];
        T* __restrict out = dx.as<T>() + i * s[2];
        for (int64_t c = 0; c < s[2]; c++) out[c] = g[c] * share;
      }
    });
  });
}
}  // namespace

void addPooling(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "maxPool", maxPool);
  addKernel(env, exports, "maxPoolGrad", maxPoolGrad);
  addKernel(env, exports, "globalAveragePool", averagePool);
  addKernel(env, exports, "globalAveragePoolGrad", averagePoolGrad);
}
}  // namespace sky
