// Convolution backward weights on 32 x 32 blocks: the sum runs along the batch.
//
// dw[tap][c][k] = sum over pixels of x[., c]' dy[., k]: at one pixel of dy and one tap, the images make the depth of a
// tile. x is transposed to [pixel][channel][image], dy taken as pairs of images [pixel][image / 2][channel][2], a band
// of rows at a time that stays in the cache. Padding costs nothing: a tap that falls outside is left out. Where a batch
// is smaller than a tile is deep, an image is cut into several, one below the other.
#include <algorithm>

#include "tile_conv.h"
#include "tile_product.h"
#include "tile_vector.h"

namespace sky {
#if defined(__AVX512F__) && defined(__AVX512BW__)
namespace {
// Few channels (the first layer's 3): a tap is then a row of the kernel, its columns and channels one after the other
// as they lie in memory, up to a multiple of 32; what is beyond is computed and dropped.
struct Plan {
  bool fused;
  int64_t depth, parts, rows;  // images a step; parts of an image and rows of dy in each
  int64_t virtuals, groups;    // images after cutting, and steps they make
  int64_t m, taps;             // rows of a tap's product: c, or the fused row's length
  int64_t columns, left;       // values in a packed row of x, and zeros before its first
  int64_t band, slots;         // rows of dy packed at once, rows of x they need
};

constexpr int64_t kCache = 1 << 20;

Plan planOf(const Geometry& g, Type type) {
  Plan p;
  p.fused = g.c % kBlock != 0;
  p.depth = tileDepth(type);
  p.parts = std::clamp<int64_t>(p.depth / g.n, 1, g.oh);
  p.rows = (g.oh + p.parts - 1) / p.parts;
  p.virtuals = g.n * p.parts;
  p.groups = (p.virtuals + p.depth - 1) / p.depth;
  p.m = p.fused ? (g.kw * g.c + kBlock - 1) / kBlock * kBlock : g.c;
  p.taps = p.fused ? g.kh : g.kh * g.kw;
  p.left = p.fused ? g.left * g.c : 0;
  p.columns = p.fused ? std::max(p.left + g.w * g.c, (g.ow - 1) * g.sw * g.c + p.m) : g.w * g.c;
  const int64_t x = p.columns * 64, dy = g.ow * g.k * 64, reach = (g.kh - 1) * g.dh + 1;
  p.band = std::clamp<int64_t>((kCache - reach * x) / (g.sh * x + dy), 1, p.rows);
  p.slots = (p.band - 1) * g.sh + reach;
  return p;
}

// The images of a step: where each one's row lies, null for an image or row that does not exist.
template <class T>
using Rows = const T* [32];

inline __m512i units(const float* const* rows, int j, int64_t at, __mmask16 mask) {
  return rows[j] ? _mm512_maskz_loadu_epi32(mask, rows[j] + at) : _mm512_setzero_si512();
}
inline __m512i units(const bf16* const* rows, int j, int64_t at, __mmask16 mask) {
  const auto load = [&](const bf16* row) {
    return row ? _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, row + at)) : _mm512_setzero_si512();
  };
  return _mm512_or_si512(load(rows[2 * j]), _mm512_slli_epi32(load(rows[2 * j + 1]), 16));
}

// [images][columns] -> [columns][images]
template <class T>
void packTransposed(const T* const* rows, int64_t columns, char* to) {
  for (int64_t at = 0; at < columns; at += 16) {
    const int64_t n = std::min<int64_t>(16, columns - at);
    const __mmask16 mask = __mmask16((1u << n) - 1);
    __m512i r[16];
#pragma GCC unroll 16
    for (int j = 0; j < 16; j++) r[j] = units(rows, j, at, mask);
    transpose16(r);
    for (int64_t j = 0; j < n; j++) _mm512_store_si512(to + (at + j) * 64, r[j]);
  }
}

// [images][columns] -> tiles of 16 columns
template <class T>
void packPairs(const T* const* rows, int64_t columns, char* to) {
  for (int64_t at = 0; at < columns; at += 16, to += kTile) {
#pragma GCC unroll 16
    for (int j = 0; j < 16; j++) _mm512_store_si512(to + 64 * j, units(rows, j, at, 0xffff));
  }
}

template <class T>
class Worker {
 public:
  Worker(const Geometry& g, const Plan& p, const T* x, const T* dy, char* memory)
      : g_(g), p_(p), x_(x), dy_(dy), xRows_(memory), dyRows_(memory + p.slots * p.columns * 64) {
    if (p.fused) std::memset(xRows_, 0, p.slots * p.columns * 64);
  }
  static int64_t bytes(const Geometry& g, const Plan& p) { return p.slots * p.columns * 64 + p.band * g.ow * g.k * 64; }

  // Adds rows [begin, end) of a step's images, for blocks [first, last) of dw, to `sum` [taps][m][k].
  void add(int64_t group, int64_t begin, int64_t end, int64_t first, int64_t last, float* sum, bool fresh,
           const TileSession& session) {
    int64_t packedTo = begin * g_.sh;
    const int64_t k0 = first * kBlock / p_.m * kBlock, k1 = ((last - 1) * kBlock / p_.m + 1) * kBlock;
    used_.assign(p_.slots, false);
    for (int64_t r0 = begin; r0 < end; r0 += p_.band) {
      const int64_t r1 = std::min(end, r0 + p_.band);
      const int64_t reach = (r1 - 1) * g_.sh + (g_.kh - 1) * g_.dh + 1;
      for (int64_t q = std::max(packedTo, r0 * g_.sh); q < reach; q++) packX(group, q);
      packedTo = reach;
      for (int64_t r = r0; r < r1; r++) packDy(group, r, r - r0, k0, k1);
      for (int64_t block = first; block < last; block++) {
        const int64_t m = block % (p_.m / kBlock) * kBlock, k = block / (p_.m / kBlock) * kBlock;
        for (int64_t tap = 0; tap < p_.taps; tap++) {
          const int64_t n = runsOf(tap, m, k, r0, r1);
          float* c = sum + (tap * p_.m + m) * g_.k + k;
          session.multiply(runs_.data(), n, dyRows_, c, g_.k, !fresh);
        }
      }
      fresh = false;
    }
  }

 private:
  // The runs of one tap and block over the band's rows.
  int64_t runsOf(int64_t tap, int64_t m, int64_t k, int64_t r0, int64_t r1) {
    runs_.resize(r1 - r0);
    const int64_t ky = p_.fused ? tap : tap / g_.kw, kx = p_.fused ? 0 : tap % g_.kw;
    int64_t from = 0, to = g_.ow, offset = 0;
    if (!p_.fused) {
      offset = kx * g_.dw - g_.left;
      while (from < to && from * g_.sw + offset < 0) from++;
      while (to > from && (to - 1) * g_.sw + offset >= g_.w) to--;
    }
    int64_t n = 0;
    for (int64_t r = r0; r < r1 && from < to; r++) {
      const int64_t slot = (r * g_.sh + ky * g_.dh) % p_.slots;
      if (!used_[slot]) continue;
      const char* a = xRows_ + (slot * p_.columns + (from * g_.sw + offset) * g_.c + m) * 64;
      const int64_t b = ((r - r0) * g_.ow + from) * g_.k * 64 + k * 64;
      runs_[n++] = {a, a + kTile, 64, 64, g_.sw * g_.c * 64, b, g_.k * 64, to - from};
    }
    return n;
  }

  void packX(int64_t group, int64_t q) {
    const T* rows[32];
    bool any = false;
    for (int64_t i = 0; i < p_.depth; i++) {
      const int64_t v = group * p_.depth + i, image = v / p_.parts, part = v % p_.parts;
      const int64_t y = part * p_.rows * g_.sh - g_.top + q;
      const bool there = v < p_.virtuals && y >= 0 && y < g_.h;
      rows[i] = there ? x_ + (image * g_.h + y) * g_.w * g_.c : nullptr;
      any = any || there;
    }
    const int64_t slot = q % p_.slots;
    used_[slot] = any;
    if (any) packTransposed(rows, g_.w * g_.c, xRows_ + (slot * p_.columns + p_.left) * 64);
  }

  void packDy(int64_t group, int64_t r, int64_t slot, int64_t k0, int64_t k1) {
    const T* rows[32];
    for (int64_t i = 0; i < p_.depth; i++) {
      const int64_t v = group * p_.depth + i, image = v / p_.parts, y = v % p_.parts * p_.rows + r;
      rows[i] = v < p_.virtuals && y < g_.oh ? dy_ + (image * g_.oh + y) * g_.ow * g_.k : nullptr;
    }
    char* to = dyRows_ + slot * g_.ow * g_.k * 64;
    if (k0 == 0 && k1 == g_.k) return packPairs(rows, g_.ow * g_.k, to);
    for (int64_t column = 0; column < g_.ow; column++) {
      const T* part[32];
      for (int64_t i = 0; i < p_.depth; i++) part[i] = rows[i] ? rows[i] + column * g_.k + k0 : nullptr;
      packPairs(part, k1 - k0, to + (column * g_.k + k0) * 64);
    }
  }

  const Geometry& g_;
  const Plan& p_;
  const T *x_, *dy_;
  char *xRows_, *dyRows_;
  std::vector<bool> used_;
  std::vector<Run> runs_;
};

template <class T>
void weights(const Geometry& g, Type type, const T* x, const T* dy, float* dw) {
  const Plan p = planOf(g, type);
  const int64_t blocks = p.m / kBlock * (g.k / kBlock), size = p.taps * p.m * g.k, rows = p.groups * p.rows;
  // A small dw: each thread takes rows and has a sum of its own. A large one: each thread takes blocks of it.
  const bool byRows = size * 4 <= kCache || blocks < threads();
  const int64_t count = std::min<int64_t>(threads(), byRows ? rows : blocks);
  const int64_t sums = (p.fused ? 1 : 0) + (byRows ? count - 1 : 0);
  const int64_t each = (Worker<T>::bytes(g, p) + 63) / 64 * 64;
  char* memory = static_cast<char*>(scratch(size_t(count * each + sums * size * 4)));
  float* spare = reinterpret_cast<float*>(memory + count * each);
  float* total = p.fused ? spare + (sums - 1) * size : dw;
  parallelFor(count, 1, [&](int64_t begin, int64_t end, int) {
    const TileSession session(type);
    for (int64_t t = begin; t < end; t++) {
      Worker<T> worker(g, p, x, dy, memory + t * each);
      if (!byRows) {
        for (int64_t group = 0; group < p.groups; group++)
          worker.add(group, 0, p.rows, blocks * t / count, blocks * (t + 1) / count, total, group == 0, session);
        continue;
      }
      float* sum = t == 0 ? total : spare + (t - 1) * size;
      bool fresh = true;
      for (int64_t at = rows * t / count, last = rows * (t + 1) / count; at < last;) {
        const int64_t group = at / p.rows, next = std::min(last, (group + 1) * p.rows);
        worker.add(group, at - group * p.rows, next - group * p.rows, 0, blocks, sum, fresh, session);
        fresh = false;
        at = next;
      }
    }
  });
  if (byRows && count > 1) {
    parallelFor(size, 1 << 14, [&](int64_t begin, int64_t end, int) {
      for (int64_t t = 1; t < count; t++) {
        const float* __restrict from = spare + (t - 1) * size;
        float* __restrict to = total;
        for (int64_t i = begin; i < end; i++) to[i] += from[i];
      }
    });
  }
  if (p.fused) {
    for (int64_t ky = 0; ky < g.kh; ky++) {
      std::copy_n(total + ky * p.m * g.k, g.kw * g.c * g.k, dw + ky * g.kw * g.c * g.k);
    }
  }
}
}  // namespace

bool tileBackwardWeightsFits(const Geometry& g, Type) {
  const bool fusable = g.c < kBlock && g.dw == 1 && g.kw * g.c <= 8 * kBlock;
  return tilesUsable() && g.k % kBlock == 0 && (g.c % kBlock == 0 || fusable);
}

void tileBackwardWeights(const Geometry& g, Type type, const void* x, const void* dy, float* dw) {
  withType(type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    weights(g, type, static_cast<const T*>(x), static_cast<const T*>(dy), dw);
  });
}
#else
bool tileBackwardWeightsFits(const Geometry&, Type) { return false; }
void tileBackwardWeights(const Geometry&, Type, const void*, const void*, float*) {}
#endif
}  // namespace sky
