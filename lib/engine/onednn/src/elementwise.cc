// Unary and broadcasting binary operations, fill, conversion between storage types, residual add + ReLU.
//
// Rows are brought to f32 in chunks that stay in the L1 cache, worked on, and stored: one loop per operation serves
// both storage types and every kind of broadcast.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "lanes.h"

namespace sky {
namespace {
constexpr int64_t kChunk = 1024;

using Unary = void (*)(float* v, int64_t n, float p, float q);
using Binary = void (*)(float* __restrict a, const float* __restrict b, int64_t n);

template <class F>
constexpr Unary unary(F) {
  return [](float* v, int64_t n, float p, float q) {
    for (int64_t i = 0; i < n; i++) v[i] = F{}(v[i], p, q);
  };
}
template <class F>
constexpr Binary binary(F) {
  return [](float* __restrict a, const float* __restrict b, int64_t n) {
    for (int64_t i = 0; i < n; i++) a[i] = F{}(a[i], b[i]);
  };
}

#define SKY_UNARY(name, expression)                                                                            \
  struct name {                                                                                                \
    float operator()(float x, [[maybe_unused]] float p, [[maybe_unused]] float q) const { return expression; } \
  }
#define SKY_BINARY(name, expression)                                \
  struct name {                                                     \
    float operator()(float a, float b) const { return expression; } \
  }
SKY_UNARY(Relu, x < 0 ? 0.f : x);
SKY_UNARY(Neg, -x);
SKY_UNARY(Square, x* x);
SKY_UNARY(Sqrt, std::sqrt(x));
SKY_UNARY(Rsqrt, 1.f / std::sqrt(x));
SKY_UNARY(Abs, std::fabs(x));
SKY_UNARY(Exp, std::exp(x));
SKY_UNARY(Log, std::log(x));
SKY_UNARY(Step, x > 0 ? 1.f : (std::isnan(x) ? x : p));
SKY_UNARY(Clip, x < p ? p : (x > q ? q : x));
SKY_UNARY(Reciprocal, 1.f / x);
SKY_BINARY(Add, a + b);
SKY_BINARY(Sub, a - b);
SKY_BINARY(Multiply, a* b);
SKY_BINARY(Divide, a / b);
SKY_BINARY(Maximum, a > b || std::isnan(a) ? a : b);
SKY_BINARY(Minimum, a < b || std::isnan(a) ? a : b);
SKY_BINARY(SquaredDifference, (a - b) * (a - b));

const std::map<std::string, Unary>& unaries() {
  static const auto* table = new std::map<std::string, Unary>{{"Relu", unary(Relu{})},
                                                              {"Neg", unary(Neg{})},
                                                              {"Square", unary(Square{})},
                                                              {"Sqrt", unary(Sqrt{})},
                                                              {"Rsqrt", unary(Rsqrt{})},
                                                              {"Abs", unary(Abs{})},
                                                              {"Exp", unary(Exp{})},
                                                              {"Log", unary(Log{})},
                                                              {"Step", unary(Step{})},
                                                              {"ClipByValue", unary(Clip{})},
                                                              {"Reciprocal", unary(Reciprocal{})}};
  return *table;
}

const std::map<std::string, Binary>& binaries() {
  static const auto* table = new std::map<std::string, Binary>{{"Add", binary(Add{})},
                                                               {"Sub", binary(Sub{})},
                                                               {"Multiply", binary(Multiply{})},
                                                               {"RealDiv", binary(Divide{})},
                                                               {"Maximum", binary(Maximum{})},
                                                               {"Minimum", binary(Minimum{})},
                                                               {"SquaredDifference", binary(SquaredDifference{})}};
  return *table;
}

void load(const Buffer& from, int64_t offset, int64_t n, float* __restrict to) {
  withType(from.type, [&](auto* tag) {
    const auto* p = from.as<Element<decltype(tag)>>() + offset;
    for (int64_t i = 0; i < n; i += kLanes) storeLanes(to + i, loadLanes(p + i, n - i), n - i);
  });
}

void store(const Buffer& to, int64_t offset, int64_t n, const float* __restrict from) {
  withType(to.type, [&](auto* tag) {
    auto* p = to.as<Element<decltype(tag)>>() + offset;
    for (int64_t i = 0; i < n; i += kLanes) storeLanes(p + i, loadLanes(from + i, n - i), n - i);
  });
}

// unary(name, x, y, p, q)
void runUnary(const Args& a, const std::string& name) {
  Buffer &x = a.buffer(1), &y = a.buffer(2);
  if (x.count != y.count) fail("x and y differ in size");
  const Unary f = unaries().at(name);
  const float p = float(a.number(3)), q = float(a.number(4));
  parallelFor(int64_t(x.count), 16 * kChunk, [&](int64_t begin, int64_t end, int) {
    float v[kChunk];
    for (int64_t i = begin; i < end; i += kChunk) {
      const int64_t n = std::min(kChunk, end - i);
      load(x, i, n, v);
      f(v, n, p, q);
      store(y, i, n, v);
    }
  });
}

// One operand of a broadcast: its step per output dimension, 0 where it is repeated.
struct Operand {
  const Buffer* buffer;
  std::vector<int64_t> steps;
  int64_t offset(int64_t row, const std::vector<int64_t>& outer) const {
    int64_t at = 0;
    for (size_t d = outer.size(); d-- > 0;) {
      at += row % outer[d] * steps[d];
      row /= outer[d];
    }
    return at;
  }
  void read(int64_t at, int64_t n, float* to) const {
    if (steps.back() == 1) return load(*buffer, at, n, to);
    float v;
    load(*buffer, at, 1, &v);
    std::fill(to, to + n, v);
  }
};

Operand operand(const Buffer& b, const std::vector<int64_t>& dims, const std::vector<int64_t>& out, const char* what) {
  requireCount(b, dims, what);
  Operand o{&b, std::vector<int64_t>(dims.size())};
  int64_t step = 1;
  for (size_t d = dims.size(); d-- > 0;) {
    if (dims[d] != out[d] && dims[d] != 1) fail("shapes do not broadcast");
    o.steps[d] = dims[d] == 1 ? 0 : step;
    step *= dims[d];
  }
  return o;
}

// binary(name, a, b, y, dims of a, dims of b, dims of y), all of one rank; neighbours that broadcast alike are merged
// by the caller
void runBinary(const Args& args, const std::string& name) {
  const Buffer& y = args.buffer(3);
  const auto out = args.ints(6);
  requireCount(y, out, "the result");
  const Operand a = operand(args.buffer(1), args.ints(4, out.size()), out, "a");
  const Operand b = operand(args.buffer(2), args.ints(5, out.size()), out, "b");
  const Binary f = binaries().at(name);
  const int64_t inner = out.back(), rows = int64_t(y.count) / inner;
  const std::vector<int64_t> outer(out.begin(), out.end() - 1);
  const int64_t pieces = (inner + kChunk - 1) / kChunk;
  parallelFor(rows * pieces, std::max<int64_t>(1, 16 * kChunk / std::min(inner, kChunk)),
              [&](int64_t begin, int64_t end, int) {
                float va[kChunk], vb[kChunk];
                for (int64_t i = begin; i < end; i++) {
                  const int64_t row = i / pieces, start = i % pieces * kChunk, n = std::min(kChunk, inner - start);
                  a.read(a.offset(row, outer) + start * a.steps.back(), n, va);
                  b.read(b.offset(row, outer) + start * b.steps.back(), n, vb);
                  f(va, vb, n);
                  store(y, row * inner + start, n, va);
                }
              });
}

template <void (*F)(const Args&, const std::string&)>
Napi::Value named(const Napi::CallbackInfo& info) {
  try {
    F(Args(info), info[0].As<Napi::String>());
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& e) {
    throw Napi::Error::New(info.Env(), e.what());
  }
  return info.Env().Undefined();
}

// fill(y, value)
void fill(const Args& a) {
  Buffer& y = a.buffer(0);
  const float value = float(a.number(1));
  withType(y.type, [&](auto* tag) {
    auto* p = y.as<Element<decltype(tag)>>();
    Element<decltype(tag)> v;
    v = value;
    std::fill(p, p + y.count, v);
  });
}

// convert(x, y): between f32 and bf16
void convert(const Args& a) {
  Buffer &x = a.buffer(0), &y = a.buffer(1);
  if (x.count != y.count) fail("x and y differ in size");
  parallelFor(int64_t(x.count), 16 * kChunk, [&](int64_t begin, int64_t end, int) {
    float v[kChunk];
    for (int64_t i = begin; i < end; i += kChunk) {
      load(x, i, std::min(kChunk, end - i), v);
      store(y, i, std::min(kChunk, end - i), v);
    }
  });
}

// addRelu(a, b, y), one storage type
void addRelu(const Args& args) {
  Buffer &a = args.buffer(0), &b = args.buffer(1), &y = args.buffer(2);
  if (a.count != y.count || b.count != y.count || a.type != y.type || b.type != y.type) fail("a, b and y differ");
  withType(y.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    parallelFor(int64_t(y.count), 16 * kChunk, [&](int64_t begin, int64_t end, int) {
      const T *p = a.as<T>(), *q = b.as<T>();
      for (int64_t i = begin; i < end; i += kLanes) {
        const int64_t n = end - i;
        storeLanes(y.as<T>() + i, atLeast(loadLanes(p + i, n) + loadLanes(q + i, n), Lanes{}), n);
      }
    });
  });
}

// reluGrad(dy, y, dx): dy where y > 0
void reluGrad(const Args& args) {
  Buffer &dy = args.buffer(0), &y = args.buffer(1), &dx = args.buffer(2);
  if (dy.count != y.count || dx.count != y.count || dy.type != y.type || dx.type != y.type) fail("dy, y and dx differ");
  withType(y.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    parallelFor(int64_t(y.count), 16 * kChunk, [&](int64_t begin, int64_t end, int) {
      const T *g = dy.as<T>(), *v = y.as<T>();
      for (int64_t i = begin; i < end; i += kLanes) {
        const int64_t n = end - i;
        storeLanes(dx.as<T>() + i, loadLanes(v + i, n) > 0 ? loadLanes(g + i, n) : Lanes{}, n);
      }
    });
  });
}
}  // namespace

void addElementwise(Napi::Env env, Napi::Object exports) {
  exports.Set("unary", Napi::Function::New(env, named<runUnary>));
  exports.Set("binary", Napi::Function::New(env, named<runBinary>));
  addKernel(env, exports, "fill", fill);
  addKernel(env, exports, "convert", convert);
  addKernel(env, exports, "addRelu", addRelu);
  addKernel(env, exports, "reluGrad", reluGrad);
}
}  // namespace sky
