// multiply: out = op(A) op(B). scatter: sum over rows of (x - mean)(x - mean)^T, streamed over blocks of rows.
#include <atomic>

#include "gemm.h"

namespace {
/** multiply(a, b, m, n, k, transposeA, transposeB, out): a is m x k (or k x m), b is k x n (or n x k). */
void multiply(const Napi::CallbackInfo& info) {
  const size_t m = sizeArgument(info, 2), n = sizeArgument(info, 3), k = sizeArgument(info, 4);
  const bool ta = info[5].ToBoolean(), tb = info[6].ToBoolean();
  double* out = doubles(info, 7, m * n);
  std::fill(out, out + m * n, 0.0);
  withReals(info, 0, m * k, [&](auto* a) {
    withReals(info, 1, k * n, [&](auto* b) {
      const size_t ai = ta ? 1 : k, ap = ta ? m : 1, bp = tb ? 1 : n, bj = tb ? k : 1;
      gemm::accumulate(
          m, n, k, [=](size_t i, size_t p) { return static_cast<double>(a[i * ai + p * ap]); },
          [=](size_t p, size_t j) { return static_cast<double>(b[p * bp + j * bj]); }, out, n);
    });
  });
}

/**
 * scatter(x, n, d, mean, out): added to the symmetric d x d `out`, so that rows can come block by block.
 * A wide result is shared out among the threads tile by tile. A narrow one has too little work per block of rows for
 * that: there the rows go in 16 chunks, one thread each, added in order.
 */
void scatter(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), d = sizeArgument(info, 2);
  const double* mean = doubles(info, 3, d);
  double* out = doubles(info, 4, d * d);
  const size_t chunks = d <= 256 && n >= 4096 ? 16 : 1, rows = (n + chunks - 1) / chunks;
  std::vector<double> partial(chunks * d * d, 0.0);
  std::atomic<bool> failed{false};
  withReals(info, 0, n * d, [&](auto* x) {
    const auto add = [&](size_t c) {
      const size_t from = c * rows, count = std::min(n, from + rows) - from;
      const auto* block = x + from * d;
      gemm::accumulate(
          d, d, count, [=](size_t i, size_t p) { return block[p * d + i] - mean[i]; },
          [=](size_t p, size_t j) { return block[p * d + j] - mean[j]; }, &partial[c * d * d], d, true);
    };
    if (chunks == 1) return add(0);
#pragma omp parallel for schedule(dynamic)
    for (long c = 0; c < static_cast<long>(chunks); c++) try {
        add(c);
      } catch (const std::bad_alloc&) {
        failed = true;
      }
  });
  if (failed) throw std::bad_alloc();
  for (size_t c = 0; c < chunks; c++)
    for (size_t i = 0; i < d * d; i++) out[i] += partial[c * d * d + i];
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < i; j++) out[j * d + i] = out[i * d + j];
}

/** project(x, n, d, mean, components, k, out): out = (x - mean) components^T, components k x d. */
void project(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), d = sizeArgument(info, 2), k = sizeArgument(info, 5);
  const double *mean = doubles(info, 3, d), *components = doubles(info, 4, k * d);
  double* out = doubles(info, 6, n * k);
  std::fill(out, out + n * k, 0.0);
  withReals(info, 0, n * d, [&](auto* x) {
    gemm::accumulate(
        n, k, d, [=](size_t i, size_t p) { return x[i * d + p] - mean[p]; },
        [=](size_t p, size_t j) { return components[j * d + p]; }, out, k);
  });
}

/** columnMeans(x, n, d, out): sums in fixed chunks of rows, then chunk by chunk, whatever the thread count. */
void columnMeans(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), d = sizeArgument(info, 2);
  double* out = doubles(info, 3, d);
  const size_t rows = std::max<size_t>(256, (n + 63) / 64), chunks = (n + rows - 1) / rows;
  std::vector<double> sums(chunks * d, 0.0);
  withReals(info, 0, n * d, [&](auto* x) {
#pragma omp parallel for schedule(static)
    for (long c = 0; c < static_cast<long>(chunks); c++)
      for (size_t i = c * rows; i < std::min(n, (c + 1) * rows); i++)
        for (size_t j = 0; j < d; j++) sums[c * d + j] += x[i * d + j];
  });
  for (size_t j = 0; j < d; j++) {
    double sum = 0;
    for (size_t c = 0; c < chunks; c++) sum += sums[c * d + j];
    out[j] = sum / static_cast<double>(n);
  }
}
}  // namespace

void initMatrixProduct(Napi::Env env, Napi::Object exports) {
  exportFunction<multiply>(env, exports, "multiply");
  exportFunction<scatter>(env, exports, "scatter");
  exportFunction<project>(env, exports, "project");
  exportFunction<columnMeans>(env, exports, "columnMeans");
}
