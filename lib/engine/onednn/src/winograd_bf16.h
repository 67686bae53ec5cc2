// The ways of winograd.h for pixels stored as bf16: the products of F(2 x 2, 3 x 3) in bf16, summed in f32.
#pragma once
#include "tile_conv.h"

namespace sky {
void winogradBf16Forward(const Geometry& g, const void* x, Buffer& weights, const float* bias, bool relu, void* y);
void winogradBf16BackwardData(const Geometry& g, const void* dy, Buffer& weights, void* dx);
void winogradBf16BackwardWeights(const Geometry& g, const void* x, const void* dy, float* dw);
}  // namespace sky
