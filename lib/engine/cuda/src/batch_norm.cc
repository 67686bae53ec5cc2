// Training batch normalisation with fused residual and ReLU, forward and backward; inference batch normalisation.
// x is a matrix [groups * rows, channels]; each group of rows has statistics of its own. With a convolution in front,
// the pair is one call each way.
#include "calls.h"
#include "common.h"
#include "convolution.h"

namespace sky {
namespace {
struct NormArguments {
  int rows, channels, lanes, rowsOfSlice, slices, groups;
  float epsilon;
  int relu;
};

struct Norm {
  NormArguments a{};
  int64_t lane = 1;  // values a thread has
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
    finish = {blocks(channels, 8), groups};
  }
};
constexpr unsigned kFinishShared = 2 * 8 * 32 * 8;

std::vector<int64_t> matrix(const std::vector<int64_t>& sizes) {
  if (sizes.size() != 2 && sizes.size() != 3) fail("a batch norm has 2 or 3 sizes");
  return {sizes[0], sizes[1]};
}

struct Vectors {
  Buffer &gamma, &beta, &mean, &variance;
  void require(const Norm& n) const {
    for (Buffer* b : {&gamma, &beta}) requireF32(*b, n.a.channels, "a channel vector");
    for (Buffer* b : {&mean, &variance}) requireF32(*b, int64_t(n.a.channels) * n.a.groups, "a channel vector");
  }
};

// The sums of x (already in `partial` where it is not null), the statistics, and y.
void normalise(const Buffer& x, const Vectors& v, const Buffer* residual, Buffer& y, Norm n, const Block* partial) {
  requireCount(y, {int64_t(x.count)}, "y");
  if (residual) requireCount(*residual, {int64_t(x.count)}, "the residual");
  if (x.type != y.type || (residual && residual->type != x.type)) fail("x, y and the residual differ in storage type");
  v.require(n);
  const Block affine(size_t(2 * n.a.channels * n.a.groups) * 4);
  Block sums;
  if (!partial) {
    sums = Block(n.partialBytes());
    launch(n.name("normSums", x.type), n.sums, n.sumsShared(), x.data(), sums.data(), n.a);
  }
  launch("normFinish", n.finish, kFinishShared, partial ? partial->data() : sums.data(),
         partial ? Pointer(0) : x.data(), int(x.type), v.gamma.data(), v.beta.data(), v.mean.data(), v.variance.data(),
         affine.data(), n.a);
  launch(n.name("normApply", x.type), n.apply, 0, x.data(), residual ? residual->data() : Pointer(0), y.data(),
         affine.data(), n.a);
}

// The gradients of `normalise`; with `masked` also the residual's.
void backward(const Buffer& dy, const Buffer& x, const Vectors& v, const Buffer* y, Buffer& dx, Buffer& dgamma,
              Buffer& dbeta, Buffer* masked, const Norm& n) {
  for (const Buffer* b : {&dy, static_cast<const Buffer*>(&dx)}) requireCount(*b, {int64_t(x.count)}, "dy or dx");
  if (dx.type != x.type || dy.type != x.type) fail("x, dy and dx differ in storage type");
  if (masked) {
    if (!y) fail("the gradient of a residual needs y");
    requireCount(*y, {int64_t(x.count)}, "y");
    requireCount(*masked, {int64_t(x.count)}, "dresidual");
    if (y->type != x.type || masked->type != x.type) fail("y, dresidual and x differ in storage type");
  }
  v.require(n);
  for (Buffer* b : {&dgamma, &dbeta}) requireF32(*b, n.a.channels, "a channel vector");
  const size_t vectors = size_t(n.a.channels) * n.a.groups * 4;
  const Block partial(n.partialBytes()), coefficients(6 * vectors), sums(2 * vectors);
  const Pointer kept = masked ? masked->data() : 0;
  launch(n.name("normGradSums", x.type), n.sums, n.sumsShared(), dy.data(), x.data(), masked ? y->data() : Pointer(0),
         kept, v.gamma.data(), v.beta.data(), v.mean.data(), v.variance.data(), partial.data(), n.a);
  launch("normGradFinish", n.finish, kFinishShared, partial.data(), v.gamma.data(), v.beta.data(), v.mean.data(),
         v.variance.data(), coefficients.data(), sums.data(), n.a);
  launch("normGradVectors", {blocks(n.a.channels)}, 0, sums.data(), dgamma.data(), dbeta.data(), n.a.channels,
         n.a.groups);
  launch(n.name("normGradApply", x.type), n.apply, 0, masked ? kept : dy.data(), x.data(), dx.data(),
         coefficients.data(), int(masked != nullptr), n.a);
}

// batchNormTrain(x, gamma, beta, residual | null, y, mean, variance, [rows, channels, groups], epsilon, relu)
void batchNormTrain(const Args& a) {
  Buffer& x = a.buffer(0);
  const auto sizes = a.ints(7);
  requireCount(x, matrix(sizes), "x");
  const Norm n(sizes, x.type, a.number(8), a.number(9) != 0);
  normalise(x, {a.buffer(1), a.buffer(2), a.buffer(5), a.buffer(6)}, a.optional(3), a.buffer(4), n, nullptr);
}

// batchNormTrainGrad(dy, x, gamma, beta, mean, variance, y | null, dx, dgamma, dbeta, dresidual | null,
//                    [rows, channels, groups], epsilon, relu)
void batchNormTrainGrad(const Args& a) {
  Buffer& x = a.buffer(1);
  const auto sizes = a.ints(11);
  requireCount(x, matrix(sizes), "x");
  const Norm n(sizes, x.type, a.number(12), a.number(13) != 0);
  backward(a.buffer(0), x, {a.buffer(2), a.buffer(3), a.buffer(4), a.buffer(5)}, a.optional(6), a.buffer(7),
           a.buffer(8), a.buffer(9), a.optional(10), n);
}

std::vector<int64_t> normSizes(const Geometry& g, double groups) { return {g.n * g.oh * g.ow, g.k, int64_t(groups)}; }

// convBatchNorm(x, w, gamma, beta, residual | null, u, y, mean, variance, sizes of the convolution, groups, epsilon,
// relu): u = x * w, y the batch norm of u. The convolution's blocks leave the sums where a block has rows of one group
// only.
void convBatchNorm(const Args& a) {
  Buffer &x = a.buffer(0), &w = a.buffer(1), &u = a.buffer(5);
  const Geometry g(a.ints(9, 17));
  requireCount(x, g.x(), "x");
  requireCount(w, g.weights(), "the filter");
  requireCount(u, g.y(), "the convolution's result");
  Norm n(normSizes(g, a.number(10)), u.type, a.number(11), a.number(12) != 0);
  constexpr int kBlockRows = 128;
  const bool fused = u.type == Type::BF16 && n.a.rows % kBlockRows == 0;
  Block partial;
  if (fused) {
    n.a.slices = n.a.rows / kBlockRows;
    partial = Block(n.partialBytes());
  }
  runForward(g, x, w, nullptr, u, false, partial.data());
  normalise(u, {a.buffer(2), a.buffer(3), a.buffer(7), a.buffer(8)}, a.optional(4), a.buffer(6), n,
            fused ? &partial : nullptr);
}

// convBatchNormGrad(dy, x, w, gamma, beta, u, mean, variance, y | null, dx | null, dw, dgamma, dbeta, dresidual | null,
//                   sizes of the convolution, groups, epsilon, relu)
void convBatchNormGrad(const Args& a) {
  Buffer &x = a.buffer(1), &w = a.buffer(2), &u = a.buffer(5), &dw = a.buffer(10);
  Buffer* dx = a.optional(9);
  const Geometry g(a.ints(14, 17));
  requireCount(u, g.y(), "the convolution's result");
  const Norm n(normSizes(g, a.number(15)), u.type, a.number(16), a.number(17) != 0);
  Buffer du;
  du.count = u.count, du.type = u.type;
  du.block = Block(u.count * sizeOf(u.type));
  backward(a.buffer(0), u, {a.buffer(3), a.buffer(4), a.buffer(6), a.buffer(7)}, a.optional(8), du, a.buffer(11),
           a.buffer(12), a.optional(13), n);
  runBackwardWeights(g, x, du, dw, u.type == Type::BF16);
  if (dx) runBackwardData(g, du, w, *dx);
}

void inference(const Args& a) {
  const Inference call = inferenceCall(a);
  const auto at = [](const Buffer* b) { return b ? b->data() : Pointer(0); };
  const Norm n({call.rows, call.channels}, call.x.type, call.epsilon, false);
  const Block affine(size_t(2 * call.channels) * 4);
  launch("normInference", {blocks(call.channels)}, 0, call.mean.data(), call.variance.data(), at(call.offset),
         at(call.scale), affine.data(), int(call.channels), n.a.epsilon);
  launch(n.name("normApply", call.x.type), n.apply, 0, call.x.data(), Pointer(0), call.y.data(), affine.data(), n.a);
}
}  // namespace

void addBatchNorm(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "batchNormTrain", batchNormTrain);
  addKernel(env, exports, "batchNormTrainGrad", batchNormTrainGrad);
  addKernel(env, exports, "convBatchNorm", convBatchNorm);
  addKernel(env, exports, "convBatchNormGrad", convBatchNormGrad);
  addKernel(env, exports, "batchNormInference", inference);
}
}  // namespace sky
