// Byte images -> affine warp -> Gaussian blur -> normalised activations; the equations are in ops/augment-warp.ts.
#include <algorithm>
#include <cmath>

#include "common.h"

namespace sky {
namespace {
struct Warp {
  int images, h, w, c, height, width, reach;
};
struct Normalise {
  float mean[3], inverse[3];
};

// The views that one launch takes: a grid's rows.
constexpr int64_t kViews = 65535;

// augmentWarp(images, draws, y, [n, h, w, c, height, width], mean and 1 / std of the channels): draws are [views][6]
// transforms, then as many sigmas; view v shows image v % n.
void augmentWarp(const Args& a) {
  const auto s = a.ints(3, 6);
  const int64_t n = s[0], h = s[1], w = s[2], c = s[3], height = s[4], width = s[5];
  if (c != 1 && c != 3) fail("images must have 1 or 3 channels");
  size_t bytes, values, channels;
  const void* images = a.array(0, napi_uint8_array, bytes);
  const auto* draws = static_cast<const float*>(a.array(1, napi_float32_array, values));
  const auto* channel = static_cast<const float*>(a.array(4, napi_float32_array, channels));
  if (int64_t(bytes) != product({n, h, w, c}) || values == 0 || values % (7 * size_t(n)) != 0 || channels != 6) {
    fail("an array has the wrong length");
  }
  const int64_t views = int64_t(values) / 7, pixels = height * width;
  Buffer& y = a.buffer(2);
  requireCount(y, {views, height, width, 3}, "the result");
  if (views > kViews || std::max({h * w * c, pixels * 3}) > INT32_MAX) fail("the images are too many for one call");
  float most = 0;
  for (int64_t v = 0; v < views; v++) most = std::max(most, draws[views * 6 + v]);
  // A recording is run with other draws: it reserves what any of them may need.
  const double sigma = gpu().recording ? 100 : most;
  const int64_t reach = 1 + std::min<int64_t>(int64_t(std::ceil(3 * sigma)), std::max(height, width) - 1);
  const Warp warp{int(n), int(h), int(w), int(c), int(height), int(width), int(reach)};
  Normalise z;
  std::copy(channel, channel + 3, z.mean);
  std::copy(channel + 3, channel + 6, z.inverse);
  const HostArray pictures(images, bytes), drawn(draws, values * 4);
  const size_t floats = size_t(views * pixels * 3) * 4;
  const Block out(floats), weights(size_t(views * 2 * (1 + reach)) * 4), middle(floats);
  launch("warpImages", {blocks(pixels), views}, 0, pictures.data(), drawn.data(), out.data(), warp);
  launch("blurWeights", {blocks(views * 2)}, 0, drawn.data(), weights.data(), int(views), warp);
  launch("blurAcross", {blocks(pixels), views}, 0, out.data(), weights.data(), middle.data(), warp);
  launch("blurDown", {blocks(pixels), views}, 0, out.data(), middle.data(), weights.data(), y.data(), int(y.type), warp,
         z);
}
}  // namespace

void addAugment(Napi::Env env, Napi::Object exports) { addKernel(env, exports, "augmentWarp", augmentWarp); }
}  // namespace sky
