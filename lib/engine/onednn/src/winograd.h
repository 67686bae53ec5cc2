// 3 x 3 convolutions with stride 1 by minimal filtering: a quarter or a fifth of a direct one's multiplications in f32,
// four ninths in bf16.
#pragma once
#include "tile_conv.h"

namespace sky {
bool winogradFits(const Geometry& g, Type type);
// x, y and dy, dx are [n, h, w, channels] in `type`, weights [3, 3, c, k] in f32.
void winogradForward(const Geometry& g, Type type, const void* x, Buffer& weights, const float* bias, bool relu,
                     void* y);
void winogradBackwardData(const Geometry& g, Type type, const void* dy, Buffer& weights, void* dx);
void winogradBackwardWeights(const Geometry& g, Type type, const void* x, const void* dy, float* dw);
}  // namespace sky
