// The gradient of a 3 x 3 convolution's weights in f32: a product of matrices for each point of F(4 x 4, 3 x 3) or
// F(5 x 5, 3 x 3) (winograd_tiles.h), summed over the tiles.
#include <algorithm>

#include "winograd_f32.h"
#include "winograd_f32_points.h"
#include "winograd_product.h"

namespace sky {
namespace {
using namespace winograd;

// dM of a tile: the gradient at its points.
template <class F>
void transformGradient(const Pass<F>& p, const Tile& t, const float* dy, float* copy, const Points& to) {
  transformSquare<F, typename F::ResultGradient>(gradientSquare(p, t, dy, copy), p.rc, to);
}

// dU_p = V_p^T dM_p, and dw = G^T dU G. Where dU is small, each thread sums one of its own over blocks of tiles that
// stay in its cache.
template <class F>
void gradientApart(const Geometry& g, const float* x, const float* dy, float* dw) {
  const auto p = Pass<F>::forward(g);
  const int64_t ldv = g.c + kApart, ldm = g.k + kApart, tiles = p.tiles(), sum = F::points * g.c * g.k;
  const int64_t sums = std::min<int64_t>(threads(), tiles);
  const int64_t size = std::max<int64_t>(28, kCache / (F::points * (ldv + ldm) * kFloat));
  const int64_t each = sum + F::points * (size * (ldv + ldm) + std::max(g.c, g.k));
  float* memory = static_cast<float*>(scratch(size_t(sums * each * kFloat)));
  parallelFor(sums, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t which = begin; which < end; which++) {
      float *du = memory + which * each, *v = du + sum, *dm = v + F::points * size * ldv;
      float* copy = dm + F::points * size * ldm;
      const int64_t first = tiles * which / sums, last = tiles * (which + 1) / sums;
      for (int64_t from = first; from < last; from += size) {
        const int64_t count = std::min(size, last - from);
        for (int64_t t = 0; t < count; t++) {
          const Tile tile(p, from + t);
          transformSource(p, tile, x, copy, {v + t * ldv, size * ldv, g.c, 0});
          transformGradient(p, tile, dy, copy, {dm + t * ldm, size * ldm, g.k, 0});
        }
        for (int64_t point = 0; point < F::points; point++) {
          for (int64_t column = 0; column < g.k; column += kColumns) {
            for (int64_t row = 0; row < g.c; row += kLongRows) {
              const Left left{v + point * size * ldv + row, 1, ldv};
              product<kLongRows>(left, dm + point * size * ldm + column, ldm, count,
                                 du + (point * g.c + row) * g.k + column, g.k, from > first);
            }
          }
        }
      }
    }
  });
  parallelFor(g.c, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t c = begin; c < end; c++) {
      writeFilterGradient<F>(g, c, 0, g.k, memory + c * g.k, g.c * g.k, sums, each, dw);
    }
  });
}

// Where dU is large, the threads share V and dM of as many tiles as memory may hold at once, in slices of channels, and
// each makes a part of dU, kSlice x kColumns channels, and of dw at a time.
template <class F>
void gradientTogether(const Geometry& g, const float* x, const float* dy, float* dw) {
  constexpr int64_t kShared = 24 << 20;
  const auto p = Pass<F>::forward(g);
  const int64_t slices = (g.c + kSlice - 1) / kSlice, panels = g.k / kColumns, tiles = p.tiles();
  const int64_t most = std::max<int64_t>(128, kShared / (F::points * (slices * kSlice + g.k) * kFloat));
  const int64_t blocks = (tiles + most - 1) / most, size = (tiles + blocks - 1) / blocks;
  const int64_t vStep = size * kSlice + kApart, dmStep = size * kColumns + kApart, duStep = kSlice * kColumns + kApart;
  const int64_t each = F::points * std::max(duStep, std::max(g.c, g.k));
  float* v = static_cast<float*>(
      scratch(size_t((F::points * (slices * vStep + panels * dmStep) + threads() * each) * kFloat)));
  float *dm = v + F::points * slices * vStep, *own = dm + F::points * panels * dmStep;
  for (int64_t block = 0; block < blocks; block++) {
    const int64_t first = tiles * block / blocks, count = tiles * (block + 1) / blocks - first;
    parallelFor(count, 1, [&](int64_t begin, int64_t end, int thread) {
      for (int64_t t = begin; t < end; t++) {
        const Tile tile(p, first + t);
        transformSource(p, tile, x, own + thread * each, {v + t * kSlice, vStep, kSlice, F::points * vStep});
        transformGradient(p, tile, dy, own + thread * each, {dm + t * kColumns, dmStep, kColumns, F::points * dmStep});
      }
    });
    parallelFor(slices * panels, 1, [&](int64_t begin, int64_t end, int thread) {
      float* du = own + thread * each;
      for (int64_t i = begin; i < end; i++) {
        const int64_t slice = i / panels, panel = i % panels, rows = std::min(kSlice, g.c - slice * kSlice);
        for (int64_t point = 0; point < F::points; point++) {
          for (int64_t row = 0; row < rows; row += kLongRows) {
            const Left left{v + (slice * F::points + point) * vStep + row, 1, kSlice};
            product<kLongRows>(left, dm + (panel * F::points + point) * dmStep, kColumns, count,
                               du + point * duStep + row * kColumns, kColumns, false);
          }
        }
        for (int64_t row = 0; row < rows; row++) {
          writeFilterGradient<F>(g, slice * kSlice + row, panel * kColumns, kColumns, du + row * kColumns, duStep, 1, 0,
                                 dw, block > 0);
        }
      }
    });
  }
}

template <class F>
void gradient(const Geometry& g, const float* x, const float* dy, float* dw) {
  if (F::points * g.c * g.k * kFloat > kSmall) return gradientTogether<F>(g, x, dy, dw);
  gradientApart<F>(g, x, dy, dw);
}
}  // namespace

void winogradF32BackwardWeights(const Geometry& g, const void* x, const void* dy, float* dw) {
  withFiltering(g.oh, g.ow, [&](auto f) {
    gradient<decltype(f)>(g, static_cast<const float*>(x), static_cast<const float*>(dy), dw);
  });
}
}  // namespace sky
