// The block product of tile_product.h on AMX and on AVX-512.
#include "tile_product.h"

#include <utility>

#if defined(__AVX512F__) && defined(__AVX512BW__)
#include <immintrin.h>
#endif
#ifdef __AMX_BF16__
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace sky {
#if defined(__AVX512F__) && defined(__AVX512BW__)
namespace {
struct F32Unit {
  static __m512 add(__m512 c, __m512i a, __m512i b) {
    return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), c);
  }
};

struct Bf16Unit {
  static __m512 add(__m512 c, __m512i a, __m512i b) {
#ifdef __AVX512BF16__
    return _mm512_dpbf16_ps(c, __m512bh(a), __m512bh(b));
#else
    const __m512i high = _mm512_set1_epi32(int(0xffff0000));
    const auto f = [](__m512i v) { return _mm512_castsi512_ps(v); };
    c = _mm512_fmadd_ps(f(_mm512_slli_epi32(a, 16)), f(_mm512_slli_epi32(b, 16)), c);
    return _mm512_fmadd_ps(f(_mm512_and_si512(a, high)), f(_mm512_and_si512(b, high)), c);
#endif
  }
};

constexpr int kRows = 8;  // of C at a time: 16 accumulators

template <class Unit>
void vectorProduct(const Run* runs, int64_t n, const char* b, float* c, int64_t ldc, bool accumulate) {
  for (int part = 0; part < 4; part++) {
    float* to = c + part * kRows * ldc;
    __m512 sum[kRows][2];
#pragma GCC unroll 8
    for (int r = 0; r < kRows; r++) {
      sum[r][0] = accumulate ? _mm512_loadu_ps(to + r * ldc) : _mm512_setzero_ps();
      sum[r][1] = accumulate ? _mm512_loadu_ps(to + r * ldc + 16) : _mm512_setzero_ps();
    }
    for (int64_t i = 0; i < n; i++) {
      const Run& run = runs[i];
      const int64_t rows = part < 2 ? run.rows0 : run.rows1;
      const char* a = (part < 2 ? run.a0 : run.a1) + (part & 1) * kRows * rows;
      const char* tiles = b + run.b;
      for (int64_t step = 0; step < run.count; step++, a += run.aStep, tiles += run.bStep) {
#pragma GCC unroll 2
        for (int unit = 0; unit < 16; unit++) {
          const __m512i b0 = _mm512_load_si512(tiles + 64 * unit), b1 = _mm512_load_si512(tiles + kTile + 64 * unit);
#pragma GCC unroll 8
          for (int r = 0; r < kRows; r++) {
            int value;
            std::memcpy(&value, a + r * rows + 4 * unit, 4);
            const __m512i ar = _mm512_set1_epi32(value);
            sum[r][0] = Unit::add(sum[r][0], ar, b0);
            sum[r][1] = Unit::add(sum[r][1], ar, b1);
          }
        }
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; r++) {
      _mm512_storeu_ps(to + r * ldc, sum[r][0]);
      _mm512_storeu_ps(to + r * ldc + 16, sum[r][1]);
    }
  }
}

#ifdef __AMX_BF16__
// The kernel hands out the tile registers to a process that asks (Linux 5.16 and later).
bool amxGranted() {
  constexpr long kRequest = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM
  static const bool granted = syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
  return granted;
}

// Eight tiles of 16 rows of 64 bytes. In memory of its own: g++ 12 believes that the instruction reads 8 bytes.
struct alignas(64) TileConfig {
  uint8_t palette, start, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
};
const TileConfig config{1, 0, {}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};

void amxProduct(const Run* runs, int64_t n, const char* b, float* c, int64_t ldc, bool accumulate) {
  const int64_t bytes = 4 * ldc;
  if (accumulate) {
    _tile_loadd(0, c, bytes);
    _tile_loadd(1, c + 16, bytes);
    _tile_loadd(2, c + 16 * ldc, bytes);
    _tile_loadd(3, c + 16 * ldc + 16, bytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (int64_t i = 0; i < n; i++) {
    const Run& run = runs[i];
    const char *a0 = run.a0, *a1 = run.a1, *tiles = b + run.b;
    for (int64_t step = 0; step < run.count; step++) {
      _tile_loadd(6, tiles, 64);
      _tile_loadd(4, a0, run.rows0);
      _tile_dpbf16ps(0, 4, 6);
      _tile_loadd(7, tiles + kTile, 64);
      _tile_dpbf16ps(1, 4, 7);
      _tile_loadd(5, a1, run.rows1);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
      a0 += run.aStep;
      a1 += run.aStep;
      tiles += run.bStep;
    }
  }
  _tile_stored(0, c, bytes);
  _tile_stored(1, c + 16, bytes);
  _tile_stored(2, c + 16 * ldc, bytes);
  _tile_stored(3, c + 16 * ldc + 16, bytes);
}
#endif
}  // namespace

bool tilesUsable() { return true; }

TileSession::TileSession(Type type) : product_(vectorProduct<F32Unit>), amx_(false) {
  if (type == Type::F32) return;
  product_ = vectorProduct<Bf16Unit>;
#ifdef __AMX_BF16__
  if (amxGranted()) {
    _tile_loadconfig(&config);
    product_ = amxProduct;
    amx_ = true;
  }
#endif
}

TileSession::~TileSession() {
#ifdef __AMX_BF16__
  if (amx_) _tile_release();
#endif
}
#else
bool tilesUsable() { return false; }
TileSession::TileSession(Type) : product_(nullptr), amx_(false) {}
TileSession::~TileSession() = default;
#endif
}  // namespace sky
