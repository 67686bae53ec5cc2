// Max pooling with saved positions, average pooling over the whole image, and their gradients.
#include <algorithm>
#include <cmath>

#include "calls.h"
#include "lanes.h"

namespace sky {
namespace {

void maxPool(const Args& a) {
  const MaxPool call = maxPoolCall(a);
  Buffer &x = call.image, &y = call.maxima, &indices = call.indices;
  const Window& p = call.window;
  withType(x.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    parallelFor(p.n * p.oh, 1, [&](int64_t begin, int64_t end, int) {
      for (int64_t row = begin; row < end; row++) {
        const int64_t image = row / p.oh, top = row % p.oh * p.stride - p.pad;
        const int64_t y0 = std::max<int64_t>(0, -top), y1 = std::min(p.size, p.h - top);
        for (int64_t ox = 0; ox < p.ow; ox++) {
          const int64_t left = ox * p.stride - p.pad;
          const int64_t x0 = std::max<int64_t>(0, -left), x1 = std::min(p.size, p.w - left);
          const int64_t to = (row * p.ow + ox) * p.c;
          for (int64_t c = 0; c < p.c; c += kLanes) {
            const int64_t n = p.c - c;
            Lanes best = lanes(-INFINITY);
            LaneInts where{};
            for (int64_t ky = y0; ky < y1; ky++) {
              const T* v = x.as<T>() + ((image * p.h + top + ky) * p.w + left) * p.c + c;
              for (int64_t kx = x0; kx < x1; kx++) {
                const Lanes f = loadLanes(v + kx * p.c, n);
                const auto lower = f <= best;  // NaN wins, as in PyTorch
                best = lower ? best : f;
                where = lower ? where : LaneInts{} + int32_t(ky * p.size + kx);
              }
            }
            storeLanes(y.as<T>() + to + c, best, n);
            storeBytes(indices.as<uint8_t>() + to + c, where, n);
          }
        }
      }
    });
  });
}

// A window that covers a row or column of x, and which of the window's it is.
struct Cover {
  int64_t window, position;
};

void coveringWindows(int64_t i, int64_t windows, const Window& p, std::vector<Cover>& covers) {
  covers.clear();
  for (int64_t k = (i + p.pad) % p.stride; k < p.size && k <= i + p.pad; k += p.stride) {
    const int64_t window = (i + p.pad - k) / p.stride;
    if (window < windows) covers.push_back({window, k});
  }
}

// Every input pixel gathers from the windows that cover it.
void maxPoolGrad(const Args& a) {
  const MaxPool call = maxPoolGradCall(a);
  Buffer &dx = call.image, &dy = call.maxima, &indices = call.indices;
  const Window& p = call.window;
  std::vector<std::vector<Cover>> columns(p.w);
  for (int64_t ix = 0; ix < p.w; ix++) coveringWindows(ix, p.ow, p, columns[ix]);
  withType(dx.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    parallelFor(p.n * p.h, 1, [&](int64_t begin, int64_t end, int) {
      std::vector<Cover> rows;
      for (int64_t row = begin; row < end; row++) {
        const int64_t image = row / p.h;
        coveringWindows(row % p.h, p.oh, p, rows);
        for (int64_t ix = 0; ix < p.w; ix++) {
          for (int64_t c = 0; c < p.c; c += kLanes) {
            const int64_t n = p.c - c;
            Lanes sum{};
            for (const Cover& y : rows) {
              const int64_t line = (image * p.oh + y.window) * p.ow;
              for (const Cover& x : columns[ix]) {
                const int64_t from = (line + x.window) * p.c + c;
                const auto chosen =
                    loadBytes(indices.as<uint8_t>() + from, n) == int32_t(y.position * p.size + x.position);
                sum += chosen ? loadLanes(dy.as<T>() + from, n) : Lanes{};
              }
            }
            storeLanes(dx.as<T>() + (row * p.w + ix) * p.c + c, sum, n);
          }
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
  requireF32(y, s[0] * s[2], "y");
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
  requireF32(dy, s[0] * s[2], "dy");
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
