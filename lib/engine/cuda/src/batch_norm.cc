// Training batch normalisation with fused residual and ReLU, forward and backward; inference batch normalisation.
// x is a matrix [groups * rows, channels]; each group of rows has statistics of its own.
#include "common.h"

namespace sky {
namespace {
struct NormArguments {
  int rows, channels, lanes, rowsOfSlice, slices, groups;
  float epsilon;
  int relu;
};

struct Norm {
  NormArguments a{};
  int64_t lane = 1;          // values a thread has
  Grid sums{1}, apply{1}, finish{1};
  size_t partialBytes() const { return size_t(a.groups) * a.slices * 2 * a.channels * 4; }
  unsigned sumsShared() const { return unsigned(2 * 256 * lane * 4); }
  std::string name(const char* kernel, Type type) const {
    int64_t ignored;
    return typed(kernel, type, a.channels, ignored);
  }

  // sizes: [rows, channels] or [rows, channels, groups], rows of all groups together
  Norm(const std::vector<int64_t>& sizes, Type type, double epsilon, bool relu) {
    const int64_t groups = sizes.size() > 2 ? sizes[2] : 1, channels = sizes[1];
    if (groups < 1 || sizes[0] % groups != 0) fail("the rows do not divide into " + std::to_string(groups) + " groups");
    const int64_t rows = sizes[0] / groups;
    if (rows > INT32_MAX || channels > INT32_MAX || rows * channels > INT64_C(0xffffffff)) fail("x is too large");
    typed("", type, channels, lane);
    a.rows = int(rows), a.channels = int(channels), a.groups = int(groups), a.epsilon = float(epsilon), a.relu = relu;
    a.lanes = 1;
    while (a.lanes < 32 && a.lanes * lane < channels) a.lanes *= 2;
    const int64_t across = blocks(channels, a.lanes * lane), atOnce = 256 / a.lanes;
    const int64_t wanted = std::max<int64_t>(1, 4 * gpu().processors / (across * groups));
    a.rowsOfSlice = int(std::max(4 * atOnce, roundUp((rows + wanted - 1) / wanted, atOnce)));
    a.slices = int(blocks(rows, a.rowsOfSlice));
    sums = {across, a.slices, groups};
    apply = {blocks(rows * (channels / lane)), groups};
    finish = {blocks(channels, 32), groups};
  }
};
constexpr unsigned kFinishShared = 2 * 8 * 32 * 8;

std::vector<int64_t> matrix(const std::vector<int64_t>& sizes) {
  if (sizes.size() != 2 && sizes.size() != 3) fail("a batch norm has 2 or 3 sizes");
  return {sizes[0], sizes[1]};
}

// batchNormTrain(x, gamma, beta, residual | null, y, mean, variance, [rows, channels, groups], epsilon, relu)
void forward(const Args& a) {
  Buffer &x = a.buffer(0), &gamma = a.buffer(1), &beta = a.buffer(2), &y = a.buffer(4), &mean = a.buffer(5),
         &variance = a.buffer(6);
  Buffer* residual = a.optional(3);
  const auto sizes = a.ints(7);
  requireCount(x, matrix(sizes), "x");
  const Norm n(sizes, x.type, a.number(8), a.number(9) != 0);
  const int64_t channels = n.a.channels;
  requireCount(y, matrix(sizes), "y");
  if (residual) requireCount(*residual, matrix(sizes), "the residual");
  if (x.type != y.type || (residual && residual->type != x.type)) fail("x, y and the residual differ in storage type");
  for (Buffer* b : {&gamma, &beta}) requireF32(*b, channels, "a channel vector");
  for (Buffer* b : {&mean, &variance}) requireF32(*b, channels * n.a.groups, "a channel vector");
  const Block partial(n.partialBytes()), affine(size_t(2 * channels * n.a.groups) * 4);
  launch(n.name("normSums", x.type), n.sums, n.sumsShared(), x.data(), partial.data(), n.a);
  launch("normFinish", n.finish, kFinishShared, partial.data(), x.data(), int(x.type), gamma.data(), beta.data(),
         mean.data(), variance.data(), affine.data(), n.a);
  launch(n.name("normApply", x.type), n.apply, 0, x.data(), residual ? residual->data() : Pointer(0), y.data(),
         affine.data(), n.a);
}

// batchNormTrainGrad(dy, x, gamma, beta, mean, variance, y, dx, dgamma, dbeta, dresidual | null,
//                    [rows, channels, groups], epsilon, relu)
void backward(const Args& a) {
  Buffer &dy = a.buffer(0), &x = a.buffer(1), &gamma = a.buffer(2), &beta = a.buffer(3), &mean = a.buffer(4),
         &variance = a.buffer(5), &dx = a.buffer(7), &dgamma = a.buffer(8), &dbeta = a.buffer(9);
  Buffer *y = a.optional(6), *masked = a.optional(10);
  const auto sizes = a.ints(11);
  for (Buffer* b : {&dy, &x, &dx}) requireCount(*b, matrix(sizes), "dy, x or dx");
  const Norm n(sizes, x.type, a.number(12), a.number(13) != 0);
  const int64_t channels = n.a.channels;
  if (dx.type != x.type || dy.type != x.type) fail("x, dy and dx differ in storage type");
  if (masked) {
    if (!y) fail("the gradient of a residual needs y");
    requireCount(*y, matrix(sizes), "y");
    requireCount(*masked, matrix(sizes), "dresidual");
    if (y->type != x.type || masked->type != x.type) fail("y, dresidual and x differ in storage type");
  }
  for (Buffer* b : {&gamma, &beta, &dgamma, &dbeta}) requireF32(*b, channels, "a channel vector");
  for (Buffer* b : {&mean, &variance}) requireF32(*b, channels * n.a.groups, "a channel vector");
  const Block partial(n.partialBytes()), coefficients(size_t(6 * channels * n.a.groups) * 4),
      sums(size_t(2 * channels * n.a.groups) * 4);
  const Pointer kept = masked ? masked->data() : 0;
  launch(n.name("normGradSums", x.type), n.sums, n.sumsShared(), dy.data(), x.data(), masked ? y->data() : Pointer(0),
         kept, gamma.data(), beta.data(), mean.data(), variance.data(), partial.data(), n.a);
  launch("normGradFinish", n.finish, kFinishShared, partial.data(), gamma.data(), beta.data(), mean.data(),
         variance.data(), coefficients.data(), sums.data(), n.a);
  launch("normGradVectors", {blocks(channels)}, 0, sums.data(), dgamma.data(), dbeta.data(), int(channels), n.a.groups);
  launch(n.name("normGradApply", x.type), n.apply, 0, masked ? kept : dy.data(), x.data(), dx.data(), coefficients.data(),
         int(masked != nullptr), n.a);
}

// batchNormInference(x, mean, variance, offset | null, scale | null, y, [rows, channels], epsilon)
void inference(const Args& a) {
  Buffer &x = a.buffer(0), &mean = a.buffer(1), &variance = a.buffer(2), &y = a.buffer(5);
  Buffer *offset = a.optional(3), *scale = a.optional(4);
  const auto sizes = a.ints(6, 2);
  requireCount(x, sizes, "x");
  requireCount(y, sizes, "y");
  if (x.type != y.type) fail("x and y differ in storage type");
  for (Buffer* b : {&mean, &variance, offset, scale}) {
    if (b) requireF32(*b, sizes[1], "a channel vector");
  }
  const Norm n(sizes, x.type, a.number(7), false);
  const Block affine(size_t(2 * sizes[1]) * 4);
  launch("normInference", {blocks(sizes[1])}, 0, mean.data(), variance.data(), offset ? offset->data() : Pointer(0),
         scale ? scale->data() : Pointer(0), affine.data(), int(sizes[1]), n.a.epsilon);
  launch(n.name("normApply", x.type), n.apply, 0, x.data(), Pointer(0), y.data(), affine.data(), n.a);
}
}  // namespace

void addBatchNorm(Napi::Env env, Napi::Object exports) {
  add(env, exports, "batchNormTrain", forward);
  add(env, exports, "batchNormTrainGrad", backward);
  add(env, exports, "batchNormInference", inference);
}
}  // namespace sky
