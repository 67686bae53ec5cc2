// Blocked, packed, multi-threaded matrix product in f64 (the scheme of Goto & van de Geijn 2008).
//
// C[i, j] = sum_p A(i, p) B(p, j), where A and B are any callables giving one element: a transposed, centred or
// f32 operand is converted while it is packed, so no converted copy of the whole data exists. Every C tile adds
// its terms in the order of p: the result does not depend on the number of threads.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include "arguments.h"
#include "simd.h"

namespace gemm {
constexpr size_t MR = 8, NR = 24, KC = 128, MC = 64, NC = 1536;

/** acc[8][24] = sum_p a[p][8] outer b[p][24], from packed panels. */
inline void micro(size_t kc, const double* a, const double* b, double* tile) {
  v8 acc[MR][3] = {};
  for (size_t p = 0; p < kc; p++, a += MR, b += NR) {
    const v8 b0 = load8(b), b1 = load8(b + 8), b2 = load8(b + 16);
#pragma GCC unroll 8
    for (size_t i = 0; i < MR; i++) {
      const v8 x = splat(a[i]);
      acc[i][0] = multiplyAdd(x, b0, acc[i][0]);
      acc[i][1] = multiplyAdd(x, b1, acc[i][1]);
      acc[i][2] = multiplyAdd(x, b2, acc[i][2]);
    }
  }
  for (size_t i = 0; i < MR; i++)
    for (size_t j = 0; j < 3; j++) store8(tile + i * NR + j * 8, acc[i][j]);
}

/**
 * C (m x n, row stride ldc) += scale * A B, C given by the caller. `lowerOnly` skips the tiles that lie wholly
 * above the diagonal (a symmetric result; mirror it afterwards).
 */
template <class A, class B>
void accumulate(size_t m, size_t n, size_t k, const A& a, const B& b, double* c, size_t ldc, bool lowerOnly = false,
                double scale = 1) {
  const size_t widest = std::min(NC, roundUp(n, NR));
  Scratch packedB(widest * KC);
  // Called from inside a parallel loop, and where waking a thread takes longer, this runs on the calling thread alone.
  const int threads = omp_in_parallel() || m * n * k < 4'000'000 ? 1 : omp_get_max_threads();
  Scratch packedA(static_cast<size_t>(threads) * (MC * KC + MR * NR));
  for (size_t j0 = 0; j0 < n; j0 += NC) {
    const size_t nc = std::min(NC, n - j0), panels = (nc + NR - 1) / NR;
    const size_t firstRow = lowerOnly ? j0 / MC * MC : 0;
    for (size_t p0 = 0; p0 < k; p0 += KC) {
      const size_t kc = std::min(KC, k - p0);
      const long blocks = m > firstRow ? static_cast<long>((m - firstRow + MC - 1) / MC) : 0;
#pragma omp parallel num_threads(threads)
      {
#pragma omp for schedule(static)
        for (long q = 0; q < static_cast<long>(panels); q++) {
          double* out = packedB + q * NR * KC;
          const size_t left = std::min(NR, nc - q * NR);
          for (size_t p = 0; p < kc; p++) {
            for (size_t j = 0; j < left; j++) out[p * NR + j] = b(p0 + p, j0 + q * NR + j);
            for (size_t j = left; j < NR; j++) out[p * NR + j] = 0;
          }
        }
        double* packed = packedA + omp_get_thread_num() * (MC * KC + MR * NR);
        double* tile = packed + MC * KC;
#pragma omp for schedule(dynamic)
        for (long block = blocks - 1; block >= 0; block--) {
          const size_t i0 = firstRow + block * MC, mc = std::min(MC, m - i0), strips = (mc + MR - 1) / MR;
          for (size_t s = 0; s < strips; s++) {
            double* out = packed + s * MR * KC;
            const size_t left = std::min(MR, mc - s * MR);
            for (size_t p = 0; p < kc; p++) {
              for (size_t i = 0; i < left; i++) out[p * MR + i] = scale * a(i0 + s * MR + i, p0 + p);
              for (size_t i = left; i < MR; i++) out[p * MR + i] = 0;
            }
          }
          for (size_t q = 0; q < panels; q++) {
            const size_t column = j0 + q * NR, width = std::min(NR, nc - q * NR);
            if (lowerOnly && column > i0 + mc - 1) break;
            for (size_t s = 0; s < strips; s++) {
              const size_t row = i0 + s * MR, height = std::min(MR, mc - s * MR);
              if (lowerOnly && column > row + height - 1) continue;
              micro(kc, packed + s * MR * KC, packedB + q * NR * KC, tile);
              for (size_t i = 0; i < height; i++)
                for (size_t j = 0; j < width; j++) c[(row + i) * ldc + column + j] += tile[i * NR + j];
            }
          }
        }
      }
    }
  }
}
}  // namespace gemm
