// The three passes of a 3 x 3 convolution in f32 as 36 products of matrices, one for each point of F(4 x 4, 3 x 3)
// (winograd_tiles.h). bf16 would not bear that: it takes F(2 x 2, 3 x 3), in winograd_bf16.cc.
#include "winograd.h"

#include <algorithm>

#include "tile_product.h"
#include "winograd_bf16.h"
#include "winograd_product.h"
#include "winograd_tiles.h"

namespace sky {
namespace {
using namespace winograd;

constexpr int64_t kBoth = 32;  // channels are a multiple of it
// So that rows of a matrix of 2^n columns do not fall on the same lines of the cache.
constexpr int64_t kApart = kLanes;
constexpr int64_t kCache = 450 << 10;  // of transformed tiles: they stay in the second-level cache

// V at point p of one tile is written to `to` + p * pointStep.
void transformSource(const Pass<Four>& p, const Tile& t, const float* source, float* copy, float* to,
                     int64_t pointStep) {
  const auto pixels = sourceSquare(p, t, source, copy);
  for (int64_t c = 0; c < p.sc; c += kLanes) {
    transform<Four::Source>(pixels.reader(c), [to = to + c, pointStep](int i, int j, Lanes v) {
      storeLanes(to + (i * Four::in + j) * pointStep, v);
    });
  }
}

void transformResult(const Pass<Four>& p, const Tile& t, const float* from, int64_t pointStep, const float* bias,
                     bool relu, float* result) {
  float* to = firstPixel(p, t, result);
  for (int64_t c = 0; c < p.rc; c += kLanes) {
    const auto points = [from = from + c, pointStep](int i, int j) {
      return loadLanes(from + (i * Four::in + j) * pointStep);
    };
    writeResult(p, t, points, bias ? loadLanes(bias + c) : Lanes{}, relu, to + c);
  }
}

// The gradient at the points, of a tile of dy.
void transformGradient(const Pass<Four>& p, const Tile& t, const float* dy, float* copy, float* to,
                       int64_t pointStep) {
  const auto pixels = gradientSquare(p, t, dy, copy);
  for (int64_t c = 0; c < p.rc; c += kLanes) {
    transform<Four::ResultGradient>(pixels.reader(c), [to = to + c, pointStep](int i, int j, Lanes v) {
      storeLanes(to + (i * Four::in + j) * pointStep, v);
    });
  }
}

// U as [point][block of kColumns result channels][source channel][kColumns]. `across`: the source channels are k, and
// the filter is turned round, as the gradient with respect to x wants it.
const float* filterPoints(Buffer& weights, const Geometry& g, bool across) {
  const int64_t sc = across ? g.k : g.c, rc = across ? g.c : g.k;
  const std::vector<int64_t> layout{3, across, g.c, g.k};
  const size_t bytes = size_t(Four::points * sc * rc) * sizeof(float);
  return reinterpret_cast<float*>(tilesOf(weights, layout, bytes, [&](char* data) {
    float* to = reinterpret_cast<float*>(data);
    const float* w = weights.as<float>();
    parallelFor(sc / kLanes * (rc / kLanes), 1, [&](int64_t begin, int64_t end, int) {
      float turned[9][kLanes][kLanes];  // [tap][source channel][result channel]
      for (int64_t i = begin; i < end; i++) {
        const int64_t s0 = i / (rc / kLanes) * kLanes, r0 = i % (rc / kLanes) * kLanes;
        if (across) {
          for (int tap = 0; tap < 9; tap++) {
            for (int64_t r = 0; r < kLanes; r++) {
              const float* from = w + ((8 - tap) * g.c + r0 + r) * g.k + s0;
              for (int64_t s = 0; s < kLanes; s++) turned[tap][s][r] = from[s];
            }
          }
        }
        for (int64_t s = 0; s < kLanes; s++) {
          float* point = to + (r0 / kColumns * sc + s0 + s) * kColumns + r0 % kColumns;
          transform<Four::Filter>(
              [&](int ky, int kx) {
                const int tap = ky * 3 + kx;
                return loadLanes(across ? turned[tap][s] : w + (tap * g.c + s0 + s) * g.k + r0);
              },
              [&](int a, int b, Lanes u) { storeLanes(point + (a * Four::in + b) * sc * rc, u); });
        }
      }
    });
  }));
}

// Tiles are taken in blocks whose V and products stay in the second-level cache.
void convolve(const Pass<Four>& p, const float* source, const float* filter, const float* bias, bool relu,
              float* result) {
  const int64_t ldv = p.sc + kApart, ldm = p.rc + kApart, cpus = threads(), tiles = p.tiles();
  const int64_t most = std::max<int64_t>(4 * kRows, kCache / (Four::points * (ldv + ldm) * int64_t(sizeof(float))));
  int64_t blocks = (tiles + most - 1) / most;
  blocks = (blocks + cpus - 1) / cpus * cpus;
  const int64_t size = (tiles + blocks - 1) / blocks;
  const int64_t each = Four::points * (size * (ldv + ldm) + p.sc);
  float* memory = static_cast<float*>(scratch(size_t(cpus * each) * sizeof(float)));
  parallelFor(blocks, 1, [&](int64_t begin, int64_t end, int thread) {
    float *v = memory + thread * each, *m = v + Four::points * size * ldv, *copy = m + Four::points * size * ldm;
    for (int64_t block = begin; block < end; block++) {
      const int64_t first = tiles * block / blocks, count = tiles * (block + 1) / blocks - first;
      for (int64_t t = 0; t < count; t++) {
        transformSource(p, Tile(p, first + t), source, copy, v + t * ldv, size * ldv);
      }
      const int64_t groups = (count + kRows - 1) / kRows;
      for (int64_t point = 0; point < Four::points; point++) {
        for (int64_t column = 0; column < p.rc; column += kColumns) {
          const float* u = filter + (point * p.rc + column) * p.sc;
          for (int64_t group = 0; group < groups; group++) {
            const int64_t row = count * group / groups, rows = count * (group + 1) / groups - row;
            const Left left{v + (point * size + row) * ldv, ldv, 1};
            products[rows - 1](left, u, kColumns, p.sc, m + (point * size + row) * ldm + column, ldm, false);
          }
        }
      }
      for (int64_t t = 0; t < count; t++) {
        transformResult(p, Tile(p, first + t), m + t * ldm, size * ldm, bias, relu, result);
      }
    }
  });
}

// dU_p = V_p^T dM_p, and dw = G^T dU G. Where dU is small each thread sums one of its own over blocks of tiles that
// stay in its cache; else all threads sum one together, over as many tiles as memory may hold at once.
void gradient(const Geometry& g, const float* x, const float* dy, float* dw) {
  constexpr int64_t kSmall = 3 << 20, kShared = 24 << 20, kDepth = 128;
  const auto p = Pass<Four>::forward(g);
  const int64_t ldv = g.c + kApart, ldm = g.k + kApart, tiles = p.tiles(), sum = Four::points * g.c * g.k;
  const bool apart = sum * int64_t(sizeof(float)) <= kSmall;
  const int64_t sums = apart ? std::min<int64_t>(threads(), tiles) : 1;
  const int64_t bytes = Four::points * (ldv + ldm) * int64_t(sizeof(float));
  const int64_t size = std::max<int64_t>(apart ? 28 : kDepth, (apart ? kCache : kShared) / bytes);
  const int64_t each = sum + Four::points * size * (ldv + ldm);
  float* memory = static_cast<float*>(scratch(size_t(sums * each) * sizeof(float)));

  // Tiles [first, last) for a dU, with the memory that follows it.
  addToSums(sums, apart, tiles, [&](int64_t which, int64_t first, int64_t last, const auto& share) {
    float *du = memory + which * each, *v = du + sum, *dm = v + Four::points * size * ldv;
    for (int64_t from = first; from < last; from += size) {
      const int64_t count = std::min(size, last - from), panels = g.k / kColumns;
      share(count, [&](int64_t begin, int64_t end) {
        std::vector<float> copy(Four::points * std::max(g.c, g.k));
        for (int64_t t = begin; t < end; t++) {
          const Tile tile(p, from + t);
          transformSource(p, tile, x, copy.data(), v + t * ldv, size * ldv);
          transformGradient(p, tile, dy, copy.data(), dm + t * ldm, size * ldm);
        }
      });
      share(Four::points * panels, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i++) {
          const int64_t point = i / panels, column = i % panels * kColumns;
          for (int64_t t = 0; t < count; t += kDepth) {
            for (int64_t row = 0; row < g.c; row += kLongRows) {
              const Left left{v + (point * size + t) * ldv + row, 1, ldv};
              product<kLongRows>(left, dm + (point * size + t) * ldm + column, ldm, std::min(kDepth, count - t),
                                 du + (point * g.c + row) * g.k + column, g.k, from > first || t > 0);
            }
          }
        }
      });
    }
  });
  writeFilterGradient<Four>(g, memory, sums, each, dw);
}
}  // namespace

bool winogradFits(const Geometry& g, Type type) {
  const bool three = g.kh == 3 && g.kw == 3 && g.sh == 1 && g.sw == 1 && g.dh == 1 && g.dw == 1;
  const bool computes = type == Type::F32 || tilesUsable();
  return three && computes && g.c % kBoth == 0 && g.k % kBoth == 0 && g.oh >= 3 && g.ow >= 3;
}

void winogradForward(const Geometry& g, Type type, const void* x, Buffer& weights, const float* bias, bool relu,
                     void* y) {
  if (type == Type::BF16) return winogradBf16Forward(g, x, weights, bias, relu, y);
  const float* filter = filterPoints(weights, g, false);
  convolve(Pass<Four>::forward(g), static_cast<const float*>(x), filter, bias, relu, static_cast<float*>(y));
}

void winogradBackwardData(const Geometry& g, Type type, const void* dy, Buffer& weights, void* dx) {
  if (type == Type::BF16) return winogradBf16BackwardData(g, dy, weights, dx);
  const float* filter = filterPoints(weights, g, true);
  convolve(Pass<Four>::backwardData(g), static_cast<const float*>(dy), filter, nullptr, false, static_cast<float*>(dx));
}

void winogradBackwardWeights(const Geometry& g, Type type, const void* x, const void* dy, float* dw) {
  if (type == Type::BF16) return winogradBf16BackwardWeights(g, x, dy, dw);
  gradient(g, static_cast<const float*>(x), static_cast<const float*>(dy), dw);
}
}  // namespace sky
