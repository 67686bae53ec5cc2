// Which filtering serves which storage: F(4 x 4, 3 x 3) or F(5 x 5, 3 x 3) f32, and F(2 x 2, 3 x 3), whose sums of few
// terms bear to be rounded, bf16.
#include "winograd.h"

#include "tile_product.h"
#include "winograd_bf16.h"
#include "winograd_f32.h"

namespace sky {
bool winogradFits(const Geometry& g, Type type) {
  constexpr int64_t kBoth = 32;  // channels are a multiple of it
  const bool three = g.kh == 3 && g.kw == 3 && g.sh == 1 && g.sw == 1 && g.dh == 1 && g.dw == 1;
  const bool computes = type == Type::F32 || tilesUsable();
  return three && computes && g.c % kBoth == 0 && g.k % kBoth == 0 && g.oh >= 3 && g.ow >= 3;
}

void winogradForward(const Geometry& g, Type type, const void* x, Buffer& weights, const float* bias, bool relu,
                     void* y) {
  if (type == Type::BF16) winogradBf16Forward(g, x, weights, bias, relu, y);
  else winogradF32Forward(g, x, weights, bias, relu, y);
}

void winogradBackwardData(const Geometry& g, Type type, const void* dy, Buffer& weights, void* dx) {
  if (type == Type::BF16) winogradBf16BackwardData(g, dy, weights, dx);
  else winogradF32BackwardData(g, dy, weights, dx);
}

void winogradBackwardWeights(const Geometry& g, Type type, const void* x, const void* dy, float* dw) {
  if (type == Type::BF16) winogradBf16BackwardWeights(g, x, dy, dw);
  else winogradF32BackwardWeights(g, x, dy, dw);
}
}  // namespace sky
