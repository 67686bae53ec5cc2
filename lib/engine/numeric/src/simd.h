// Eight doubles as one value (GCC and Clang vector extensions: AVX-512 where the CPU has it, split otherwise).
#pragma once
#include <cmath>
#include <cstddef>
#include <cstring>
#if defined(__FMA__) || defined(__AVX512F__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#ifdef _OPENMP
#include <omp.h>
#else
inline int omp_get_max_threads() { return 1; }
inline int omp_get_thread_num() { return 0; }
inline int omp_in_parallel() { return 0; }
inline void omp_set_num_threads(int) {}
#endif

typedef double v8 __attribute__((vector_size(64)));
typedef long long v8i __attribute__((vector_size(64)));

inline v8 load8(const double* p) {
  v8 x;
  std::memcpy(&x, p, sizeof x);
  return x;
}
inline void store8(double* p, v8 x) { std::memcpy(p, &x, sizeof x); }
inline v8 splat(double x) { return v8{x, x, x, x, x, x, x, x}; }
inline double sum8(v8 x) { return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7])); }

/**
 * a b + c, rounded once where the CPU can, said to the compiler outright: whether it fuses of itself differs between
 * compilers and levels, and sums that must be equal to the last bit would then not be.
 */
inline double multiplyAdd(double a, double b, double c) {
#if defined(__FMA__) || defined(__AVX512F__) || defined(__aarch64__)
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}
inline v8 multiplyAdd(v8 a, v8 b, v8 c) {
#if defined(__AVX512F__)
  return reinterpret_cast<v8>(
      _mm512_fmadd_pd(reinterpret_cast<__m512d>(a), reinterpret_cast<__m512d>(b), reinterpret_cast<__m512d>(c)));
#elif defined(__FMA__) || defined(__aarch64__)
#if defined(__FMA__)
  typedef __m256d part;
  const auto fused = [](part x, part y, part z) { return _mm256_fmadd_pd(x, y, z); };
#else
  typedef float64x2_t part;
  const auto fused = [](part x, part y, part z) { return vfmaq_f64(z, x, y); };
#endif
  constexpr std::size_t parts = sizeof(v8) / sizeof(part);
  part x[parts], y[parts], z[parts];
  std::memcpy(x, &a, sizeof a);
  std::memcpy(y, &b, sizeof b);
  std::memcpy(z, &c, sizeof c);
  for (std::size_t i = 0; i < parts; i++) z[i] = fused(x[i], y[i], z[i]);
  std::memcpy(&c, z, sizeof c);
  return c;
#else
  return a * b + c;
#endif
}

inline std::size_t roundUp(std::size_t n, std::size_t m) { return (n + m - 1) / m * m; }
