// densitySums: out[g] = sum_i exp(-((grid_g - x_i) / h)^2 / 2), the sum of a one-dimensional Gaussian KDE.
#include "arguments.h"
#include "simd.h"

namespace {
/** densitySums(x, n, grid, m, bandwidth, out) */
void densitySums(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), m = sizeArgument(info, 3);
  const double *x = doubles(info, 0, n), *grid = doubles(info, 2, m), scale = 1 / numberArgument(info, 4);
  double* out = doubles(info, 5, m);
#pragma omp parallel for schedule(static)
  for (long g = 0; g < static_cast<long>(m); g++) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
      const double z = (grid[g] - x[i]) * scale;
      sum += std::exp(-0.5 * z * z);
    }
    out[g] = sum;
  }
}
}  // namespace

void initDensity(Napi::Env env, Napi::Object exports) { exportFunction<densitySums>(env, exports, "densitySums"); }
