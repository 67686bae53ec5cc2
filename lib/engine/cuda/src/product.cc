// Batched matrix products with either side transposed, bias and ReLU fused: on tensor cores in bf16 where that is the
// engine's precision, else in f32.
#include "common.h"
#include "convolution.h"

namespace sky {
namespace {
struct ProductArguments {
  int m, k, n;
  long long aBatch, aRow, aInner, bBatch, bInner, bColumn;
  int relu;
};

// A product is a convolution of 1x1 taps: rows are pixels, the inner axis channels.
void onTensorCores(const Buffer& a, const Buffer& b, Pointer bias, Buffer& c, const ProductArguments& p) {
  const int channels = int(roundUp(p.k, 8)), pitch = int(roundUp(p.k, 64)), width = p.n > 64 ? 128 : 64;
  const int columns = int(roundUp(p.n, width));
  Block left, right(size_t(columns) * pitch * 2);
  Pointer x = a.data();
  if (a.type != Type::BF16 || p.aInner != 1 || channels != p.k) {
    left = Block(size_t(p.m) * channels * 2);
    x = left.data();
    launch("packMatrix", packGrid(p.m, channels), kPackShared, a.data(), x, p.m, p.k, p.aRow, p.aInner, p.m, channels,
           int(a.type));
  }
  launch("packMatrix", packGrid(columns, pitch), kPackShared, b.data(), right.data(), p.n, p.k, p.bColumn, p.bInner,
         columns, pitch, int(b.type));
  ConvArguments s{};
  s.n = 1, s.h = 1, s.w = p.m, s.c = channels, s.k = p.n, s.p = 1, s.q = p.m;
  s.strideH = s.strideW = s.tapsH = s.tapsW = s.stepH = s.stepW = s.outH = s.outStepH = s.outStepW = 1;
  s.outW = p.m, s.relu = p.relu;
  convolve(width == 128 ? "product128x128" : "product128x64", x, right.data(), bias, c.data(), 0, s);
}

// matMul(a, b, bias | null, c, [batch of a, batch of b, m, k, n, transpose a, transpose b], relu)
void matMul(const Args& args) {
  Buffer &a = args.buffer(0), &b = args.buffer(1), &c = args.buffer(3);
  Buffer* bias = args.optional(2);
  const auto s = args.ints(4, 7);
  const int64_t m = s[2], k = s[3], n = s[4], batch = std::max(s[0], s[1]);
  requireCount(a, {s[0], m, k}, "a");
  requireCount(b, {s[1], k, n}, "b");
  requireCount(c, {batch, m, n}, "the product");
  if ((s[0] != batch && s[0] != 1) || (s[1] != batch && s[1] != 1)) fail("the batches differ");
  if (bias) requireF32(*bias, n, "the bias");
  if (c.type != Type::F32) fail("products are stored in f32");
  if (std::max({m, k, n}) > INT32_MAX / 128) fail("the matrices are too large");
  ProductArguments p{};
  p.m = int(m), p.k = int(k), p.n = int(n), p.relu = args.number(5) != 0;
  p.aBatch = s[0] == 1 ? 0 : m * k, p.bBatch = s[1] == 1 ? 0 : k * n;
  p.aRow = s[5] ? 1 : k, p.aInner = s[5] ? m : 1;
  p.bInner = s[6] ? 1 : n, p.bColumn = s[6] ? k : 1;
  const Pointer shift = bias ? bias->data() : 0;
  if (gpu().bf16Products && batch == 1) return onTensorCores(a, b, shift, c, p);
  const Operand left = Operand::f32(a), right = Operand::f32(b);
  launch("productF32", {blocks(m, 64), blocks(n, 64), batch}, 2 * 16 * 68 * 4, left.data(), right.data(), shift,
         c.data(), p);
}
}  // namespace

void addProduct(Napi::Env env, Napi::Object exports) { addKernel(env, exports, "matMul", matMul); }
}  // namespace sky
