// The ways of winograd.h for pixels stored as f32: F(4 x 4, 3 x 3) or F(5 x 5, 3 x 3).
#pragma once
#include "tile_conv.h"

namespace sky {
void winogradF32Forward(const Geometry& g, const void* x, Buffer& weights, const float* bias, bool relu, void* y);
void winogradF32BackwardData(const Geometry& g, const void* dy, Buffer& weights, void* dx);
void winogradF32BackwardWeights(const Geometry& g, const void* x, const void* dy, float* dw);
}  // namespace sky
