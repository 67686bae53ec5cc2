// What the passes in f32 share: how tiles lie as points, and which filtering a result takes.
#pragma once
#include "winograd_tiles.h"

namespace sky::winograd {
// So that rows of a matrix of 2^n columns do not fall on the same lines of the cache.
constexpr int64_t kApart = kLanes;
constexpr int64_t kCache = 450 << 10;  // of transformed tiles: they stay in the second-level cache
constexpr int64_t kSmall = 3 << 20;    // U, or dU, of so many bytes is made whole
constexpr int64_t kSlice = 64;         // source channels that are multiplied at a time
constexpr int64_t kFloat = sizeof(float);

// Where a channel of a tile's points goes: channels lie in slices of `wide`, `slice` apart, points `point` apart.
struct Points {
  float* first;
  int64_t point, wide, slice;
  float* at(int64_t c) const { return first + c / wide * slice + c % wide; }
};

// M applied to a square of `channels`.
template <class F, class M>
void transformSquare(const Square<float>& pixels, int64_t channels, const Points& to) {
  for (int64_t c = 0; c < channels; c += kLanes) {
    transform<M>(pixels.reader(c), [to = to.at(c), step = to.point](int i, int j, Lanes v) {
      storeLanes(to + (i * F::in + j) * step, v);
    });
  }
}

// V of a tile.
template <class F>
void transformSource(const Pass<F>& p, const Tile& t, const float* source, float* copy, const Points& to) {
  transformSquare<F, typename F::Source>(sourceSquare(p, t, source, copy), p.sc, to);
}

template <class F>
int64_t countProducts(int64_t h, int64_t w) {
  return (h + F::out - 1) / F::out * ((w + F::out - 1) / F::out) * F::points;
}

// Runs f with the filtering that a result of h x w takes: Four, or Five where it saves a fifth of the products.
template <class Run>
void withFiltering(int64_t h, int64_t w, const Run& f) {
  if (5 * countProducts<Five>(h, w) < 4 * countProducts<Four>(h, w)) return f(Five());
  f(Four());
}
}  // namespace sky::winograd
