// k-means: assignment of rows to their nearest centre with the sums of the clusters, and the distances of k-means++.
// Squared distances are sums of squared differences, so ties and duplicates come out as in the reference
// (lib/models/k-means.ts); chunks of rows are fixed and added in order, whatever the number of threads.
#include <limits>
#include <vector>

#include "arguments.h"
#include "simd.h"

namespace {
constexpr size_t LANES = 32, VECTORS = LANES / 8;

struct Chunks {
  size_t count, rows;
  explicit Chunks(size_t n) {
    count = std::max<size_t>(1, std::min<size_t>(64, (n + 1023) / 1024));
    rows = (n + count - 1) / count;
  }
};

/** 32 rows as [d][32]; rows past the end repeat the first. */
template <class T>
void transpose(const T* x, size_t d, size_t count, double* out) {
  for (size_t i = 0; i < LANES; i++)
    for (size_t j = 0; j < d; j++) out[j * LANES + i] = x[(i < count ? i : 0) * d + j];
}

inline void squaredDistances(const double* rows, const double* centre, size_t d, v8 out[VECTORS]) {
  v8 total[VECTORS] = {};
  for (size_t j = 0; j < d; j++)
    for (size_t v = 0; v < VECTORS; v++) {
      const v8 x = load8(rows + j * LANES + v * 8) - centre[j];
      total[v] += x * x;
    }
  for (size_t v = 0; v < VECTORS; v++) out[v] = total[v];
}

/**
 * kMeansAssign(x, n, d, k, centres, labels, sums, counts, totals): labels in and out; totals[0] = inertia with
 * respect to `centres`, totals[1] = how many labels changed.
 */
void kMeansAssign(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), d = sizeArgument(info, 2), k = sizeArgument(info, 3);
  const double* centres = doubles(info, 4, k * d);
  int32_t* labels = ints(info, 5, n);
  double *sums = doubles(info, 6, k * d), *counts = doubles(info, 7, k), *totals = doubles(info, 8, 2);
  const Chunks chunks(n);
  const size_t size = roundUp(k * d + k + 2, 8);
  std::vector<double> partial(chunks.count * size, 0.0);
  const size_t threads = omp_get_max_threads();
  Scratch scratch(threads * d * LANES);
  withReals(info, 0, n * d, [&](auto* x) {
#pragma omp parallel for schedule(dynamic)
    for (long c = 0; c < static_cast<long>(chunks.count); c++) {
      double *mine = &partial[c * size], *rows = scratch + omp_get_thread_num() * d * LANES;
      const size_t to = std::min(n, (c + 1) * chunks.rows);
      for (size_t i0 = c * chunks.rows; i0 < to; i0 += LANES) {
        const size_t count = std::min(LANES, to - i0);
        transpose(x + i0 * d, d, count, rows);
        v8 nearest[VECTORS];
        v8i index[VECTORS];
        for (size_t q = 0; q < k; q++) {
          v8 distance[VECTORS];
          squaredDistances(rows, centres + q * d, d, distance);
          for (size_t v = 0; v < VECTORS; v++) {
            if (q == 0) nearest[v] = distance[v], index[v] = v8i{};
            const v8i less = distance[v] < nearest[v];
            index[v] = less ? v8i{} + static_cast<long long>(q) : index[v];
            nearest[v] = less ? distance[v] : nearest[v];
          }
        }
        for (size_t i = 0; i < count; i++) {
          const int32_t label = static_cast<int32_t>(index[i / 8][i % 8]);
          mine[k * d + k] += nearest[i / 8][i % 8];
          mine[k * d + k + 1] += labels[i0 + i] != label;
          labels[i0 + i] = label;
          mine[k * d + label] += 1;
          for (size_t j = 0; j < d; j++) mine[label * d + j] += x[(i0 + i) * d + j];
        }
      }
    }
  });
  std::fill(sums, sums + k * d, 0.0);
  std::fill(counts, counts + k, 0.0);
  totals[0] = totals[1] = 0;
  for (size_t c = 0; c < chunks.count; c++) {
    const double* from = &partial[c * size];
    for (size_t i = 0; i < k * d; i++) sums[i] += from[i];
    for (size_t i = 0; i < k; i++) counts[i] += from[k * d + i];
    for (size_t i = 0; i < 2; i++) totals[i] += from[k * d + k + i];
  }
}

/**
 * seedDistances(x, n, d, candidates, m, closest, potentials, update): potentials[c] = sum_i min(closest_i,
 * |x_i - candidate_c|^2); with `update` (m = 1), closest_i becomes that minimum.
 */
void seedDistances(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), d = sizeArgument(info, 2), m = sizeArgument(info, 4);
  const double* candidates = doubles(info, 3, m * d);
  double *closest = doubles(info, 5, n), *potentials = doubles(info, 6, m);
  const bool update = info[7].ToBoolean();
  const Chunks chunks(n);
  const size_t size = roundUp(m, 8);
  std::vector<double> partial(chunks.count * size, 0.0);
  Scratch scratch(static_cast<size_t>(omp_get_max_threads()) * d * LANES);
  withReals(info, 0, n * d, [&](auto* x) {
#pragma omp parallel for schedule(dynamic)
    for (long c = 0; c < static_cast<long>(chunks.count); c++) {
      double* rows = scratch + omp_get_thread_num() * d * LANES;
      const size_t to = std::min(n, (c + 1) * chunks.rows);
      for (size_t i0 = c * chunks.rows; i0 < to; i0 += LANES) {
        const size_t count = std::min(LANES, to - i0);
        transpose(x + i0 * d, d, count, rows);
        for (size_t q = 0; q < m; q++) {
          v8 distance[VECTORS];
          squaredDistances(rows, candidates + q * d, d, distance);
          for (size_t i = 0; i < count; i++) {
            const double least = std::min(closest[i0 + i], static_cast<double>(distance[i / 8][i % 8]));
            partial[c * size + q] += least;
            if (update) closest[i0 + i] = least;
          }
        }
      }
    }
  });
  for (size_t q = 0; q < m; q++) {
    potentials[q] = 0;
    for (size_t c = 0; c < chunks.count; c++) potentials[q] += partial[c * size + q];
  }
}
}  // namespace

void initKMeans(Napi::Env env, Napi::Object exports) {
  exportFunction<kMeansAssign>(env, exports, "kMeansAssign");
  exportFunction<seedDistances>(env, exports, "seedDistances");
}
