// One epoch of UMAP's stochastic gradient descent, operation for operation as lib/models/umap-layout.ts does it:
// only +, -, *, / in f64 with f32 positions, the curve from tables made there. Both give the same bits.
#include "arguments.h"
#include "simd.h"

// A fused multiply-add rounds once where the reference rounds twice.
#ifdef __clang__
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

namespace {
constexpr int OCTAVE_BITS = 6, LOWEST_EXPONENT = -40;

/** Linear interpolation in a table over the leading bits of x (64 steps an octave). */
inline double lookUp(const double* table, size_t last, double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, 8);
  const uint32_t high = static_cast<uint32_t>(bits >> 32);
  const int32_t at = static_cast<int32_t>(high >> (20 - OCTAVE_BITS)) - ((1023 + LOWEST_EXPONENT) << OCTAVE_BITS);
  if (at < 0) return table[0];
  if (static_cast<size_t>(at) >= last) return table[last];
  const double fraction = (high & ((1u << (20 - OCTAVE_BITS)) - 1)) / 16384.0;
  return table[at] + fraction * (table[at + 1] - table[at]);
}

inline double clip(double x) { return x > 4 ? 4 : x < -4 ? -4 : x; }
inline uint32_t rotateLeft(uint32_t x, int by) { return (x << by) | (x >> (32 - by)); }

/** xoshiro128**, the generator of lib/random.ts. */
inline uint32_t next(uint32_t* s) {
  const uint32_t result = rotateLeft(s[1] * 5, 7) * 9, t = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotateLeft(s[3], 11);
  return result;
}

/**
 * layoutEpoch(positions, n, head, tail, period, nextSample, nextNegative, edges, attraction, repulsion, last,
 * negatives, epoch, alpha, random): see UmapLayout.epoch.
 */
void layoutEpoch(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), edges = sizeArgument(info, 7), last = sizeArgument(info, 10);
  float* positions = floats(info, 0, 2 * n);
  const int32_t *head = ints(info, 2, edges), *tail = ints(info, 3, edges);
  const double* period = doubles(info, 4, edges);
  double *nextSample = doubles(info, 5, edges), *nextNegative = doubles(info, 6, edges);
  const double *attraction = doubles(info, 8, last + 1), *repulsion = doubles(info, 9, last + 1);
  const double negatives = numberArgument(info, 11), epoch = numberArgument(info, 12), alpha = numberArgument(info, 13);
  uint32_t* random = arrayArgument<uint32_t>(info, 14, 4, napi_uint32_array, "a Uint32Array");
  uint32_t state[4] = {random[0], random[1], random[2], random[3]};
  const double vertices = static_cast<double>(n);
  for (size_t e = 0; e < edges; e++)
    if (static_cast<size_t>(static_cast<uint32_t>(head[e])) >= n ||
        static_cast<size_t>(static_cast<uint32_t>(tail[e])) >= n)
      throw wrong(info, 2, "ends of edges within the points");
  for (size_t e = 0; e < edges; e++) {
    if (nextSample[e] > epoch) continue;
    float* current = positions + 2 * static_cast<size_t>(head[e]);
    float* other = positions + 2 * static_cast<size_t>(tail[e]);
    double dx = static_cast<double>(current[0]) - other[0], dy = static_cast<double>(current[1]) - other[1];
    double square = dx * dx + dy * dy;
    if (square > 0) {
      const double pull = lookUp(attraction, last, square);
      const double gx = clip(pull * dx) * alpha, gy = clip(pull * dy) * alpha;
      current[0] = static_cast<float>(current[0] + gx);
      current[1] = static_cast<float>(current[1] + gy);
      other[0] = static_cast<float>(other[0] - gx);
      other[1] = static_cast<float>(other[1] - gy);
    }
    nextSample[e] += period[e];
    const double negativePeriod = period[e] / negatives;
    const int draws = static_cast<int>((epoch - nextNegative[e]) / negativePeriod);
    for (int draw = 0; draw < draws; draw++) {
      const size_t k = static_cast<size_t>(next(state) * vertices / 4294967296.0);
      const float* away = positions + 2 * k;
      dx = static_cast<double>(current[0]) - away[0];
      dy = static_cast<double>(current[1]) - away[1];
      square = dx * dx + dy * dy;
      if (square > 0) {
        const double push = lookUp(repulsion, last, square);
        current[0] = static_cast<float>(current[0] + clip(push * dx) * alpha);
        current[1] = static_cast<float>(current[1] + clip(push * dy) * alpha);
      } else if (k != static_cast<size_t>(head[e])) {
        current[0] = static_cast<float>(current[0] + 4 * alpha);
        current[1] = static_cast<float>(current[1] + 4 * alpha);
      }
    }
    nextNegative[e] += draws * negativePeriod;
  }
  for (size_t i = 0; i < 4; i++) random[i] = state[i];
}
}  // namespace

void initUmapLayout(Napi::Env env, Napi::Object exports) { exportFunction<layoutEpoch>(env, exports, "layoutEpoch"); }
