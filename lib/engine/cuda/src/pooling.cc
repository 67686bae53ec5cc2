// Max pooling with saved positions, average pooling over the whole image, and their gradients.
#include <cstring>

#include "common.h"

namespace sky {
namespace {
struct Window {
  int n, h, w, c, outH, outW, size, stride, pad;
};

Window window(const std::vector<int64_t>& v) {
  Window win;
  int sizes[9];
  for (int i = 0; i < 9; i++) {
    if (v[i] > INT32_MAX) fail("a size is too large");
    sizes[i] = int(v[i]);
  }
  static_assert(sizeof win == sizeof sizes, "a list of 9 sizes");
  std::memcpy(&win, sizes, sizeof win);
  if (win.size < 1 || win.size > 15 || win.stride < 1 || win.pad < 0) fail("a window does not fit");
  return win;
}

// maxPool(x, y, indices u8, sizes): an index is row * size + column inside the window
void maxPool(const Args& a) {
  Buffer &x = a.buffer(0), &y = a.buffer(1), &indices = a.buffer(2);
  const Window p = window(a.ints(3, 9));
  requireCount(x, {p.n, p.h, p.w, p.c}, "x");
  requireCount(y, {p.n, p.outH, p.outW, p.c}, "y");
  requireCount(indices, {p.n, p.outH, p.outW, p.c}, "the indices");
  if (x.type != y.type || indices.type != Type::U8) fail("x, y or the indices have the wrong storage type");
  int64_t lane;
  const auto name = typed("poolMax", x.type, p.c, lane);
  launch(name, {blocks(int64_t(y.count) / lane)}, 0, x.data(), y.data(), indices.data(), p);
}

// maxPoolGrad(dy, indices, dx, sizes)
void maxPoolGrad(const Args& a) {
  Buffer &dy = a.buffer(0), &indices = a.buffer(1), &dx = a.buffer(2);
  const Window p = window(a.ints(3, 9));
  requireCount(dx, {p.n, p.h, p.w, p.c}, "dx");
  requireCount(dy, {p.n, p.outH, p.outW, p.c}, "dy");
  requireCount(indices, {p.n, p.outH, p.outW, p.c}, "the indices");
  if (dx.type != dy.type || indices.type != Type::U8) fail("dx, dy or the indices have the wrong storage type");
  int64_t lane;
  const auto name = typed("poolMaxGrad", dx.type, p.c, lane);
  launch(name, {blocks(int64_t(dx.count) / lane)}, 0, dy.data(), indices.data(), dx.data(), p);
}

// globalAveragePool(x, y f32, [n, pixels, c])
void averagePool(const Args& a) {
  Buffer &x = a.buffer(0), &y = a.buffer(1);
  const auto s = a.ints(2, 3);
  requireCount(x, s, "x");
  requireF32(y, s[0] * s[2], "y");
  int64_t lane;
  typed("", x.type, 1, lane);
  launch(x.type == Type::F32 ? "poolAverage_f32" : "poolAverage_bf16", {blocks(s[2], 32), s[0]}, 8 * 32 * 4, x.data(),
         y.data(), int(s[1]), int(s[2]));
}

// globalAveragePoolGrad(dy f32, dx, [n, pixels, c])
void averagePoolGrad(const Args& a) {
  Buffer &dy = a.buffer(0), &dx = a.buffer(1);
  const auto s = a.ints(2, 3);
  requireCount(dx, s, "dx");
  requireF32(dy, s[0] * s[2], "dy");
  int64_t lane;
  const auto name = typed("poolAverageGrad", dx.type, s[2], lane);
  launch(name, {blocks(int64_t(dx.count) / lane)}, 0, dy.data(), dx.data(), (long long)(s[0] * s[1]), int(s[1]),
         int(s[2]));
}
}  // namespace

void addPooling(Napi::Env env, Napi::Object exports) {
  add(env, exports, "maxPool", maxPool);
  add(env, exports, "maxPoolGrad", maxPoolGrad);
  add(env, exports, "globalAveragePool", averagePool);
  add(env, exports, "globalAveragePoolGrad", averagePoolGrad);
}
}  // namespace sky
