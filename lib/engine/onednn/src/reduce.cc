// Sum, mean and maximum over one block of axes, and the L2 normalisation of rows.
#include <algorithm>
#include <cmath>

#include "common.h"

namespace sky {
namespace {
enum Kind { Sum, Mean, Max };

// reduce(kind, x, y f32, [outer, n, inner]): x is [outer, n, inner], y is [outer, inner]
void reduce(const Args& a) {
  const int kind = int(a.number(0));
  Buffer &x = a.buffer(1), &y = a.buffer(2);
  const auto s = a.ints(3, 3);
  requireCount(x, s, "x");
  requireCount(y, {s[0], s[2]}, "y");
  if (y.type != Type::F32) fail("y must be stored in f32");
  const int64_t n = s[1], inner = s[2];
  withType(x.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    parallelFor(s[0], std::max<int64_t>(1, 16384 / (n * inner)), [&](int64_t begin, int64_t end, int) {
      std::vector<double> total(inner);
      for (int64_t o = begin; o < end; o++) {
        const T* data = x.as<T>() + o * n * inner;
        std::fill(total.begin(), total.end(), kind == Max ? -INFINITY : 0.0);
        for (int64_t i = 0; i < n; i++) {
          for (int64_t c = 0; c < inner; c++) {
            const double v = float(data[i * inner + c]);
            if (kind != Max) total[c] += v;
            else if (!(v <= total[c])) total[c] = v;
          }
        }
        for (int64_t c = 0; c < inner; c++)
          y.as<float>()[o * inner + c] = float(kind == Mean ? total[c] / n : total[c]);
      }
    });
  });
}

// l2Normalize(x, y, norm, [n, d]), all f32
void l2Normalize(const Args& a) {
  Buffer &x = a.buffer(0), &y = a.buffer(1), &norm = a.buffer(2);
  const auto s = a.ints(3, 2);
  requireCount(x, s, "x");
  requireCount(y, s, "y");
  requireCount(norm, {s[0]}, "the norms");
  for (Buffer* b : {&x, &y, &norm}) {
    if (b->type != Type::F32) fail("rows must be stored in f32");
  }
  for (int64_t i = 0; i < s[0]; i++) {
    const float* v = x.as<float>() + i * s[1];
    double sum = 0;
    for (int64_t c = 0; c < s[1]; c++) sum += double(v[c]) * v[c];
    const double length = std::isnan(sum) ? sum : std::max(std::sqrt(sum), 1e-12);
    norm.as<float>()[i] = float(length);
    for (int64_t c = 0; c < s[1]; c++) y.as<float>()[i * s[1] + c] = float(v[c] / length);
  }
}

// l2NormalizeGrad(dy, y, norm, dx, [n, d])
void l2NormalizeGrad(const Args& a) {
  Buffer &dy = a.buffer(0), &y = a.buffer(1), &norm = a.buffer(2), &dx = a.buffer(3);
  const auto s = a.ints(4, 2);
  for (Buffer* b : {&dy, &y, &dx}) requireCount(*b, s, "dy, y or dx");
  requireCount(norm, {s[0]}, "the norms");
  for (Buffer* b : {&dy, &y, &norm, &dx}) {
    if (b->type != Type::F32) fail("rows must be stored in f32");
  }
  for (int64_t i = 0; i < s[0]; i++) {
    const float *g = dy.as<float>() + i * s[1], *v = y.as<float>() + i * s[1];
    double dot = 0;
    for (int64_t c = 0; c < s[1]; c++) dot += double(g[c]) * v[c];
    const double length = norm.as<float>()[i];
    for (int64_t c = 0; c < s[1]; c++) dx.as<float>()[i * s[1] + c] = float((g[c] - v[c] * dot) / length);
  }
}
}  // namespace

void addReduce(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "reduce", reduce);
  addKernel(env, exports, "l2Normalize", l2Normalize);
  addKernel(env, exports, "l2NormalizeGrad", l2NormalizeGrad);
}
}  // namespace sky
