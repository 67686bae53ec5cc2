// The convolutions, for those files that fuse something with them. The structs are those of kernels/conv.cu,
// pack.cu and device.h.
#pragma once
#include "common.h"

namespace sky {
// n h w c | k kh kw | oh ow | stride 2 | dilation 2 | pad top, left, bottom, right
struct Geometry {
  int64_t n, h, w, c, k, kh, kw, oh, ow, sh, sw, dh, dw, top, left, bottom, right;
  explicit Geometry(const std::vector<int64_t>& sizes);
  std::vector<int64_t> x() const { return {n, h, w, c}; }
  std::vector<int64_t> weights() const { return {kh, kw, c, k}; }
  std::vector<int64_t> y() const { return {n, oh, ow, k}; }
};

struct ConvArguments {
  int n, h, w, c, k, p, q, strideH, strideW, tapsH, tapsW, firstH, stepH, firstW, stepW;
  int outH, outW, outStepH, outStepW, outTop, outLeft, relu;
};
struct FoldArguments {
  int on, top, left, kh, kw, tapsW;
};
struct FilterArguments {
  int tapsH, tapsW, firstH, stepH, firstW, stepW, kw, inputs, inputStep, outputs, outputStep;
  int inputsPadded, pitch, outputsPadded;
  FoldArguments fold;
};

// A tensor-core kernel over packed weights; `partial` takes each block's column sums where it is not null.
void convolve(const char* kernel, Pointer x, Pointer weights, Pointer bias, Pointer y, Pointer partial,
              const ConvArguments& s);
void runForward(const Geometry& g, Buffer& x, Buffer& w, const Buffer* bias, Buffer& y, bool relu, Pointer partial);
void runBackwardData(const Geometry& g, Buffer& dy, Buffer& w, Buffer& dx);
void runBackwardWeights(const Geometry& g, Buffer& x, Buffer& dy, Buffer& dw, bool bf16);
}  // namespace sky
