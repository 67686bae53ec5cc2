// Where the tiles of a 3 x 3 convolution by minimal filtering (winograd_transform.h) lie.
//
// A result is cut into tiles of F::out x F::out pixels; each reads F::in x F::in pixels of the source. At a point p the
// transformed source of all tiles is a matrix V_p [tiles, source channels], the transformed filter U_p [source channels,
// result channels], and the transformed result is their product. A NaN or infinity reaches the whole tile it lies in.
#pragma once
#include <algorithm>

#include "tile_conv.h"
#include "winograd_transform.h"

namespace sky::winograd {
// One of the two passes that give pixels: result pixel (r, c) sums source pixels (r - top + ky, c - left + kx).
template <class F>
struct Pass {
  int64_t n, sh, sw, sc, rh, rw, rc, top, left;
  int64_t down() const { return (rh + F::out - 1) / F::out; }
  int64_t across() const { return (rw + F::out - 1) / F::out; }
  int64_t tiles() const { return n * down() * across(); }

  static Pass forward(const Geometry& g) { return {g.n, g.h, g.w, g.c, g.oh, g.ow, g.k, g.top, g.left}; }
  static Pass backwardData(const Geometry& g) {
    return {g.n, g.oh, g.ow, g.k, g.h, g.w, g.c, 2 - g.top, 2 - g.left};
  }
};

// A tile by the place of its first pixel in the result.
struct Tile {
  int64_t image, row, column;
  template <class F>
  Tile(const Pass<F>& p, int64_t i)
      : image(i / (p.down() * p.across())),
        row(i / p.across() % p.down() * F::out),
        column(i % p.across() * F::out) {}
};

// A square of pixels, each a vector of channels: pixel (i, j) at `first` + i * row + j * pixel.
template <class T>
struct Square {
  const T* first;
  int64_t row, pixel;

  // Sixteen channels from c on, as transform() reads them.
  auto reader(int64_t c) const {
    return [from = first + c, row = row, pixel = pixel](int i, int j) { return loadLanes(from + i * row + j * pixel); };
  }
};

// `side` x `side` pixels from (y, x) of an image of h x w pixels on, where they lie; those that reach beyond it are
// copied to `copy` [side][side][channels], with zeros for what is outside.
template <int64_t side, class T>
Square<T> squareAt(const T* image, int64_t h, int64_t w, int64_t channels, int64_t y, int64_t x, T* copy) {
  if (y >= 0 && x >= 0 && y + side <= h && x + side <= w) return {image + (y * w + x) * channels, w * channels, channels};
  for (int64_t i = 0; i < side; i++) {
    for (int64_t j = 0; j < side; j++) {
      T* to = copy + (i * side + j) * channels;
      const bool inside = y + i >= 0 && y + i < h && x + j >= 0 && x + j < w;
      if (inside) std::memcpy(static_cast<void*>(to), image + ((y + i) * w + x + j) * channels, channels * sizeof(T));
      else std::memset(static_cast<void*>(to), 0, channels * sizeof(T));
    }
  }
  return {copy, side * channels, channels};
}

// The pixels that a tile reads.
template <class F, class T>
Square<T> sourceSquare(const Pass<F>& p, const Tile& t, const T* source, T* copy) {
  return squareAt<F::in>(source + t.image * p.sh * p.sw * p.sc, p.sh, p.sw, p.sc, t.row - p.top, t.column - p.left,
                         copy);
}

// The pixels of a tile of dy.
template <class F, class T>
Square<T> gradientSquare(const Pass<F>& p, const Tile& t, const T* dy, T* copy) {
  return squareAt<F::out>(dy + t.image * p.rh * p.rw * p.rc, p.rh, p.rw, p.rc, t.row, t.column, copy);
}

// Sixteen channels of a tile of the result from its points, read(row, column) -> Lanes, to `to` at its first pixel.
template <class F, class T, class Read>
void writeResult(const Pass<F>& p, const Tile& t, const Read& read, Lanes bias, bool relu, T* to) {
  const int64_t rows = std::min(F::out, p.rh - t.row), columns = std::min(F::out, p.rw - t.column);
  transform<typename F::Result>(read, [&](int i, int j, Lanes v) {
    if (i >= rows || j >= columns) return;
    v += bias;
    storeLanes(to + (i * p.rw + j) * p.rc, relu ? atLeast(v, Lanes{}) : v);
  });
}

template <class F, class T>
T* firstPixel(const Pass<F>& p, const Tile& t, T* result) {
  return result + ((t.image * p.rh + t.row) * p.rw + t.column) * p.rc;
}

// dw = (add ? dw : 0) + G^T dU G of one channel c of the source and `count` of the result from k on. At point p, dU is
// the sum of `sums` values, `step` apart, from `du` + p * point on.
template <class F>
void writeFilterGradient(const Geometry& g, int64_t c, int64_t k, int64_t count, const float* du, int64_t point,
                         int64_t sums, int64_t step, float* dw, bool add = false) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const auto read = [&](int row, int column) {
      const float* from = du + (row * F::in + column) * point + i;
      Lanes u = loadLanes(from);
      for (int64_t s = 1; s < sums; s++) u += loadLanes(from + s * step);
      return u;
    };
    transform<typename F::FilterGradient>(read, [&](int ky, int kx, Lanes v) {
      float* to = dw + ((ky * 3 + kx) * g.c + c) * g.k + k + i;
      storeLanes(to, add ? loadLanes(to) + v : v);
    });
  }
}
}  // namespace sky::winograd
