// Sum, mean and maximum over one block of axes, and the L2 normalisation of rows.
#include "common.h"

namespace sky {
namespace {
// reduce(kind, x, y f32, [outer, n, inner]): kind 0 sum, 1 mean, 2 maximum; x is [outer, n, inner], y is [outer, inner]
void reduce(const Args& a) {
  const int kind = int(a.number(0));
  Buffer &x = a.buffer(1), &y = a.buffer(2);
  const auto s = a.ints(3, 3);
  requireCount(x, s, "x");
  requireF32(y, s[0] * s[2], "y");
  if (s[2] > INT32_MAX) fail("x is too large");
  const bool flat = s[2] == 1;
  // Rows beyond a grid's reach go in further launches.
  const int64_t width = int64_t(sizeOf(x.type));
  for (int64_t first = 0; first < s[0]; first += 65535) {
    const int64_t rows = std::min<int64_t>(65535, s[0] - first);
    launch("reduce", {flat ? 1 : blocks(s[2], 32), rows}, 256 * 8, x.data() + Pointer(first * s[1] * s[2] * width),
           y.data() + Pointer(first * s[2] * 4), (long long)s[1], int(s[2]), kind, int(x.type), int(flat));
  }
}

// l2Normalize(x, y, norm, [n, d]), all f32
void normalize(const Args& a) {
  Buffer &x = a.buffer(0), &y = a.buffer(1), &norm = a.buffer(2);
  const auto s = a.ints(3, 2);
  for (Buffer* b : {&x, &y}) requireF32(*b, product(s), "x or y");
  requireF32(norm, s[0], "the norms");
  launch("normalizeRows", {s[0]}, 8 * 4, x.data(), y.data(), norm.data(), int(s[1]));
}

// l2NormalizeGrad(dy, y, norm, dx, [n, d])
void normalizeGrad(const Args& a) {
  Buffer &dy = a.buffer(0), &y = a.buffer(1), &norm = a.buffer(2), &dx = a.buffer(3);
  const auto s = a.ints(4, 2);
  for (Buffer* b : {&dy, &y, &dx}) requireF32(*b, product(s), "dy, y or dx");
  requireF32(norm, s[0], "the norms");
  launch("normalizeRowsGrad", {s[0]}, 8 * 4, dy.data(), y.data(), norm.data(), dx.data(), int(s[1]));
}

// swappedCosineLoss(p, z, loss, cosines, lengths, [2n, d])
void swappedCosineLoss(const Args& a) {
  Buffer &p = a.buffer(0), &z = a.buffer(1), &loss = a.buffer(2), &cosines = a.buffer(3), &lengths = a.buffer(4);
  const auto s = a.ints(5, 2);
  for (Buffer* b : {&p, &z}) requireF32(*b, product(s), "p or z");
  requireF32(loss, 1, "the loss");
  requireF32(cosines, s[0], "the cosines");
  requireF32(lengths, 2 * s[0], "the lengths");
  launch("swappedCosines", {s[0]}, 8 * 4, p.data(), z.data(), cosines.data(), lengths.data(), int(s[0]), int(s[1]));
  launch("swappedCosineLoss", {1}, 8 * 4, cosines.data(), loss.data(), int(s[0]));
}

// swappedCosineLossGrad(dy, p, z, cosines, lengths, dp, [2n, d])
void swappedCosineLossGrad(const Args& a) {
  Buffer &dy = a.buffer(0), &p = a.buffer(1), &z = a.buffer(2), &cosines = a.buffer(3), &lengths = a.buffer(4),
         &dp = a.buffer(5);
  const auto s = a.ints(6, 2);
  for (Buffer* b : {&p, &z, &dp}) requireF32(*b, product(s), "p, z or dp");
  requireF32(dy, 1, "dy");
  requireF32(cosines, s[0], "the cosines");
  requireF32(lengths, 2 * s[0], "the lengths");
  launch("swappedCosineLossGrad", {s[0]}, 0, dy.data(), p.data(), z.data(), cosines.data(), lengths.data(), dp.data(),
         int(s[0]), int(s[1]));
}
}  // namespace

void addReduce(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "reduce", reduce);
  addKernel(env, exports, "l2Normalize", normalize);
  addKernel(env, exports, "l2NormalizeGrad", normalizeGrad);
  addKernel(env, exports, "swappedCosineLoss", swappedCosineLoss);
  addKernel(env, exports, "swappedCosineLossGrad", swappedCosineLossGrad);
}
}  // namespace sky
