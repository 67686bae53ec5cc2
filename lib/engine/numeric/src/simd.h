// Eight doubles as one value (GCC and Clang vector extensions: AVX-512 where the CPU has it, split otherwise).
#pragma once
#include <cstddef>
#include <cstring>
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

inline std::size_t roundUp(std::size_t n, std::size_t m) { return (n + m - 1) / m * m; }
