// The three passes of a 3 x 3 convolution as 36 products of matrices, one for each point of winograd_transform.h.
//
// A result is cut into tiles of 4 x 4; each reads 6 x 6 pixels of the source. At a point p the transformed source of
// all tiles is a matrix V_p [tiles, source channels], the transformed filter U_p [source channels, result channels],
// and the transformed result is their product. All of that is f32, whatever pixels are stored as: bf16 would not bear
// it. A NaN or infinity reaches the whole tile it lies in.
#include "winograd.h"

#include <algorithm>

#include "winograd_product.h"
#include "winograd_transform.h"

namespace sky {
namespace {
using namespace winograd;

constexpr int64_t kBoth = 32;  // channels are a multiple of it
// So that rows of a matrix of 2^n columns do not fall on the same lines of the cache.
constexpr int64_t kApart = kLanes;
constexpr int64_t kCache = 450 << 10;  // of transformed tiles: they stay in the second-level cache

// One of the two passes that give pixels: result pixel (r, c) sums source pixels (r - top + ky, c - left + kx).
struct Pass {
  int64_t n, sh, sw, sc, rh, rw, rc, top, left;
  int64_t down() const { return (rh + kOut - 1) / kOut; }
  int64_t across() const { return (rw + kOut - 1) / kOut; }
  int64_t tiles() const { return n * down() * across(); }
};

struct Tile {
  int64_t image, row, column;  // of its first pixel in the result
  Tile(const Pass& p, int64_t i)
      : image(i / (p.down() * p.across())), row(i / p.across() % p.down() * kOut), column(i % p.across() * kOut) {}
};

// V at point p of one tile is written to `to` + p * pointStep.
template <class T>
void transformSource(const Pass& p, const Tile& t, const T* source, const T* zeros, float* to, int64_t pointStep) {
  const T* pixels[kIn][kIn];
  for (int64_t i = 0; i < kIn; i++) {
    for (int64_t j = 0; j < kIn; j++) {
      const int64_t y = t.row - p.top + i, x = t.column - p.left + j;
      const bool inside = y >= 0 && y < p.sh && x >= 0 && x < p.sw;
      pixels[i][j] = inside ? source + ((t.image * p.sh + y) * p.sw + x) * p.sc : zeros;
    }
  }
  for (int64_t c = 0; c < p.sc; c += kLanes) {
    transform<Source>([&](int i, int j) { return loadLanes(pixels[i][j] + c); },
                      [&](int i, int j, Lanes v) { storeLanes(to + (i * kIn + j) * pointStep + c, v); });
  }
}

template <class T>
void transformResult(const Pass& p, const Tile& t, const float* from, int64_t pointStep, const float* bias, bool relu,
                     T* result) {
  const int64_t rows = std::min(kOut, p.rh - t.row), columns = std::min(kOut, p.rw - t.column);
  T* to = result + ((t.image * p.rh + t.row) * p.rw + t.column) * p.rc;
  for (int64_t c = 0; c < p.rc; c += kLanes) {
    const Lanes more = bias ? loadLanes(bias + c) : Lanes{};
    transform<Result>([&](int i, int j) { return loadLanes(from + (i * kIn + j) * pointStep + c); },
                      [&](int i, int j, Lanes v) {
                        if (i >= rows || j >= columns) return;
                        v += more;
                        storeLanes(to + (i * p.rw + j) * p.rc + c, relu ? atLeast(v, Lanes{}) : v);
                      });
  }
}

// The gradient at the points, of a tile of dy; what lies outside dy is zero.
template <class T>
void transformGradient(const Pass& p, const Tile& t, const T* dy, const T* zeros, float* to, int64_t pointStep) {
  const T* pixels[kOut][kOut];
  for (int64_t i = 0; i < kOut; i++) {
    for (int64_t j = 0; j < kOut; j++) {
      const bool inside = t.row + i < p.rh && t.column + j < p.rw;
      pixels[i][j] = inside ? dy + ((t.image * p.rh + t.row + i) * p.rw + t.column + j) * p.rc : zeros;
    }
  }
  for (int64_t c = 0; c < p.rc; c += kLanes) {
    transform<ResultGradient>([&](int i, int j) { return loadLanes(pixels[i][j] + c); },
                              [&](int i, int j, Lanes v) { storeLanes(to + (i * kIn + j) * pointStep + c, v); });
  }
}

// U as [point][block of kColumns result channels][source channel][kColumns]. `across`: the source channels are k, and
// the filter is turned round, as the gradient with respect to x wants it.
const float* filterPoints(Buffer& weights, const Geometry& g, bool across) {
  const int64_t sc = across ? g.k : g.c, rc = across ? g.c : g.k;
  const std::vector<int64_t> layout{3, across, g.c, g.k};
  const size_t bytes = size_t(kPoints * sc * rc) * sizeof(float);
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
          transform<Filter>(
              [&](int ky, int kx) {
                const int tap = ky * 3 + kx;
                return loadLanes(across ? turned[tap][s] : w + (tap * g.c + s0 + s) * g.k + r0);
              },
              [&](int a, int b, Lanes u) { storeLanes(point + (a * kIn + b) * sc * rc, u); });
        }
      }
    });
  }));
}

// A channel vector of zeros, for pixels that are not there.
template <class T>
const T* zerosAt(float* memory, int64_t channels) {
  std::fill_n(memory, channels, 0.f);
  return reinterpret_cast<const T*>(memory);
}

// Tiles are taken in blocks whose V and products stay in the second-level cache.
template <class T>
void convolve(const Pass& p, const T* source, const float* filter, const float* bias, bool relu, T* result) {
  const int64_t ldv = p.sc + kApart, ldm = p.rc + kApart, cpus = threads(), tiles = p.tiles();
  const int64_t most = std::max<int64_t>(4 * kRows, kCache / (kPoints * (ldv + ldm) * int64_t(sizeof(float))));
  int64_t blocks = (tiles + most - 1) / most;
  blocks = (blocks + cpus - 1) / cpus * cpus;
  const int64_t size = (tiles + blocks - 1) / blocks;
  const int64_t each = kPoints * size * (ldv + ldm);
  float* memory = static_cast<float*>(scratch(size_t(cpus * each + p.sc) * sizeof(float)));
  const T* zeros = zerosAt<T>(memory + cpus * each, p.sc);
  parallelFor(blocks, 1, [&](int64_t begin, int64_t end, int thread) {
    float *v = memory + thread * each, *m = v + kPoints * size * ldv;
    for (int64_t block = begin; block < end; block++) {
      const int64_t first = tiles * block / blocks, count = tiles * (block + 1) / blocks - first;
      for (int64_t t = 0; t < count; t++) {
        transformSource(p, Tile(p, first + t), source, zeros, v + t * ldv, size * ldv);
      }
      const int64_t groups = (count + kRows - 1) / kRows;
      for (int64_t point = 0; point < kPoints; point++) {
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
template <class T>
void gradient(const Geometry& g, const T* x, const T* dy, float* dw) {
  constexpr int64_t kSmall = 3 << 20, kShared = 24 << 20, kDepth = 128;
  const Pass p{g.n, g.h, g.w, g.c, g.oh, g.ow, g.k, g.top, g.left};
  const int64_t ldv = g.c + kApart, ldm = g.k + kApart, tiles = p.tiles(), sum = kPoints * g.c * g.k;
  const bool apart = sum * int64_t(sizeof(float)) <= kSmall;
  const int64_t sums = apart ? std::min<int64_t>(threads(), tiles) : 1;
  const int64_t bytes = kPoints * (ldv + ldm) * int64_t(sizeof(float));
  const int64_t size = std::max<int64_t>(apart ? 28 : kDepth, (apart ? kCache : kShared) / bytes);
  const int64_t widest = std::max(g.c, g.k), each = sum + kPoints * size * (ldv + ldm);
  float* memory = static_cast<float*>(scratch(size_t(widest + sums * each) * sizeof(float)));
  const T* zeros = zerosAt<T>(memory, widest);

  // Adds tiles [first, last) to a dU, with the memory that follows it; `share` runs f(begin, end) over [0, n).
  const auto add = [&](int64_t first, int64_t last, float* du, const auto& share) {
    float *v = du + sum, *dm = v + kPoints * size * ldv;
    for (int64_t from = first; from < last; from += size) {
      const int64_t count = std::min(size, last - from), panels = g.k / kColumns;
      share(count, [&](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; t++) {
          const Tile tile(p, from + t);
          transformSource(p, tile, x, zeros, v + t * ldv, size * ldv);
          transformGradient(p, tile, dy, zeros, dm + t * ldm, size * ldm);
        }
      });
      share(kPoints * panels, [&](int64_t begin, int64_t end) {
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
  };
  if (apart) {
    parallelFor(sums, 1, [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; i++) {
        add(tiles * i / sums, tiles * (i + 1) / sums, memory + widest + i * each,
            [](int64_t n, const auto& f) { f(int64_t(0), n); });
      }
    });
  } else {
    add(0, tiles, memory + widest, [](int64_t n, const auto& f) {
      parallelFor(n, 1, [&](int64_t begin, int64_t end, int) { f(begin, end); });
    });
  }
  parallelFor(g.c, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t c = begin; c < end; c++) {
      for (int64_t k = 0; k < g.k; k += kLanes) {
        transform<FilterGradient>(
            [&](int i, int j) {
              const float* from = memory + widest + ((i * kIn + j) * g.c + c) * g.k + k;
              Lanes u = loadLanes(from);
              for (int64_t s = 1; s < sums; s++) u += loadLanes(from + s * each);
              return u;
            },
            [&](int ky, int kx, Lanes v) { storeLanes(dw + ((ky * 3 + kx) * g.c + c) * g.k + k, v); });
      }
    }
  });
}
}  // namespace

bool winogradFits(const Geometry& g) {
  const bool three = g.kh == 3 && g.kw == 3 && g.sh == 1 && g.sw == 1 && g.dh == 1 && g.dw == 1;
  return three && g.c % kBoth == 0 && g.k % kBoth == 0 && g.oh >= 3 && g.ow >= 3;
}

void winogradForward(const Geometry& g, Type type, const void* x, Buffer& weights, const float* bias, bool relu,
                     void* y) {
  const Pass p{g.n, g.h, g.w, g.c, g.oh, g.ow, g.k, g.top, g.left};
  const float* filter = filterPoints(weights, g, false);
  withType(type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    convolve(p, static_cast<const T*>(x), filter, bias, relu, static_cast<T*>(y));
  });
}

void winogradBackwardData(const Geometry& g, Type type, const void* dy, Buffer& weights, void* dx) {
  const Pass p{g.n, g.oh, g.ow, g.k, g.h, g.w, g.c, 2 - g.top, 2 - g.left};
  const float* filter = filterPoints(weights, g, true);
  withType(type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    convolve(p, static_cast<const T*>(dy), filter, nullptr, false, static_cast<T*>(dx));
  });
}

void winogradBackwardWeights(const Geometry& g, Type type, const void* x, const void* dy, float* dw) {
  withType(type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    gradient(g, static_cast<const T*>(x), static_cast<const T*>(dy), dw);
  });
}
}  // namespace sky
