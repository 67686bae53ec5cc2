// One strided copy: what transpose, slice, concatenation and padding all are.
#include <algorithm>
#include <cstdlib>

#include "common.h"

namespace sky {
namespace {

// The lowest and highest element a strided view touches.
void requireInside(const Buffer& b, int64_t offset, const std::vector<int64_t>& dims,
                   const std::vector<int64_t>& strides, const char* what) {
  int64_t low = offset, high = offset;
  for (size_t d = 0; d < dims.size(); d++) {
    if (std::llabs(strides[d]) > int64_t(b.count)) fail(std::string(what) + ": a stride leaves the tensor");
    (strides[d] < 0 ? low : high) += strides[d] * (dims[d] - 1);
  }
  if (low < 0 || high >= int64_t(b.count)) fail(std::string(what) + ": the copy leaves the tensor");
}

template <class T>
void run(const T* from, T* to, const std::vector<int64_t>& dims, const std::vector<int64_t>& fromSteps,
         const std::vector<int64_t>& toSteps) {
  const size_t last = dims.size() - 1;
  const int64_t inner = dims[last], rows = product(dims) / inner, fs = fromSteps[last], ts = toSteps[last];
  parallelFor(rows, std::max<int64_t>(1, 16384 / inner), [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; row++) {
      const T* f = from;
      T* t = to;
      int64_t rest = row;
      for (size_t d = last; d-- > 0;) {
        f += rest % dims[d] * fromSteps[d];
        t += rest % dims[d] * toSteps[d];
        rest /= dims[d];
      }
      if (fs == 1 && ts == 1) {
        std::memcpy(t, f, size_t(inner) * sizeof(T));
      } else {
        for (int64_t i = 0; i < inner; i++) t[i * ts] = f[i * fs];
      }
    }
  });
}

// copy(x, y, dims, steps in x, steps in y, offset in x, offset in y), one storage type
void copy(const Args& a) {
  Buffer &x = a.buffer(0), &y = a.buffer(1);
  const auto dims = a.ints(2);
  const auto fromSteps = a.ints(3, dims.size()), toSteps = a.ints(4, dims.size());
  const int64_t from = int64_t(a.number(5)), to = int64_t(a.number(6));
  if (dims.empty()) fail("a copy needs at least one dimension");
  if (x.type != y.type) fail("x and y differ in storage type");
  product(dims);
  requireInside(x, from, dims, fromSteps, "the source");
  requireInside(y, to, dims, toSteps, "the target");
  if (x.type == Type::F32) run(x.as<float>() + from, y.as<float>() + to, dims, fromSteps, toSteps);
  if (x.type == Type::BF16) run(x.as<uint16_t>() + from, y.as<uint16_t>() + to, dims, fromSteps, toSteps);
  if (x.type == Type::U8) run(x.as<uint8_t>() + from, y.as<uint8_t>() + to, dims, fromSteps, toSteps);
}
}  // namespace

void addCopy(Napi::Env env, Napi::Object exports) { addKernel(env, exports, "copy", copy); }
}  // namespace sky
