// Sixteen floats as one value (GCC and Clang vector extensions), read from and written to f32 and bf16 storage. The
// conversions are said in AVX-512's own words where it is there: g++ 12 takes 32-bit lanes from bytes one by one.
#pragma once
#include "common.h"

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace sky {
constexpr int64_t kLanes = 16;
typedef float Lanes __attribute__((vector_size(64)));
typedef uint32_t LaneBits __attribute__((vector_size(64)));
typedef uint16_t HalfBits __attribute__((vector_size(32)));

inline Lanes lanes(float v) { return Lanes{} + v; }

inline Lanes loadLanes(const float* p) {
  Lanes v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline Lanes loadLanes(const bf16* p) {
  HalfBits h;
  std::memcpy(&h, p, sizeof h);
#ifdef __AVX512F__
  return reinterpret_cast<Lanes>(_mm512_slli_epi32(_mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(h)), 16));
#else
  return reinterpret_cast<Lanes>(__builtin_convertvector(h, LaneBits) << 16);
#endif
}

inline void storeLanes(float* p, Lanes v) { std::memcpy(p, &v, sizeof v); }
inline void storeLanes(bf16* p, Lanes v) {
#ifdef __AVX512BF16__
  const auto h = _mm512_cvtneps_pbh(reinterpret_cast<__m512>(v));
#else
  // As bf16::operator= does it: to nearest, ties to even; NaN stays one.
  const LaneBits u = reinterpret_cast<LaneBits>(v), rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
  const HalfBits h = __builtin_convertvector((u & 0x7fffffff) > 0x7f800000 ? (u >> 16) | 0x40 : rounded, HalfBits);
#endif
  std::memcpy(p, &h, sizeof h);
}

// The first n < 16 of them; the rest reads as zero.
template <class T>
Lanes loadLanes(const T* p, int64_t n) {
  if (n >= kLanes) return loadLanes(p);
  Lanes v{};
  for (int64_t i = 0; i < n; i++) v[i] = p[i];
  return v;
}
template <class T>
void storeLanes(T* p, Lanes v, int64_t n) {
  if (n >= kLanes) return storeLanes(p, v);
  for (int64_t i = 0; i < n; i++) p[i] = v[i];
}

// Sixteen bytes as whole numbers, such as the positions that a pooling keeps, and back.
typedef int32_t LaneInts __attribute__((vector_size(64)));
typedef uint8_t LaneBytes __attribute__((vector_size(16)));
inline LaneInts loadBytes(const uint8_t* p, int64_t n) {
  LaneBytes b{};
  if (n >= kLanes) std::memcpy(&b, p, sizeof b);
  else std::memcpy(&b, p, size_t(n));
#ifdef __AVX512F__
  return reinterpret_cast<LaneInts>(_mm512_cvtepu8_epi32(reinterpret_cast<__m128i>(b)));
#else
  return __builtin_convertvector(b, LaneInts);
#endif
}
inline void storeBytes(uint8_t* p, LaneInts v, int64_t n) {
#ifdef __AVX512F__
  const auto b = _mm512_cvtepi32_epi8(reinterpret_cast<__m512i>(v));
#else
  const LaneBytes b = __builtin_convertvector(v, LaneBytes);
#endif
  if (n >= kLanes) std::memcpy(p, &b, sizeof b);
  else std::memcpy(p, &b, size_t(n));
}

// a where it is above b or NaN, else b.
inline Lanes atLeast(Lanes a, Lanes b) { return a < b ? b : a; }
}  // namespace sky
