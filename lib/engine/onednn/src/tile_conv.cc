// Convolution forward and backward data on 32 x 32 blocks: 16 images make the rows of a tile.
//
// At one pixel of the result the 16 values along the batch need the same pixels of the source and the same weights, so
// a tile of A is read where it lies, its rows an image apart, whatever stride, padding and dilation are. A pixel near
// the border has fewer taps instead of padding. Both passes are this: a pixel of the result sums, over its taps, a
// pixel of the source [16, channels] times the tap's weights [channels, result channels].
#include "tile_conv.h"

#include <algorithm>

#include "tile_product.h"
#include "tile_vector.h"

namespace sky {
#if defined(__AVX512F__) && defined(__AVX512BW__)
namespace {
// The two passes in one vocabulary: result <- source.
struct Gather {
  int64_t n, rh, rw, rc, sh, sw, sc, kh, kw;
  // Which source row a kernel row reads for a row of the result, -1 for none: [kernel row][result row]; columns alike.
  std::vector<int64_t> rowOf, columnOf;
};

std::vector<int64_t> forwardTaps(int64_t taps, int64_t result, int64_t source, int64_t stride, int64_t dilation,
                                 int64_t pad) {
  std::vector<int64_t> from(taps * result, -1);
  for (int64_t k = 0; k < taps; k++) {
    for (int64_t r = 0; r < result; r++) {
      const int64_t s = r * stride - pad + k * dilation;
      if (s >= 0 && s < source) from[k * result + r] = s;
    }
  }
  return from;
}

// The same table read the other way: which pixel of dy sends to a pixel of dx through tap k.
std::vector<int64_t> backwardTaps(int64_t taps, int64_t result, int64_t source, int64_t stride, int64_t dilation,
                                  int64_t pad) {
  std::vector<int64_t> from(taps * result, -1);
  for (int64_t k = 0; k < taps; k++) {
    for (int64_t s = 0; s < source; s++) {
      const int64_t r = s * stride - pad + k * dilation;
      if (r >= 0 && r < result) from[k * result + r] = s;
    }
  }
  return from;
}

// Weights [taps, c, k] as pairs of tiles, [result block of 32][tap][source step][2]; `across` says that the source
// channels are k.
void packWeights(const float* w, int64_t taps, int64_t c, int64_t k, bool across, Type type, char* to) {
  const int64_t depth = tileDepth(type), rc = across ? c : k, sc = across ? k : c, steps = sc / depth;
  parallelFor(rc / kBlock * taps, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t r0 = i / taps * kBlock, tap = i % taps;
      const float* from = w + tap * c * k;
      for (int64_t s = 0; s < 2 * steps; s++) {
        char* tile = to + (i * steps * 2 + s) * kTile;
        const int64_t r = r0 + s % 2 * 16, d = s / 2 * depth;
        __m512i rows[16];
        for (int j = 0; j < 16; j++) {
          if (across) {  // row j is result channel r + j
            const float* p = from + (r + j) * k + d;
            if (type == Type::F32) {
              rows[j] = _mm512_loadu_si512(p);
            } else {
              const __m512i low = roundedBf16(_mm512_loadu_ps(p)), high = roundedBf16(_mm512_loadu_ps(p + 16));
              rows[j] = _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi32_epi16(low)),
                                           _mm512_cvtepi32_epi16(high), 1);
            }
          } else if (type == Type::F32) {
            rows[j] = _mm512_loadu_si512(from + (d + j) * k + r);
          } else {
            const float* p = from + (d + 2 * j) * k + r;
            rows[j] = bf16Pairs(_mm512_loadu_ps(p), _mm512_loadu_ps(p + k));
          }
        }
        if (across) transpose16(rows);
        for (int j = 0; j < 16; j++) _mm512_store_si512(tile + 64 * j, rows[j]);
      }
    }
  });
}

const char* packedTiles(Buffer& w, const Geometry& g, bool across, Type type) {
  const std::vector<int64_t> layout{across, int64_t(type), g.kh * g.kw, g.c, g.k};
  return static_cast<const char*>(tilesOf(w, layout, size_t(g.kh * g.kw * g.c * g.k) * sizeOf(type), [&](char* to) {
    packWeights(w.as<float>(), g.kh * g.kw, g.c, g.k, across, type, to);
  }));
}

// A block of the result: rows 0-15 at `first`, 16-31 at `second`, each a channel vector an image apart.
template <class T>
void writeBlock(const float* block, T* first, T* second, int64_t imageStep, const float* bias, bool relu) {
  const __m512 zero = _mm512_setzero_ps();
  const __m512 b0 = bias ? _mm512_loadu_ps(bias) : zero, b1 = bias ? _mm512_loadu_ps(bias + 16) : zero;
  for (int64_t i = 0; i < kBlock; i++) {
    T* to = i < 16 ? first + i * imageStep : second + (i - 16) * imageStep;
    __m512 low = _mm512_load_ps(block + i * kBlock), high = _mm512_load_ps(block + i * kBlock + 16);
    if (bias) {
      low = _mm512_add_ps(low, b0);
      high = _mm512_add_ps(high, b1);
    }
    if (relu) {  // in this order NaN passes
      low = _mm512_max_ps(zero, low);
      high = _mm512_max_ps(zero, high);
    }
    if constexpr (std::is_same_v<T, float>) {
      _mm512_storeu_ps(to, low);
      _mm512_storeu_ps(to + 16, high);
    } else {
      storeBf16(to, low, high);
    }
  }
}

template <class T>
void gather(const Gather& g, Type type, const T* source, const char* tiles, const float* bias, bool relu, T* result) {
  constexpr int64_t kCache = 600 << 10;  // of source, and of weights, that stay in the second-level cache
  const int64_t steps = g.sc / tileDepth(type), taps = g.kh * g.kw, tapBytes = steps * 2 * kTile;
  const int64_t sourceImage = g.sh * g.sw * g.sc, resultImage = g.rh * g.rw * g.rc;
  const int64_t blocks = g.rc / kBlock, perGroup = std::clamp<int64_t>(kCache / (taps * tapBytes), 1, blocks);
  const int64_t groups = (blocks + perGroup - 1) / perGroup;
  const int64_t images = std::min<int64_t>(2, (g.n + 15) / 16), chunks = ((g.n + 15) / 16 + images - 1) / images;
  const int64_t rowBytes = std::max<int64_t>(1, images * 16 * g.sw * g.sc * int64_t(sizeof(T)) * g.sh / g.rh);
  const int64_t cpus = threads();
  int64_t bands = std::max<int64_t>(1, (g.rh * rowBytes + kCache - 1) / kCache);
  if (groups * chunks % cpus) bands = (bands + cpus - 1) / cpus * cpus;
  bands = std::min(bands, g.rh);
  alignas(64) static const char nothing[64 * 1024] = {};

  parallelFor(groups * chunks * bands, 1, [&](int64_t begin, int64_t end, int) {
    const TileSession session(type);
    alignas(64) float block[kBlock * kBlock];
    std::vector<Run> runs(taps);
    for (int64_t item = begin; item < end; item++) {
      const int64_t group = item / (chunks * bands), chunk = item / bands % chunks, band = item % bands;
      const int64_t firstTile = chunk * images, tileCount = std::min(images, (g.n + 15) / 16 - firstTile);
      const int64_t units = g.rw * tileCount;
      for (int64_t row = g.rh * band / bands; row < g.rh * (band + 1) / bands; row++) {
        // Units of a row are (pixel, 16 images); two of them make a block, the last of an odd number twice.
        for (int64_t u = 0; u < units; u += 2) {
          const int64_t unit[2] = {u, std::min(u + 1, units - 1)};
          int64_t column[2], image[2];
          for (int i = 0; i < 2; i++) {
            column[i] = unit[i] / tileCount;
            // The last 16 images may overlap the 16 before.
            image[i] = std::min((firstTile + unit[i] % tileCount) * 16, g.n - 16);
          }
          int64_t count = 0;
          for (int64_t ky = 0; ky < g.kh; ky++) {
            const int64_t y = g.rowOf[ky * g.rh + row];
            if (y < 0) continue;
            for (int64_t kx = 0; kx < g.kw; kx++) {
              const int64_t *x = &g.columnOf[kx * g.rw], x0 = x[column[0]], x1 = x[column[1]];
              if (x0 < 0 && x1 < 0) continue;
              const auto at = [&](int i, int64_t column) {
                return column < 0 ? nothing
                                  : reinterpret_cast<const char*>(source + image[i] * sourceImage +
                                                                  (y * g.sw + column) * g.sc);
              };
              const int64_t step = sourceImage * int64_t(sizeof(T));
              runs[count++] = {at(0, x0),         at(1, x1), x0 < 0 ? 0 : step,
                               x1 < 0 ? 0 : step, 64,        (ky * g.kw + kx) * tapBytes,
                               2 * kTile,         steps};
            }
          }
          for (int64_t b = group * perGroup; b < std::min(blocks, (group + 1) * perGroup); b++) {
            session.multiply(runs.data(), count, tiles + b * taps * tapBytes, block, kBlock, false);
            const auto to = [&](int i) {
              return result + image[i] * resultImage + (row * g.rw + column[i]) * g.rc + b * kBlock;
            };
            writeBlock(block, to(0), to(1), resultImage, bias ? bias + b * kBlock : nullptr, relu);
          }
        }
      }
    }
  });
}

// The first layer has too few channels to fill the depth of a tile. A row of the kernel does: its columns and channels
// lie one after the other in memory, and so do the pixels that it meets; 16 pixels of a row of the result make the rows
// of a tile. The image is copied with its padding, so that every tap exists.
bool fusable(const Geometry& g) { return g.c < kBlock && g.dw == 1 && g.kw * g.c <= 8 * kBlock && g.ow >= 16; }

int64_t fusedSteps(const Geometry& g, Type type) { return (g.kw * g.c + tileDepth(type) - 1) / tileDepth(type); }

const char* fusedTiles(Buffer& w, const Geometry& g, Type type) {
  const int64_t row = g.kw * g.c, padded = fusedSteps(g, type) * tileDepth(type);
  const std::vector<int64_t> layout{2, int64_t(type), g.kh, row, g.k};
  return tilesOf(w, layout, size_t(g.kh * padded * g.k) * sizeOf(type), [&](char* to) {
    std::vector<float> wide(size_t(g.kh * padded * g.k), 0.f);
    for (int64_t ky = 0; ky < g.kh; ky++) {
      std::copy_n(w.as<float>() + ky * row * g.k, row * g.k, wide.data() + ky * padded * g.k);
    }
    packWeights(wide.data(), g.kh, padded, g.k, false, type, to);
  });
}

template <class T>
void fusedForward(const Geometry& g, Type type, const T* x, const char* tiles, const float* bias, bool relu, T* y) {
  const int64_t steps = fusedSteps(g, type), tapBytes = steps * 2 * kTile;
  const int64_t height = std::max(g.top + g.h, (g.oh - 1) * g.sh + (g.kh - 1) * g.dh + 1);
  const int64_t width = std::max((g.left + g.w) * g.c, (g.ow - 1) * g.sw * g.c + steps * tileDepth(type));
  const int64_t units = (g.ow + 15) / 16, pixel = g.sw * g.c;
  T* copies = static_cast<T*>(scratch(size_t(threads() * height * width) * sizeof(T)));
  parallelFor(g.n, 1, [&](int64_t begin, int64_t end, int thread) {
    const TileSession session(type);
    alignas(64) float block[kBlock * kBlock];
    std::vector<Run> runs(g.kh);
    T* copy = copies + thread * height * width;
    std::memset(static_cast<void*>(copy), 0, size_t(height * width) * sizeof(T));
    for (int64_t image = begin; image < end; image++) {
      for (int64_t row = 0; row < g.h; row++) {
        std::memcpy(static_cast<void*>(copy + (g.top + row) * width + g.left * g.c),
                    x + (image * g.h + row) * g.w * g.c, size_t(g.w * g.c) * sizeof(T));
      }
      for (int64_t row = 0; row < g.oh; row++) {
        for (int64_t u = 0; u < units; u += 2) {
          const int64_t c0 = std::min(u * 16, g.ow - 16), c1 = std::min(u * 16 + 16, g.ow - 16);
          for (int64_t ky = 0; ky < g.kh; ky++) {
            const T* from = copy + (row * g.sh + ky * g.dh) * width;
            const int64_t step = pixel * int64_t(sizeof(T));
            const auto at = [&](int64_t column) { return reinterpret_cast<const char*>(from + column * pixel); };
            runs[ky] = {at(c0), at(c1), step, step, 64, ky * tapBytes, 2 * kTile, steps};
          }
          T* to = y + (image * g.oh + row) * g.ow * g.k;
          for (int64_t b = 0; b < g.k / kBlock; b++) {
            session.multiply(runs.data(), g.kh, tiles + b * g.kh * tapBytes, block, kBlock, false);
            writeBlock(block, to + c0 * g.k + b * kBlock, to + c1 * g.k + b * kBlock, g.k,
                       bias ? bias + b * kBlock : nullptr, relu);
          }
        }
      }
    }
  });
}

void gather(const Gather& g, Type type, const void* source, const char* tiles, const float* bias, bool relu,
            void* result) {
  withType(type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    gather(g, type, static_cast<const T*>(source), tiles, bias, relu, static_cast<T*>(result));
  });
}
}  // namespace

bool tileForwardFits(const Geometry& g, Type type) {
  const bool whole = g.n >= 16 && g.c % tileDepth(type) == 0 && g.c <= 8192;
  return tilesUsable() && g.k % kBlock == 0 && (whole || fusable(g));
}

bool tileBackwardDataFits(const Geometry& g, Type type) {
  return tilesUsable() && g.n >= 16 && g.k % tileDepth(type) == 0 && g.c % kBlock == 0 && g.k <= 8192;
}

void tileForward(const Geometry& g, Type type, const void* x, Buffer& weights, const float* bias, bool relu, void* y) {
  if (fusable(g)) {
    const char* tiles = fusedTiles(weights, g, type);
    return withType(type, [&](auto* tag) {
      using T = Element<decltype(tag)>;
      fusedForward(g, type, static_cast<const T*>(x), tiles, bias, relu, static_cast<T*>(y));
    });
  }
  const auto rows = forwardTaps(g.kh, g.oh, g.h, g.sh, g.dh, g.top),
             columns = forwardTaps(g.kw, g.ow, g.w, g.sw, g.dw, g.left);
  const Gather taps{g.n, g.oh, g.ow, g.k, g.h, g.w, g.c, g.kh, g.kw, rows, columns};
  gather(taps, type, x, packedTiles(weights, g, false, type), bias, relu, y);
}

void tileBackwardData(const Geometry& g, Type type, const void* dy, Buffer& weights, void* dx) {
  const auto rows = backwardTaps(g.kh, g.h, g.oh, g.sh, g.dh, g.top),
             columns = backwardTaps(g.kw, g.w, g.ow, g.sw, g.dw, g.left);
  const Gather taps{g.n, g.h, g.w, g.c, g.oh, g.ow, g.k, g.kh, g.kw, rows, columns};
  gather(taps, type, dy, packedTiles(weights, g, true, type), nullptr, false, dx);
}
#else
bool tileForwardFits(const Geometry&, Type) { return false; }
bool tileBackwardDataFits(const Geometry&, Type) { return false; }
void tileForward(const Geometry&, Type, const void*, Buffer&, const float*, bool, void*) {}
void tileBackwardData(const Geometry&, Type, const void*, Buffer&, void*) {}
#endif
}  // namespace sky
