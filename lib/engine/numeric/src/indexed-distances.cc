// Distances to named rows: what UMAP's graph is made of.
#include "arguments.h"
#include "simd.h"

// A fused multiply-add rounds once where the reference rounds twice.
#ifdef __clang__
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

namespace {
/**
 * indexedDistances(a, m, x, n, d, k, indices, out): out[i, s] = |a_i - x_indices[i, s]| by differences. To the bit as
 * in TypeScript: UMAP's picture hangs on the last digit of these.
 */
void indexedDistances(const Napi::CallbackInfo& info) {
  const size_t m = sizeArgument(info, 1), n = sizeArgument(info, 3), d = sizeArgument(info, 4),
               k = sizeArgument(info, 5);
  const int32_t* indices = ints(info, 6, m * k);
  double* out = doubles(info, 7, m * k);
  for (size_t i = 0; i < m * k; i++)
    if (indices[i] < 0 || static_cast<size_t>(indices[i]) >= n) throw wrong(info, 6, "indices of rows");
  withReals(info, 0, m * d, [&](auto* a) {
    withReals(info, 2, n * d, [&](auto* x) {
#pragma omp parallel for schedule(static)
      for (long i = 0; i < static_cast<long>(m); i++)
        for (size_t s = 0; s < k; s++) {
          const auto* row = x + static_cast<size_t>(indices[i * k + s]) * d;
          double sum = 0;
          for (size_t p = 0; p < d; p++) {
            const double diff = static_cast<double>(a[i * d + p]) - static_cast<double>(row[p]);
            sum += diff * diff;
          }
          out[i * k + s] = std::sqrt(sum);
        }
    });
  });
}
}  // namespace

void initIndexedDistances(Napi::Env env, Napi::Object exports) {
  exportFunction<indexedDistances>(env, exports, "indexedDistances");
}
