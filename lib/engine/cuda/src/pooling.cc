// Max pooling with saved positions, average pooling over the whole image, and their gradients.
#include "calls.h"
#include "common.h"

namespace sky {
namespace {
// The window as the kernels read it.
struct Sizes {
  int n, h, w, c, outH, outW, size, stride, pad;
};

Sizes sizesOf(const Window& p) {
  const auto narrow = [](int64_t size) {
    if (size > INT32_MAX) fail("a size is too large");
    return int(size);
  };
  return {narrow(p.n),  narrow(p.h),    narrow(p.w),      narrow(p.c),  narrow(p.oh),
          narrow(p.ow), narrow(p.size), narrow(p.stride), narrow(p.pad)};
}

void maxPool(const Args& a) {
  const MaxPool p = maxPoolCall(a);
  int64_t lane;
  const auto name = typed("poolMax", p.image.type, p.window.c, lane);
  launch(name, {blocks(int64_t(p.maxima.count) / lane)}, 0, p.image.data(), p.maxima.data(), p.indices.data(),
         sizesOf(p.window));
}

void maxPoolGrad(const Args& a) {
  const MaxPool p = maxPoolGradCall(a);
  int64_t lane;
  const auto name = typed("poolMaxGrad", p.image.type, p.window.c, lane);
  launch(name, {blocks(int64_t(p.image.count) / lane)}, 0, p.maxima.data(), p.indices.data(), p.image.data(),
         sizesOf(p.window));
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
  addKernel(env, exports, "maxPool", maxPool);
  addKernel(env, exports, "maxPoolGrad", maxPoolGrad);
  addKernel(env, exports, "globalAveragePool", averagePool);
  addKernel(env, exports, "globalAveragePoolGrad", averagePoolGrad);
}
}  // namespace sky
