// The passes of a 3 x 3 convolution in f32 that give pixels, as products of matrices, one for each point of
// F(4 x 4, 3 x 3) or F(5 x 5, 3 x 3) (winograd_tiles.h).
#include "winograd_f32.h"

#include <algorithm>

#include "tile_vector.h"
#include "winograd_f32_points.h"
#include "winograd_product.h"

namespace sky {
namespace {
using namespace winograd;

// `channels` of the result from c0 on; point p of channel c0 is at `from` + p * pointStep.
template <class F>
void transformResult(const Pass<F>& p, const Tile& t, const float* from, int64_t pointStep, int64_t c0,
                     int64_t channels, const float* bias, bool relu, float* result) {
  float* to = firstPixel(p, t, result) + c0;
  for (int64_t c = 0; c < channels; c += kLanes) {
    const auto points = [from = from + c, pointStep](int i, int j) {
      return loadLanes(from + (i * F::in + j) * pointStep);
    };
    writeResult(p, t, points, bias ? loadLanes(bias + c0 + c) : Lanes{}, relu, to + c);
  }
}

void transpose(Lanes rows[kLanes]) {
#if defined(__AVX512F__) && defined(__AVX512BW__)
  transpose16(reinterpret_cast<__m512i*>(rows));
#else
  for (int64_t i = 0; i < kLanes; i++) {
    for (int64_t j = 0; j < i; j++) {
      const float v = rows[i][j];
      rows[i][j] = rows[j][i];
      rows[j][i] = v;
    }
  }
#endif
}

// U of sixteen source and sixteen result channels from (s0, r0) on: of each source channel a row of kColumns from `to`
// on, and so at every point. `across`: the source channels are k, and the filter is turned round, as the gradient with
// respect to x wants it.
template <class F>
void transformFilter(const Geometry& g, const float* w, bool across, int64_t s0, int64_t r0, float* to,
                     int64_t pointStep) {
  Lanes taps[9][kLanes];  // [tap][source channel], of result channels
  for (int tap = 0; tap < 9; tap++) {
    const float* from = across ? w + ((8 - tap) * g.c + r0) * g.k + s0 : w + (tap * g.c + s0) * g.k + r0;
    for (int64_t row = 0; row < kLanes; row++) taps[tap][row] = loadLanes(from + row * g.k);
    if (across) transpose(taps[tap]);
  }
  for (int64_t s = 0; s < kLanes; s++) {
    transform<typename F::Filter>([&](int ky, int kx) { return taps[ky * 3 + kx][s]; }, [&](int a, int b, Lanes u) {
      storeLanes(to + s * kColumns + (a * F::in + b) * pointStep, u);
    });
  }
}

// U as [point][block of kColumns result channels][source channel][kColumns], kept with the weights.
template <class F>
const float* filterPoints(Buffer& weights, const Geometry& g, bool across) {
  const int64_t sc = across ? g.k : g.c, rc = across ? g.c : g.k;
  const std::vector<int64_t> layout{3, F::in, across, g.c, g.k};
  return reinterpret_cast<float*>(tilesOf(weights, layout, size_t(F::points * sc * rc * kFloat), [&](char* data) {
    float* to = reinterpret_cast<float*>(data);
    parallelFor(sc / kLanes * (rc / kLanes), 1, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; i++) {
        const int64_t s = i / (rc / kLanes) * kLanes, r = i % (rc / kLanes) * kLanes;
        float* block = to + (r / kColumns * sc + s) * kColumns + r % kColumns;
        transformFilter<F>(g, weights.as<float>(), across, s, r, block, sc * rc);
      }
    });
  }));
}

// m[rows][kColumns] = (accumulate ? m : 0) + v[rows][depth] u[depth][kColumns]
void multiply(const float* v, int64_t ldv, int64_t rows, const float* u, int64_t depth, float* m, int64_t ldm,
              bool accumulate) {
  const int64_t groups = (rows + kRows - 1) / kRows;
  for (int64_t group = 0; group < groups; group++) {
    const int64_t row = rows * group / groups, count = rows * (group + 1) / groups - row;
    products[count - 1](Left{v + row * ldv, ldv, 1}, u, kColumns, depth, m + row * ldm, ldm, accumulate);
  }
}

// With U at hand, tiles are taken in blocks whose V and products stay in the second-level cache of a thread.
template <class F>
void convolveApart(const Pass<F>& p, const float* source, const float* filter, const float* bias, bool relu,
                   float* result) {
  const int64_t ldv = p.sc + kApart, ldm = p.rc + kApart, cpus = threads(), tiles = p.tiles();
  const int64_t most = std::max<int64_t>(4 * kRows, kCache / (F::points * (ldv + ldm) * kFloat));
  int64_t blocks = (tiles + most - 1) / most;
  blocks = (blocks + cpus - 1) / cpus * cpus;
  const int64_t size = (tiles + blocks - 1) / blocks;
  const int64_t each = F::points * (size * (ldv + ldm) + p.sc);
  float* memory = static_cast<float*>(scratch(size_t(cpus * each * kFloat)));
  parallelFor(blocks, 1, [&](int64_t begin, int64_t end, int thread) {
    float *v = memory + thread * each, *m = v + F::points * size * ldv, *copy = m + F::points * size * ldm;
    for (int64_t block = begin; block < end; block++) {
      const int64_t first = tiles * block / blocks, count = tiles * (block + 1) / blocks - first;
      for (int64_t t = 0; t < count; t++) {
        transformSource(p, Tile(p, first + t), source, copy, {v + t * ldv, size * ldv, p.sc, 0});
      }
      for (int64_t point = 0; point < F::points; point++) {
        for (int64_t column = 0; column < p.rc; column += kColumns) {
          multiply(v + point * size * ldv, ldv, count, filter + (point * p.rc + column) * p.sc, p.sc,
                   m + point * size * ldm + column, ldm, false);
        }
      }
      for (int64_t t = 0; t < count; t++) {
        transformResult(p, Tile(p, first + t), m + t * ldm, size * ldm, 0, p.rc, bias, relu, result);
      }
    }
  });
}

// Where U is so large that reading it from memory would take as long as the products, the threads share the tiles'
// V and each makes what it needs of U as it goes, for kColumns channels of the result at a time. V lies in slices of
// channels, so that a product reads on and on.
template <class F>
void convolveTogether(const Pass<F>& p, const Geometry& g, const float* source, const float* weights, bool across,
                      const float* bias, bool relu, float* result) {
  constexpr int64_t kMost = 96;  // tiles at a time
  const int64_t slices = (p.sc + kSlice - 1) / kSlice, tiles = p.tiles(), cpus = threads();
  const int64_t blocks = (tiles + kMost - 1) / kMost, size = (tiles + blocks - 1) / blocks;
  const int64_t vStep = size * kSlice + kApart, uStep = kSlice * kColumns + kApart, mStep = size * kColumns + kApart;
  const int64_t each = F::points * (uStep + std::max(mStep, p.sc));
  float* v = static_cast<float*>(scratch(size_t((F::points * slices * vStep + cpus * each) * kFloat)));
  float* own = v + F::points * slices * vStep;
  for (int64_t block = 0; block < blocks; block++) {
    const int64_t first = tiles * block / blocks, count = tiles * (block + 1) / blocks - first;
    parallelFor(count, 1, [&](int64_t begin, int64_t end, int thread) {
      for (int64_t t = begin; t < end; t++) {
        const Points to{v + t * kSlice, vStep, kSlice, F::points * vStep};
        transformSource(p, Tile(p, first + t), source, own + thread * each, to);
      }
    });
    parallelFor(p.rc / kColumns, 1, [&](int64_t begin, int64_t end, int thread) {
      float *u = own + thread * each, *m = u + F::points * uStep;
      for (int64_t column = begin * kColumns; column < end * kColumns; column += kColumns) {
        for (int64_t s = 0; s < p.sc; s += kSlice) {
          const int64_t depth = std::min(kSlice, p.sc - s);
          for (int64_t i = 0; i < depth; i += kLanes) {
            for (int64_t r = 0; r < kColumns; r += kLanes) {
              transformFilter<F>(g, weights, across, s + i, column + r, u + i * kColumns + r, uStep);
            }
          }
          for (int64_t point = 0; point < F::points; point++) {
            multiply(v + (s / kSlice * F::points + point) * vStep, kSlice, count, u + point * uStep, depth,
                     m + point * mStep, kColumns, s > 0);
          }
        }
        for (int64_t t = 0; t < count; t++) {
          transformResult(p, Tile(p, first + t), m + t * kColumns, mStep, column, kColumns, bias, relu, result);
        }
      }
    });
  }
}

template <class F>
void convolve(const Pass<F>& p, const Geometry& g, const void* source, Buffer& weights, bool across, const float* bias,
              bool relu, void* result) {
  const auto *from = static_cast<const float*>(source);
  auto* to = static_cast<float*>(result);
  if (F::points * p.sc * p.rc * kFloat > kSmall) {
    return convolveTogether(p, g, from, weights.as<float>(), across, bias, relu, to);
  }
  convolveApart(p, from, filterPoints<F>(weights, g, across), bias, relu, to);
}
}  // namespace

void winogradF32Forward(const Geometry& g, const void* x, Buffer& weights, const float* bias, bool relu, void* y) {
  withFiltering(g.oh, g.ow, [&](auto f) {
    convolve(Pass<decltype(f)>::forward(g), g, x, weights, false, bias, relu, y);
  });
}

void winogradF32BackwardData(const Geometry& g, const void* dy, Buffer& weights, void* dx) {
  withFiltering(g.h, g.w, [&](auto f) {
    convolve(Pass<decltype(f)>::backwardData(g), g, dy, weights, true, nullptr, false, dx);
  });
}
}  // namespace sky
