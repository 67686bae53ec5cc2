// Convolutions of our own on the block product of tile_product.h; conv.cc decides which shapes they take.
#pragma once
#include "common.h"

namespace sky {
// n h w c | k kh kw | oh ow | stride 2 | dilation 2 | pad top, left, bottom, right
struct Geometry {
  int64_t n, h, w, c, k, kh, kw, oh, ow, sh, sw, dh, dw, top, left, bottom, right;
  std::vector<int64_t> x() const { return {n, h, w, c}; }
  std::vector<int64_t> weights() const { return {kh, kw, c, k}; }
  std::vector<int64_t> y() const { return {n, oh, ow, k}; }
};

// x, y and dy, dx are [n, h, w, channels] in `type`, weights [kh, kw, c, k] in f32.
bool tileForwardFits(const Geometry& g, Type type);
bool tileBackwardDataFits(const Geometry& g, Type type);
bool tileBackwardWeightsFits(const Geometry& g, Type type);
void tileForward(const Geometry& g, Type type, const void* x, Buffer& weights, const float* bias, bool relu, void* y);
void tileBackwardData(const Geometry& g, Type type, const void* dy, Buffer& weights, void* dx);
void tileBackwardWeights(const Geometry& g, Type type, const void* x, const void* dy, float* dw);
}  // namespace sky
