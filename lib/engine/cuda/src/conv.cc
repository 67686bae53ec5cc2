// Convolution forward (with bias and ReLU fused), backward data and backward weights: which kernel runs, over what.
#include <cstring>

#include "common.h"
#include "convolution.h"

namespace sky {
namespace {

// The copy of `b` under `key`, of `bytes`; `make` fills it if it is missing or out of date.
template <class Make>
Pointer packedCopy(Buffer& b, const std::vector<int>& key, size_t bytes, Make make) {
  Packed* entry = nullptr;
  for (Packed& p : b.packed) {
    if (p.key == key) entry = &p;
  }
  if (!entry) {
    b.packed.push_back({key, Block(bytes), 0, 0});
    entry = &b.packed.back();
  }
  ownWhileRecording(entry->block.data(), entry->block.bytes());
  if (entry->version != b.version || entry->epoch != gpu().epoch) {
    make(entry->block.data());
    entry->version = b.version;
    entry->epoch = gpu().epoch;
  }
  return entry->block.data();
}

// Weights [kh][kw][c][k] in the order of `f`.
Pointer packed(Buffer& w, const FilterArguments& f) {
  std::vector<int> key(sizeof f / sizeof(int));
  std::memcpy(key.data(), &f, sizeof f);
  const int64_t values = int64_t(f.outputsPadded) * f.pitch;
  return packedCopy(w, key, size_t(values) * 2, [&](Pointer to) {
    launch("packFilter", packGrid(f.outputsPadded, f.pitch), kPackShared, w.data(), to, f);
  });
}

// Whether a convolution of stride 2 over few channels is told as one of stride 1 (struct Fold of kernels/device.h): its
// inner axis is a third of that over channels in multiples of eight.
bool folds(const Geometry& g) { return g.sh == 2 && g.sw == 2 && g.dh == 1 && g.dw == 1 && g.c <= 4; }

FoldArguments foldOf(const Geometry& g) {
  if (!folds(g)) return {};
  const int left = int(g.left & 1);
  return {1, int(g.top & 1), left, int(g.kh), int(g.kw), int((g.kw + left + 1) / 2)};
}

Pointer folded(Buffer& x, const Geometry& g) {
  const int64_t count = g.n * ((g.h + 1) / 2) * 2 * ((g.w + 1) / 2);
  return packedCopy(x, {int(g.h), int(g.w), int(g.c)}, size_t(count) * 16, [&](Pointer to) {
    launch("foldPixels", {blocks(count)}, 0, x.data(), to, (long long)count, int(g.h), int(g.w), int(g.c), int(x.type));
  });
}

ConvArguments plainSizes(const Geometry& g) {
  ConvArguments s{};
  s.n = int(g.n), s.h = int(g.h), s.w = int(g.w), s.c = int(g.c), s.k = int(g.k), s.p = int(g.oh), s.q = int(g.ow);
  s.strideH = int(g.sh), s.strideW = int(g.sw), s.tapsH = int(g.kh), s.tapsW = int(g.kw);
  s.firstH = -int(g.top), s.stepH = int(g.dh), s.firstW = -int(g.left), s.stepW = int(g.dw);
  s.outH = s.p, s.outW = s.q, s.outStepH = 1, s.outStepW = 1;
  return s;
}

// What the tensor cores compute for `g`: x is `folded` where it folds.
ConvArguments onTensorCoreSizes(const Geometry& g) {
  ConvArguments s = plainSizes(g);
  s.c = int(roundUp(g.c, 8));
  if (folds(g)) {
    const FoldArguments f = foldOf(g);
    s.h = int((g.h + 1) / 2), s.w = int((g.w + 1) / 2), s.c = 16, s.strideH = s.strideW = 1;
    s.tapsH = int((g.kh + f.top + 1) / 2), s.tapsW = f.tapsW;
    s.firstH = -int((g.top + f.top) / 2), s.firstW = -int((g.left + f.left) / 2);
  }
  return s;
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
  // Of warpgroups' kernels four narrow blocks fit a multiprocessor, of two stages each; else two of 96 KiB.
  const bool narrow = gpu().warpgroups && width == 64;
  launch(kernel, {blocks(int64_t(s.n) * s.p * s.q, 128), blocks(s.k, width), 1, narrow ? 128 : 256},
         narrow ? 2 * (128 + 64) * 128 : 3 * 128 * 256, x, weights, bias, y, partial, s);
}

void runForward(const Geometry& g, Buffer& x, Buffer& w, const Buffer* bias, Buffer& y, bool relu, Pointer partial) {
  if (w.knownBroken) fail("convolution weights contain NaN or infinity");
  const bool bf16 = y.type == Type::BF16;
  ConvArguments s = bf16 ? onTensorCoreSizes(g) : plainSizes(g);
  s.relu = relu;
  FilterArguments f{};
  f.tapsH = s.tapsH, f.tapsW = s.tapsW, f.stepH = 1, f.stepW = 1, f.kw = int(g.kw);
  f.inputs = int(g.c), f.inputStep = int(g.k), f.outputs = int(g.k), f.outputStep = 1;
  const Pointer shift = bias ? bias->data() : 0;
  if (!bf16) return inF32(Operand::f32(x).data(), w, shift, y.data(), s, f);
  f.fold = foldOf(g);
  if (f.fold.on) onTensorCores(folded(x, g), w, shift, y.data(), partial, s, f);
  else onTensorCores(Operand::bf16(x, g.c).data(), w, shift, y.data(), partial, s, f);
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
  ConvArguments s = bf16 ? onTensorCoreSizes(g) : plainSizes(g);
  if (bf16) s.k = int(roundUp(g.k, 8));
  const int64_t rows = g.n * g.oh * g.ow, inner = int64_t(s.tapsH) * s.tapsW * s.c, taps = int64_t(s.tapsH) * s.tapsW;
  // Steps of one slice of the pixels. Blocks are tiles times slices, `atOnce` of them on every multiprocessor: as many
  // slices as fill the last round well, not more.
  auto slices = [&](int64_t tiles, int64_t steps, int64_t atOnce) {
    const int64_t places = atOnce * gpu().processors;
    auto cost = [&](int64_t count) { return double((tiles * count + places - 1) / places) / double(count); };
    int64_t best = 1;
    for (int64_t count = 2; count <= std::min(steps, std::max<int64_t>(4, 2 * places / tiles)); count++) {
      if (cost(count) < 0.9 * cost(best)) best = count;
    }
    return (steps + best - 1) / best;
  };
  if (!bf16) {
    const Operand from = Operand::f32(x), to = Operand::f32(dy);
    const int64_t across = blocks(inner, 64), down = blocks(s.k, 64);
    const int64_t each = slices(across * down, blocks(rows, 64), 2) * 64, count = blocks(rows, each);
    const Block work(size_t(count * inner * s.k) * 4);
    launch("weightsF32", {across, down, count}, 2 * 16 * 68 * 4, from.data(), to.data(), work.data(), s, int(each));
    launch("sumSlices", {blocks(inner * s.k)}, 0, work.data(), dw.data(), (long long)(inner * s.k), int(count));
    return;
  }
  const FoldArguments fold = foldOf(g);
  const Operand pixels = fold.on ? Operand() : Operand::bf16(x, g.c), to = Operand::bf16(dy, g.k);
  const Pointer from = fold.on ? folded(x, g) : pixels.data();
  constexpr int64_t kPixels = 64, kPanel = kPixels * 128;  // bytes of 64 channels of a stage's pixels
  const int64_t tile = s.k > 64 ? 128 : 64, panels = tile / 64;
  // Three taps at once read dy once for all; cards with less shared memory take them one by one. Few channels: four
  // tiles at once.
  const bool three = g.kw == 3 && s.c % 64 == 0 && (tile == 64 || gpu().sharedBytes >= 3 * (panels + 3) * kPanel);
  const int64_t tiles = three ? 3 : tile == 64 && s.c < 64 ? 4 : 1;
  const int64_t across = blocks(s.k, tile), down = three ? g.kh * (s.c / 64) : blocks(inner, 64 * tiles);
  const int64_t atOnce = three && tile == 128 ? 1 : 2;
  const int64_t each = slices(across * down, blocks(rows, kPixels), atOnce), count = blocks(blocks(rows, kPixels), each);
  const Block work(size_t(count * inner * s.k) * 4);
  const int64_t stages = three ? 3 : tiles == 4 ? 2 : 4, threads = gpu().warpgroups && tile == 64 ? 128 : 256;
  launch("weights" + std::to_string(tile) + "x" + std::to_string(tiles), {across, down, count, threads},
         unsigned(stages * (panels + tiles) * kPanel), from, to.data(), work.data(), s, int(each));
  launch("addSlices", {blocks(inner, 32), blocks(g.k, 32)}, 32 * 33 * 4, work.data(), dw.data(), int(taps), int(g.c),
         s.c, int(g.k), s.k, int(count), fold);
}

void addConv(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "conv2d", forward);
  addKernel(env, exports, "conv2dBackwardData", backwardData);
  addKernel(env, exports, "conv2dBackwardWeights", backwardWeights);
}
}  // namespace sky
