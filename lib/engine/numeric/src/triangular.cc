// forwardSquares: |L^-1 b|^2 for many b at once. inverseFromCholesky: (L L^T)^-1.
#include <vector>

#include "arguments.h"
#include "simd.h"

namespace {
constexpr size_t LANES = 32;  // right-hand sides solved side by side: four registers hide the latency of each other

/** v = L^-1 b for LANES right-hand sides, b and v stored [n, LANES]; the rows of L begin `stride` values apart. */
void forward(const double* l, size_t n, size_t stride, const double* b, double* v) {
  for (size_t i = 0; i < n; i++) {
    v8 s0 = load8(b + i * LANES), s1 = load8(b + i * LANES + 8), s2 = load8(b + i * LANES + 16),
       s3 = load8(b + i * LANES + 24);
    const double* row = l + i * stride;
    for (size_t j = 0; j < i; j++) {
      const v8 x = splat(row[j]);
      const double* w = v + j * LANES;
      s0 -= x * load8(w);
      s1 -= x * load8(w + 8);
      s2 -= x * load8(w + 16);
      s3 -= x * load8(w + 24);
    }
    const v8 pivot = splat(row[i]);
    store8(v + i * LANES, s0 / pivot);
    store8(v + i * LANES + 8, s1 / pivot);
    store8(v + i * LANES + 16, s2 / pivot);
    store8(v + i * LANES + 24, s3 / pivot);
  }
}

/** forwardSquares(l, n, b, m, out): b holds m right-hand sides as rows; out[r] = |L^-1 b_r|^2. */
void forwardSquares(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), m = sizeArgument(info, 3), groups = (m + LANES - 1) / LANES;
  const double *l = doubles(info, 0, n * n), *b = doubles(info, 2, m * n);
  double* out = doubles(info, 4, m);
  const size_t each = 2 * n * LANES;
  Scratch scratch(each * static_cast<size_t>(omp_get_max_threads()));
#pragma omp parallel for schedule(static) if (n * n * m > 1000000)
  for (long g = 0; g < static_cast<long>(groups); g++) {
    double *sides = scratch + each * omp_get_thread_num(), *v = sides + n * LANES;
    const size_t first = g * LANES, count = m - first < LANES ? m - first : LANES;
    for (size_t i = 0; i < n; i++)
      for (size_t r = 0; r < LANES; r++) sides[i * LANES + r] = r < count ? b[(first + r) * n + i] : 0;
    forward(l, n, n, sides, v);
    double sums[LANES] = {};
    for (size_t i = 0; i < n; i++)
      for (size_t r = 0; r < LANES; r++) sums[r] += v[i * LANES + r] * v[i * LANES + r];
    for (size_t r = 0; r < count; r++) out[first + r] = sums[r];
  }
}

/** inverseFromCholesky(l, n, out): out = L^-T L^-1, both triangles. */
void inverseFromCholesky(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), groups = (n + LANES - 1) / LANES;
  const double* l = doubles(info, 0, n * n);
  double* out = doubles(info, 2, n * n);
  Scratch inverse(n * n);  // row c holds column c of L^-1
  const size_t each = 2 * n * LANES;
  Scratch scratch(each * static_cast<size_t>(omp_get_max_threads()));
#pragma omp parallel for schedule(dynamic) if (n > 256)
  for (long g = 0; g < static_cast<long>(groups); g++) {
    double *sides = scratch + each * omp_get_thread_num(), *v = sides + n * LANES;
    const size_t first = g * LANES, count = n - first < LANES ? n - first : LANES;
    // A column of L^-1 is zero above the diagonal: the solve begins there, and nothing above is read below.
    const size_t left = n - first;
    for (size_t i = 0; i < left * LANES; i++) sides[i] = 0;
    for (size_t r = 0; r < count; r++) sides[r * LANES + r] = 1;
    forward(l + first * n + first, left, n, sides, v);
    for (size_t r = 0; r < count; r++)
      for (size_t i = 0; i < left; i++) inverse[(first + r) * n + first + i] = v[i * LANES + r];
  }
#pragma omp parallel for schedule(dynamic) if (n > 256)
  for (long i = 0; i < static_cast<long>(n); i++)
    for (size_t j = 0; j <= static_cast<size_t>(i); j++) {
      const double *a = inverse + i * n, *b = inverse + j * n;
      v8 sum = {};
      size_t p = i;
      for (; p + 8 <= n; p += 8) sum += load8(a + p) * load8(b + p);
      double total = sum8(sum);
      for (; p < n; p++) total += a[p] * b[p];
      out[i * n + j] = out[j * n + i] = total;
    }
}
}  // namespace

void initTriangular(Napi::Env env, Napi::Object exports) {
  exportFunction<forwardSquares>(env, exports, "forwardSquares");
  exportFunction<inverseFromCholesky>(env, exports, "inverseFromCholesky");
}
