// Unary and broadcasting binary operations, fill, conversion, strided copies, residual add + ReLU.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "common.h"

namespace sky {
namespace {

// In the order of the kernels' lists.
const char* const kUnaries[] = {"Relu", "Neg", "Square", "Sqrt",        "Rsqrt",     "Abs",
                                "Exp",  "Log", "Step",   "ClipByValue", "Reciprocal"};
const char* const kBinaries[] = {"Add", "Sub", "Multiply", "RealDiv", "Maximum", "Minimum", "SquaredDifference"};

template <size_t N>
int numberOf(const char* const (&names)[N], const std::string& name) {
  for (size_t i = 0; i < N; i++) {
    if (name == names[i]) return int(i);
  }
  fail("there is no operation \"" + name + "\"");
}

// unary(name, x, y, p, q)
void unary(const Args& a) {
  const int op = numberOf(kUnaries, a.text(0));
  Buffer &x = a.buffer(1), &y = a.buffer(2);
  if (x.count != y.count) fail("x and y differ in size");
  launch("unary", {blocks(int64_t(x.count))}, 0, x.data(), y.data(), (long long)x.count, op, float(a.number(3)),
         float(a.number(4)), int(x.type), int(y.type));
}

struct Broadcast {
  int rank;
  long long dims[6], aSteps[6], bSteps[6];
};

void setSteps(long long* steps, const Buffer& b, const std::vector<int64_t>& dims, const std::vector<int64_t>& out,
              const char* what) {
  requireCount(b, dims, what);
  int64_t step = 1;
  for (size_t d = dims.size(); d-- > 0;) {
    if (dims[d] != out[d] && dims[d] != 1) fail("shapes do not broadcast");
    steps[d] = dims[d] == 1 ? 0 : step;
    step *= dims[d];
  }
}

// binary(name, a, b, y, dims of a, dims of b, dims of y), all of one rank; neighbours that broadcast alike are merged
// by the caller
void binary(const Args& args) {
  const int op = numberOf(kBinaries, args.text(0));
  Buffer &a = args.buffer(1), &b = args.buffer(2), &y = args.buffer(3);
  const auto out = args.ints(6);
  if (out.empty() || out.size() > 6) fail("a broadcast has 1 to 6 axes");
  requireCount(y, out, "the result");
  Broadcast s{};
  s.rank = int(out.size());
  std::copy(out.begin(), out.end(), s.dims);
  setSteps(s.aSteps, a, args.ints(4, out.size()), out, "a");
  setSteps(s.bSteps, b, args.ints(5, out.size()), out, "b");
  const int64_t n = int64_t(y.count);
  int64_t lane;
  if (op == 0 && a.count == y.count && b.count == y.count && a.type == y.type && b.type == y.type &&
      y.type != Type::U8) {
    const auto name = typed("addTwo", y.type, n, lane);
    return launch(name, {blocks(n / lane)}, 0, a.data(), b.data(), y.data(), (long long)n, 0);
  }
  launch("binary", {blocks(n)}, 0, a.data(), b.data(), y.data(), (long long)n, op, int(a.type), int(b.type),
         int(y.type), s);
}

// fill(y, value)
void fill(const Args& a) {
  Buffer& y = a.buffer(0);
  const double value = a.number(1);
  y.version++;
  y.knownBroken = !std::isfinite(float(value));
  launch("fill", {blocks(int64_t(y.count))}, 0, y.data(), (long long)y.count, float(value), int(y.type));
}

// convert(x, y): between f32 and bf16
void convert(const Args& a) {
  Buffer &x = a.buffer(0), &y = a.buffer(1);
  if (x.count != y.count) fail("x and y differ in size");
  launch("convert", {blocks(int64_t(x.count))}, 0, x.data(), y.data(), (long long)x.count, int(x.type), int(y.type));
}

// addRelu(a, b, y), one storage type
void addRelu(const Args& args) {
  Buffer &a = args.buffer(0), &b = args.buffer(1), &y = args.buffer(2);
  if (a.count != y.count || b.count != y.count || a.type != y.type || b.type != y.type) fail("a, b and y differ");
  int64_t lane;
  const auto name = typed("addTwo", y.type, int64_t(y.count), lane);
  launch(name, {blocks(int64_t(y.count) / lane)}, 0, a.data(), b.data(), y.data(), (long long)y.count, 1);
}

// reluGrad(dy, y, dx): dy where y > 0
void reluGrad(const Args& args) {
  Buffer &dy = args.buffer(0), &y = args.buffer(1), &dx = args.buffer(2);
  if (dy.count != y.count || dx.count != y.count || dy.type != y.type || dx.type != y.type) fail("dy, y and dx differ");
  int64_t lane;
  const auto name = typed("reluGrad", y.type, int64_t(y.count), lane);
  launch(name, {blocks(int64_t(y.count) / lane)}, 0, dy.data(), y.data(), dx.data(), (long long)y.count);
}

struct Strided {
  int rank;
  long long dims[8], from[8], to[8];
};

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

// copy(x, y, dims, steps in x, steps in y, offset in x, offset in y), one storage type
void copy(const Args& a) {
  Buffer &x = a.buffer(0), &y = a.buffer(1);
  const auto dims = a.ints(2);
  const auto fromSteps = a.ints(3, dims.size()), toSteps = a.ints(4, dims.size());
  const int64_t from = int64_t(a.number(5)), to = int64_t(a.number(6));
  if (dims.empty() || dims.size() > 8) fail("a copy has 1 to 8 dimensions");
  if (x.type != y.type) fail("x and y differ in storage type");
  const int64_t n = product(dims);
  requireInside(x, from, dims, fromSteps, "the source");
  requireInside(y, to, dims, toSteps, "the target");
  Strided s{};
  s.rank = int(dims.size());
  std::copy(dims.begin(), dims.end(), s.dims);
  std::copy(fromSteps.begin(), fromSteps.end(), s.from);
  std::copy(toSteps.begin(), toSteps.end(), s.to);
  const int64_t bytes = int64_t(sizeOf(x.type));
  launch("copyStrided", {blocks(n)}, 0, x.data() + Pointer(from * bytes), y.data() + Pointer(to * bytes), (long long)n,
         int(bytes), s);
}
}  // namespace

void addElementwise(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "unary", unary);
  addKernel(env, exports, "binary", binary);
  addKernel(env, exports, "fill", fill);
  addKernel(env, exports, "convert", convert);
  addKernel(env, exports, "addRelu", addRelu);
  addKernel(env, exports, "reluGrad", reluGrad);
  addKernel(env, exports, "copy", copy);
}
}  // namespace sky
