// The three passes of a 3 x 3 convolution in bf16 as 16 products of matrices, one for each point of F(2 x 2, 3 x 3)
// (winograd_tiles.h), on the 32 x 32 blocks of tile_product.h. Transforms and sums are f32; what is multiplied is
// rounded to bf16 once more than in a direct convolution. On normal deviates (8 x 14 x 14 pixels, 128 channels) the
// error of a result is then 4.2e-3 of its size, root mean square, where a direct one's is 2.5e-3, and that of a weight
// gradient 2.9e-3, which is what storing it in bf16 would cost, as PyTorch's autocast does.
#include "winograd_bf16.h"

#include <algorithm>

#include "tile_product.h"
#include "tile_vector.h"
#include "winograd_tiles.h"

namespace sky {
#if defined(__AVX512F__) && defined(__AVX512BW__)
namespace {
using namespace winograd;

constexpr int64_t kPoints = Two::points, kDepth = 32;  // of a step of the product
constexpr int64_t kCache = 450 << 10;                  // of transformed tiles: they stay in the second-level cache

inline __m512 vector(Lanes v) { return reinterpret_cast<__m512>(v); }

// U as [block of 32 result channels][point][step of 32 source channels][2 tiles]. `across`: the source channels are k,
// and the filter is turned round, as the gradient with respect to x wants it.
const char* filterPoints(Buffer& weights, const Geometry& g, bool across) {
  const int64_t sc = across ? g.k : g.c, rc = across ? g.c : g.k, steps = sc / kDepth;
  const std::vector<int64_t> layout{4, across, g.c, g.k};
  return tilesOf(weights, layout, size_t(kPoints * sc * rc) * sizeof(bf16), [&](char* to) {
    const float* w = weights.as<float>();
    parallelFor(sc / kLanes * (rc / kLanes), 1, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; i++) {
        const int64_t s0 = i / (rc / kLanes) * kLanes, r0 = i % (rc / kLanes) * kLanes;
        __m512i taps[9][kLanes];  // [tap][source channel], a vector of result channels
        for (int tap = 0; tap < 9; tap++) {
          const float* from = across ? w + ((8 - tap) * g.c + r0) * g.k + s0 : w + (tap * g.c + s0) * g.k + r0;
          for (int64_t row = 0; row < kLanes; row++) taps[tap][row] = _mm512_loadu_si512(from + row * g.k);
          if (across) transpose16(taps[tap]);
        }
        char* tile = to + (r0 / kBlock * kPoints * steps + s0 / kDepth) * 2 * kTile + r0 % kBlock / kLanes * kTile +
                     s0 % kDepth / 2 * 64;
        for (int64_t s = 0; s < kLanes; s += 2, tile += 64) {
          Lanes points[2][kPoints];
          for (int both = 0; both < 2; both++) {
            transform<Two::Filter>([&](int ky, int kx) { return reinterpret_cast<Lanes>(taps[ky * 3 + kx][s + both]); },
                                   [&](int i, int j, Lanes u) { points[both][i * Two::in + j] = u; });
          }
          for (int64_t p = 0; p < kPoints; p++) {
            _mm512_store_si512(tile + p * steps * 2 * kTile, bf16Pairs(vector(points[0][p]), vector(points[1][p])));
          }
        }
      }
    });
  });
}

// Tiles are taken in blocks whose V stays in the second-level cache; of the product 32 result channels at a time.
void convolve(const Pass<Two>& p, const bf16* source, const char* filter, const float* bias, bool relu, bf16* result) {
  const int64_t ldv = p.sc + kDepth, cpus = threads(), tiles = p.tiles(), steps = p.sc / kDepth;
  const int64_t most = std::max<int64_t>(1, kCache / (kPoints * kBlock * ldv * int64_t(sizeof(bf16)))) * kBlock;
  int64_t blocks = (tiles + most - 1) / most;
  blocks = (blocks + cpus - 1) / cpus * cpus;
  const int64_t size = ((tiles + blocks - 1) / blocks + kBlock - 1) / kBlock * kBlock;
  const int64_t vBytes = kPoints * size * ldv * int64_t(sizeof(bf16)), mBytes = kPoints * size * kBlock * 4;
  const int64_t each = vBytes + mBytes + kPoints * p.sc * int64_t(sizeof(bf16));
  char* memory = static_cast<char*>(scratch(size_t(cpus * each)));
  parallelFor(blocks, 1, [&](int64_t begin, int64_t end, int thread) {
    const TileSession session(Type::BF16);
    bf16* v = reinterpret_cast<bf16*>(memory + thread * each);
    float* m = reinterpret_cast<float*>(memory + thread * each + vBytes);
    bf16* copy = reinterpret_cast<bf16*>(memory + thread * each + vBytes + mBytes);
    const int64_t pointStep = size * ldv, rowBytes = ldv * int64_t(sizeof(bf16));
    for (int64_t block = begin; block < end; block++) {
      const int64_t first = tiles * block / blocks, count = tiles * (block + 1) / blocks - first;
      for (int64_t t = 0; t < count; t++) {
        const auto pixels = sourceSquare(p, Tile(p, first + t), source, copy);
        for (int64_t c = 0; c < p.sc; c += kLanes) {
          transform<Two::Source>(pixels.reader(c), [to = v + t * ldv + c, pointStep](int i, int j, Lanes x) {
            storeLanes(to + (i * Two::in + j) * pointStep, x);
          });
        }
      }
      for (int64_t r = 0; r < p.rc; r += kBlock) {
        // Rows beyond the last tile are computed from whatever lies there, and dropped.
        for (int64_t point = 0; point < kPoints; point++) {
          const int64_t b = (r / kBlock * kPoints + point) * steps * 2 * kTile;
          for (int64_t row = 0; row < count; row += kBlock) {
            const char* a = reinterpret_cast<const char*>(v + point * pointStep + row * ldv);
            const Run run{a, a + 16 * rowBytes, rowBytes, rowBytes, 64, b, 2 * kTile, steps};
            session.multiply(&run, 1, filter, m + (point * size + row) * kBlock, kBlock, false);
          }
        }
        for (int64_t t = 0; t < count; t++) {
          const Tile tile(p, first + t);
          bf16* to = firstPixel(p, tile, result) + r;
          for (int64_t c = 0; c < kBlock; c += kLanes) {
            const auto points = [from = m + t * kBlock + c, step = size * kBlock](int i, int j) {
              return loadLanes(from + (i * Two::in + j) * step);
            };
            writeResult(p, tile, points, bias ? loadLanes(bias + r + c) : Lanes{}, relu, to + c);
          }
        }
      }
    }
  });
}

// The points of two tiles as pairs along the tiles: of each sixteen of `channels` a vector, `to` + channel * 64, and so
// at every point.
template <class M>
void writePairs(const Square<bf16>& first, const Square<bf16>& second, int64_t channels, char* to, int64_t pointStep) {
  for (int64_t c = 0; c < channels; c += kLanes) {
    Lanes points[kPoints];
    transform<M>(first.reader(c), [&points](int i, int j, Lanes v) { points[i * Two::in + j] = v; });
    transform<M>(second.reader(c), [&points, to = to + c * 64, pointStep](int i, int j, Lanes v) {
      const int p = i * Two::in + j;
      _mm512_store_si512(to + p * pointStep, bf16Pairs(vector(points[p]), vector(v)));
    });
  }
}

// Adds steps [0, n) of tiles to `sums` sums of dU, by add(sum, first, last, share): with several each thread has
// one of its own, and share(count, f) runs f(begin, end) over all; with one all threads share it.
template <class Add>
void addToSums(int64_t sums, bool apart, int64_t n, const Add& add) {
  if (!apart) {
    return add(0, 0, n, [](int64_t count, const auto& f) {
      parallelFor(count, 1, [&](int64_t begin, int64_t end, int) { f(begin, end); });
    });
  }
  parallelFor(sums, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; i++) {
      add(i, n * i / sums, n * (i + 1) / sums, [](int64_t count, const auto& f) { f(int64_t(0), count); });
    }
  });
}

// dU_p = V_p^T dM_p, and dw = G^T dU G: the tiles are the depth of the product, 32 a step. Where dU is small each
// thread sums one of its own; else all threads sum one together, over as many tiles as memory may hold at once.
void gradient(const Geometry& g, const bf16* x, const bf16* dy, float* dw) {
  constexpr int64_t kSmall = 3 << 20, kOwn = 1 << 20, kShared = 24 << 20;
  const auto p = Pass<Two>::forward(g);
  const int64_t widest = std::max(g.c, g.k), steps = (p.tiles() + kDepth - 1) / kDepth, sum = kPoints * g.c * g.k;
  const bool apart = sum * int64_t(sizeof(float)) <= kSmall;
  const int64_t sums = apart ? std::min<int64_t>(threads(), steps) : 1;
  // A step of V is [point][channel][32 tiles], one of dM [point][16 channels][pair of tiles][16 channels].
  const int64_t vStep = kPoints * g.c * 64, dmStep = kPoints * g.k * 64;
  const int64_t size = std::clamp<int64_t>((apart ? kOwn : kShared) / (vStep + dmStep), 1, steps);
  const int64_t each = sum + size * (vStep + dmStep) / int64_t(sizeof(float));
  float* memory = static_cast<float*>(scratch(size_t(sums * each) * sizeof(float)));
  const std::vector<bf16> zeros(widest);
  const Square<bf16> nothing{zeros.data(), 0, 0};  // behind the last tile

  // Steps [first, last) for a dU, with the memory that follows it.
  addToSums(sums, apart, steps, [&](int64_t which, int64_t first, int64_t last, const auto& share) {
    float* du = memory + which * each;
    char *v = reinterpret_cast<char*>(du + sum), *dm = v + size * vStep;
    for (int64_t from = first; from < last; from += size) {
      const int64_t count = std::min(size, last - from);
      share(count, [&](int64_t begin, int64_t end) {
        std::vector<bf16> copies(4 * kPoints * widest);
        for (int64_t step = begin; step < end; step++) {
          char *vHere = v + step * g.c * 64, *dmHere = dm + step * g.k * 64;
          for (int64_t pair = 0; pair < 16; pair++, dmHere += 64) {
            Square<bf16> source[2], given[2];
            for (int both = 0; both < 2; both++) {
              const int64_t t = (from + step) * kDepth + 2 * pair + both;
              const bool there = t < p.tiles();
              bf16* copy = copies.data() + both * 2 * kPoints * widest;
              source[both] = there ? sourceSquare(p, Tile(p, t), x, copy) : nothing;
              given[both] = there ? gradientSquare(p, Tile(p, t), dy, copy + kPoints * widest) : nothing;
            }
            writePairs<Two::Source>(source[0], source[1], g.c, vHere + pair * 64, size * g.c * 64);
            writePairs<Two::ResultGradient>(given[0], given[1], g.k, dmHere, size * g.k * 64);
          }
          for (int64_t point = 0; point < kPoints; point++) {
            for (int64_t c = 0; c < g.c; c += kLanes) {
              char* block = vHere + (point * size * g.c + c) * 64;
              __m512i r[16];
              for (int i = 0; i < 16; i++) r[i] = _mm512_load_si512(block + 64 * i);
              transpose16(r);
              for (int i = 0; i < 16; i++) _mm512_store_si512(block + 64 * i, r[i]);
            }
          }
        }
      });
      const int64_t rows = g.c / kBlock;
      share(kPoints * rows, [&](int64_t begin, int64_t end) {
        const TileSession session(Type::BF16);
        for (int64_t i = begin; i < end; i++) {
          const int64_t point = i / rows, c = i % rows * kBlock;
          const char* a = v + (point * size * g.c + c) * 64;
          for (int64_t k = 0; k < g.k; k += kBlock) {
            const Run run{a, a + 16 * 64, 64, 64, g.c * 64, (point * size * g.k + k) * 64, g.k * 64, count};
            session.multiply(&run, 1, dm, du + (point * g.c + c) * g.k + k, g.k, from > first);
          }
        }
      });
    }
  });
  parallelFor(g.c, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t c = begin; c < end; c++) {
      writeFilterGradient<Two>(g, c, 0, g.k, memory + c * g.k, g.c * g.k, sums, each, dw);
    }
  });
}
}  // namespace

void winogradBf16Forward(const Geometry& g, const void* x, Buffer& weights, const float* bias, bool relu, void* y) {
  const char* filter = filterPoints(weights, g, false);
  convolve(Pass<Two>::forward(g), static_cast<const bf16*>(x), filter, bias, relu, static_cast<bf16*>(y));
}

void winogradBf16BackwardData(const Geometry& g, const void* dy, Buffer& weights, void* dx) {
  const char* filter = filterPoints(weights, g, true);
  convolve(Pass<Two>::backwardData(g), static_cast<const bf16*>(dy), filter, nullptr, false, static_cast<bf16*>(dx));
}

void winogradBf16BackwardWeights(const Geometry& g, const void* x, const void* dy, float* dw) {
  gradient(g, static_cast<const bf16*>(x), static_cast<const bf16*>(dy), dw);
}
#else
void winogradBf16Forward(const Geometry&, const void*, Buffer&, const float*, bool, void*) {}
void winogradBf16BackwardData(const Geometry&, const void*, Buffer&, void*) {}
void winogradBf16BackwardWeights(const Geometry&, const void*, const void*, float*) {}
#endif
}  // namespace sky
