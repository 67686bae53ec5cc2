// Convolution forward (with bias and ReLU fused), backward data and backward weights: which kernel runs, over what.
#include <cstring>

#include "common.h"
#include "convolution.h"

namespace sky {
namespace {

// Weights [kh][kw][c][k] in the order of `f`, made now if the copy is missing or out of date.
Pointer packed(Buffer& w, const FilterArguments& f) {
  std::vector<int> key(sizeof f / sizeof(int));
  std::memcpy(key.data(), &f, sizeof f);
  Packed* entry = nullptr;
  for (Packed& p : w.packed) {
    if (p.key == key) entry = &p;
  }
  const size_t values = size_t(f.outputsPadded) * size_t(f.pitch);
  if (!entry) {
    w.packed.push_back({key, Block(values * 2), 0, 0});
    entry = &w.packed.back();
  }
  ownWhileRecording(entry->block.data(), entry->block.bytes());
  if (entry->version != w.version || entry->epoch != gpu().epoch) {
    launch("packFilter", {blocks(int64_t(values) / 2)}, 0, w.data(), entry->block.data(), f);
    entry->version = w.version;
    entry->epoch = gpu().epoch;
  }
  return entry->block.data();
}

// `s` on tensor cores, its weights as `f` says.
void onTensorCores(Pointer x, Buffer& w, Pointer bias, Pointer y, Pointer partial, const ConvArguments& s,
                   FilterArguments f) {
  const int width = s.k > 64 ? 128 : 64;
  f.inputsPadded = s.c;
  f.pitch = int(roundUp(int64_t(s.tapsH) * s.tapsW * s.c, 64));
  f.outputsPadded = int(roundUp(s.k, width));
  const Pointer weights = f.pitch > 0 ? packed(w, f) : 0;  // a parity without taps: zeros
  convolve(width == 128 ? "conv128x128" : "conv128x64", x, weights, bias, y, partial, s);
}

void inF32(Pointer x, const Buffer& w, Pointer bias, Pointer y, const ConvArguments& s, const FilterArguments& f) {
  const int64_t rows = int64_t(s.n) * s.p * s.q;
  launch("convF32", {blocks(rows, 64), blocks(s.k, 64)}, 2 * 16 * 68 * 4, x, w.data(), bias, y, s, f);
}

// conv2d(x, w, bias | null, y, sizes, relu)
void forward(const Args& a) {
  Buffer &x = a.buffer(0), &w = a.buffer(1), &y = a.buffer(3);
  Buffer* bias = a.optional(2);
  const Geometry g(a.ints(4, 17));
  requireCount(x, g.x(), "x");
  requireCount(w, g.weights(), "the filter");
  requireCount(y, g.y(), "the result");
  if (bias) requireF32(*bias, g.k, "the bias");
  runForward(g, x, w, bias, y, a.number(5) != 0, 0);
}

// One call for each parity of the input pixel: within it every tap is a shift of dy.
void backwardDataParity(const Geometry& g, Buffer& w, const Operand& dy, Buffer& dx, int64_t ph, int64_t pw) {
  struct Axis {
    int64_t taps, filterFirst, filterStep, first, step;
    Axis(int64_t parity, int64_t pad, int64_t size, int64_t stride, int64_t dilation) {
      filterFirst = stride == 1 ? 0 : (parity + pad) % stride;
      filterStep = stride;
      taps = size > filterFirst ? (size - filterFirst + stride - 1) / stride : 0;
      first = (parity + pad - filterFirst) / stride;
      step = stride == 1 ? -dilation : -1;
    }
  };
  if (ph >= g.h || pw >= g.w) return;
  const Axis down(ph, g.top, g.kh, g.sh, g.dh), across(pw, g.left, g.kw, g.sw, g.dw);
  const bool bf16 = dx.type == Type::BF16;
  ConvArguments s{};
  s.n = int(g.n), s.h = int(g.oh), s.w = int(g.ow), s.c = int(bf16 ? roundUp(g.k, 8) : g.k);
  s.k = int(g.c), s.p = int((g.h - ph + g.sh - 1) / g.sh), s.q = int((g.w - pw + g.sw - 1) / g.sw);
  s.strideH = 1, s.strideW = 1;
  s.tapsH = int(down.taps), s.tapsW = int(across.taps);
  if (s.tapsH == 0 || s.tapsW == 0) s.tapsH = 0, s.tapsW = 1;
  s.firstH = int(down.first), s.stepH = int(down.step), s.firstW = int(across.first), s.stepW = int(across.step);
  s.outH = int(g.h), s.outW = int(g.w);
  s.outStepH = int(g.sh), s.outStepW = int(g.sw), s.outTop = int(ph), s.outLeft = int(pw);
  FilterArguments f{};
  f.tapsH = s.tapsH, f.tapsW = s.tapsW, f.kw = int(g.kw);
  f.firstH = int(down.filterFirst), f.stepH = int(down.filterStep);
  f.firstW = int(across.filterFirst), f.stepW = int(across.filterStep);
  f.inputs = int(g.k), f.inputStep = 1, f.outputs = int(g.c), f.outputStep = int(g.k);
  if (bf16) onTensorCores(dy.data(), w, 0, dx.data(), 0, s, f);
  else inF32(dy.data(), w, 0, dx.data(), s, f);
}

// conv2dBackwardData(dy, w, dx, sizes)
void backwardData(const Args& a) { runBackwardData(Geometry(a.ints(3, 17)), a.buffer(0), a.buffer(1), a.buffer(2)); }

// conv2dBackwardWeights(x, dy, dw, sizes, type): computed in `type`, stored in f32
void backwardWeights(const Args& a) {
  runBackwardWeights(Geometry(a.ints(3, 17)), a.buffer(0), a.buffer(1), a.buffer(2), a.number(4) != 0);
}
}  // namespace

Geometry::Geometry(const std::vector<int64_t>& v) {
  static_assert(sizeof(Geometry) == 17 * sizeof(int64_t), "a list of 17 sizes");
  std::memcpy(this, v.data(), sizeof *this);
  if (sh < 1 || sw < 1 || dh < 1 || dw < 1) fail("strides and dilations must be positive");
  if ((sh > 1 && dh > 1) || (sw > 1 && dw > 1)) fail("a convolution has a stride or a dilation, not both");
  if (product(x()) > INT32_MAX * int64_t(64) || product(y()) / k > INT32_MAX || product(x()) / c > INT32_MAX) {
    fail("the images are too many for one call");
  }
}

void convolve(const char* kernel, Pointer x, Pointer weights, Pointer bias, Pointer y, Pointer partial,
              const ConvArguments& s) {
  const int width = s.k > 64 ? 128 : 64;
  launch(kernel, {blocks(int64_t(s.n) * s.p * s.q, 128), blocks(s.k, width)}, 3 * 128 * 256, x, weights, bias, y,
         partial, s);
}

void runForward(const Geometry& g, Buffer& x, Buffer& w, const Buffer* bias, Buffer& y, bool relu, Pointer partial) {
  if (w.knownBroken) fail("convolution weights contain NaN or infinity");
  const bool bf16 = y.type == Type::BF16;
  ConvArguments s{};
  s.n = int(g.n), s.h = int(g.h), s.w = int(g.w), s.c = int(bf16 ? roundUp(g.c, 8) : g.c);
  s.k = int(g.k), s.p = int(g.oh), s.q = int(g.ow);
  s.strideH = int(g.sh), s.strideW = int(g.sw), s.tapsH = int(g.kh), s.tapsW = int(g.kw);
  s.firstH = -int(g.top), s.stepH = int(g.dh), s.firstW = -int(g.left), s.stepW = int(g.dw);
  s.outH = s.p, s.outW = s.q, s.outStepH = 1, s.outStepW = 1, s.relu = relu;
  FilterArguments f{};
  f.tapsH = s.tapsH, f.tapsW = s.tapsW, f.stepH = 1, f.stepW = 1, f.kw = int(g.kw);
  f.inputs = int(g.c), f.inputStep = int(g.k), f.outputs = int(g.k), f.outputStep = 1;
  const Pointer shift = bias ? bias->data() : 0;
  if (bf16) onTensorCores(Operand::bf16(x, g.c).data(), w, shift, y.data(), partial, s, f);
  else inF32(Operand::f32(x).data(), w, shift, y.data(), s, f);
}

void runBackwardData(const Geometry& g, Buffer& dy, Buffer& w, Buffer& dx) {
  requireCount(dy, g.y(), "dy");
  requireCount(w, g.weights(), "the filter");
  requireCount(dx, g.x(), "dx");
  const Operand from = dx.type == Type::BF16 ? Operand::bf16(dy, g.k) : Operand::f32(dy);
  for (int64_t ph = 0; ph < g.sh; ph++)
    for (int64_t pw = 0; pw < g.sw; pw++) backwardDataParity(g, w, from, dx, ph, pw);
}

void runBackwardWeights(const Geometry& g, Buffer& x, Buffer& dy, Buffer& dw, bool bf16) {
  requireCount(x, g.x(), "x");
  requireCount(dy, g.y(), "dy");
  requireCount(dw, g.weights(), "dw");
  if (dw.type != Type::F32) fail("weight gradients are stored in f32");
  ConvArguments s{};
  s.n = int(g.n), s.h = int(g.h), s.w = int(g.w), s.c = int(bf16 ? roundUp(g.c, 8) : g.c);
  s.k = int(bf16 ? roundUp(g.k, 8) : g.k), s.p = int(g.oh), s.q = int(g.ow);
  s.strideH = int(g.sh), s.strideW = int(g.sw), s.tapsH = int(g.kh), s.tapsW = int(g.kw);
  s.firstH = -int(g.top), s.stepH = int(g.dh), s.firstW = -int(g.left), s.stepW = int(g.dw);
  const int64_t rows = g.n * g.oh * g.ow, inner = int64_t(s.tapsH) * s.tapsW * s.c, taps = g.kh * g.kw;
  // Enough blocks for two on every multiprocessor: the tiles, times slices of the pixels.
  auto slices = [&](int64_t tiles, int64_t steps) {
    const int64_t wanted = std::max<int64_t>(1, std::min(steps, 2 * gpu().processors / tiles));
    return (steps + wanted - 1) / wanted;  // steps of one slice
  };
  if (!bf16) {
    const Operand from = Operand::f32(x), to = Operand::f32(dy);
    const int64_t across = blocks(inner, 64), down = blocks(s.k, 64);
    const int64_t each = slices(across * down, blocks(rows, 64)) * 64, count = blocks(rows, each);
    const Block work(size_t(count * inner * s.k) * 4);
    launch("weightsF32", {across, down, count}, 2 * 16 * 68 * 4, from.data(), to.data(), work.data(), s, int(each));
    launch("sumSlices", {blocks(inner * s.k)}, 0, work.data(), dw.data(), (long long)(inner * s.k), int(count));
    return;
  }
  const Operand from = Operand::bf16(x, g.c), to = Operand::bf16(dy, g.k);
  constexpr int64_t kPixels = 64, kWide = 3 * (kPixels * 256 + 3 * kPixels * 128), kUsual = 98304;
  const int64_t tile = s.k > 64 ? 128 : 64;
  // Three taps at once read dy once for all; cards with less shared memory take them one by one.
  const bool three = g.kw == 3 && s.c % 64 == 0 && (tile == 64 || gpu().sharedBytes >= kWide);
  const std::string kernel = "weights" + std::to_string(tile) + (three ? "x3" : "x1");
  const int64_t across = blocks(s.k, tile), down = three ? g.kh * (s.c / 64) : blocks(inner, 64);
  const int64_t each = slices(across * down, blocks(rows, kPixels)), count = blocks(blocks(rows, kPixels), each);
  const Block work(size_t(count * inner * s.k) * 4);
  const int64_t shared = three && tile == 128 ? kWide : three || tile == 128 ? kUsual : 4 * kPixels * 256;
  launch(kernel, {across, down, count}, unsigned(shared), from.data(), to.data(), work.data(), s, int(each));
  launch("addSlices", {blocks(inner, 32), blocks(g.k, 32)}, 32 * 33 * 4, work.data(), dw.data(), int(taps), int(g.c),
         s.c, int(g.k), s.k, int(count));
}

void addConv(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "conv2d", forward);
  addKernel(env, exports, "conv2dBackwardData", backwardData);
  addKernel(env, exports, "conv2dBackwardWeights", backwardWeights);
}
}  // namespace sky
