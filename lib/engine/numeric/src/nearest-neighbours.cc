// Exact nearest neighbours by blocked matrix products, and squared distances by plain differences.
//
// |x - y|^2 = |x|^2 + |y|^2 - 2 x.y after a shift of the columns (exact for lattices, see the TypeScript
// reference); the k smallest of each row sit in a max-heap with scikit-learn's push (utils/_heap), fed in ascending
// order of the index, so that ties are kept or dropped as there and whatever the number of threads.
#include "gemm.h"

namespace {
constexpr size_t ROWS = 512, COLUMNS = gemm::NC;

inline bool anyLess(v8 a, v8 b) {
#ifdef __AVX512F__
  return _mm512_cmp_pd_mask(reinterpret_cast<__m512d>(a), reinterpret_cast<__m512d>(b), _CMP_LT_OQ) != 0;
#else
  const v8i m = a < b;
  return (m[0] | m[1] | m[2] | m[3] | m[4] | m[5] | m[6] | m[7]) != 0;
#endif
}

/** Replaces the root of a max-heap of k values when `value` is strictly smaller. */
inline void push(double* values, int32_t* indices, size_t k, double value, int32_t index) {
  if (!(value < values[0])) return;
  size_t at = 0;
  for (;;) {
    const size_t left = 2 * at + 1, right = left + 1;
    if (left >= k) break;
    const size_t child = right < k && values[left] < values[right] ? right : left;
    if (!(value < values[child])) break;
    values[at] = values[child];
    indices[at] = indices[child];
    at = child;
  }
  values[at] = value;
  indices[at] = index;
}

/** tile = squared distances of `rows` rows of a from `a0` to `columns` rows of b from `b0`. */
template <class A, class B>
void distanceTile(const A* a, size_t a0, size_t rows, const double* aNorms, const B* b, size_t b0, size_t columns,
                  const double* bNorms, size_t d, const double* shift, double* tile) {
  std::fill(tile, tile + rows * COLUMNS, 0.0);
  gemm::accumulate(
      rows, columns, d, [=](size_t i, size_t p) { return a[(a0 + i) * d + p] - shift[p]; },
      [=](size_t p, size_t j) { return b[(b0 + j) * d + p] - shift[p]; }, tile, COLUMNS);
#pragma omp parallel for schedule(static)
  for (long i = 0; i < static_cast<long>(rows); i++) {
    double* row = tile + i * COLUMNS;
    const double norm = aNorms[a0 + i];
    for (size_t j = 0; j < columns; j++) {
      const double square = (norm + bNorms[b0 + j]) - 2 * row[j];
      row[j] = square > 0 ? square : 0;
    }
  }
}

/** Offers every distance of the tile to the heaps of its rows. */
void offerToRows(const double* tile, size_t rows, size_t columns, size_t b0, size_t k, double* values,
                 int32_t* indices) {
#pragma omp parallel for schedule(static)
  for (long i = 0; i < static_cast<long>(rows); i++) {
    const double* row = tile + i * COLUMNS;
    double* heap = values + i * k;
    int32_t* names = indices + i * k;
    size_t j = 0;
    for (; j + 8 <= columns; j += 8)
      if (anyLess(load8(row + j), splat(heap[0])))
        for (size_t s = j; s < j + 8; s++) push(heap, names, k, row[s], static_cast<int32_t>(b0 + s));
    for (; j < columns; j++) push(heap, names, k, row[j], static_cast<int32_t>(b0 + j));
  }
}

/** Offers every distance of the tile to the heaps of its columns from `first` on. */
void offerToColumns(const double* tile, size_t rows, size_t a0, size_t first, size_t columns, size_t k, double* values,
                    int32_t* indices) {
#pragma omp parallel for schedule(static)
  for (long c = 0; c < static_cast<long>((columns + 63) / 64); c++) {
    const size_t from = std::max<size_t>(first, c * 64), to = std::min<size_t>(columns, (c + 1) * 64);
    if (from >= to) continue;
    double roots[64];
    for (size_t j = from; j < to; j++) roots[j - from] = values[j * k];
    for (size_t i = 0; i < rows; i++) {
      const double* row = tile + i * COLUMNS;
      const auto offer = [&](size_t j) {
        if (!(row[j] < roots[j - from])) return;
        push(values + j * k, indices + j * k, k, row[j], static_cast<int32_t>(a0 + i));
        roots[j - from] = values[j * k];
      };
      size_t j = from;
      for (; j + 8 <= to; j += 8)
        if (anyLess(load8(row + j), load8(roots + (j - from))))
          for (size_t s = j; s < j + 8; s++) offer(s);
      for (; j < to; j++) offer(j);
    }
  }
}

/** shiftedNorms(x, n, d, shift, out): sums in the order of the products above, so a copy is at distance 0 exactly. */
void shiftedNorms(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), d = sizeArgument(info, 2);
  const double* shift = doubles(info, 3, d);
  double* out = doubles(info, 4, n);
  withReals(info, 0, n * d, [&](auto* x) {
#pragma omp parallel for schedule(static)
    for (long i = 0; i < static_cast<long>(n); i++) {
      double norm = 0;
      for (size_t p0 = 0; p0 < d; p0 += gemm::KC) {
        double sum = 0;
        for (size_t p = p0; p < std::min(d, p0 + gemm::KC); p++) {
          const double v = x[i * d + p] - shift[p];
          sum = multiplyAdd(v, v, sum);
        }
        norm += sum;
      }
      out[i] = norm;
    }
  });
}

/**
 * neighboursAmong(x, n, d, shift, norms, from, to, k, values, indices): the rows from..to-1 of x against the rows
 * from..n-1, each pair once, offered to the heaps of both; called for ascending blocks of rows it leaves in
 * values[n, k] and indices[n, k] the k nearest other rows of every row.
 */
void neighboursAmong(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), d = sizeArgument(info, 2), from = sizeArgument(info, 5),
               to = sizeArgument(info, 6), k = sizeArgument(info, 7);
  if (from > to || to > n || to - from > ROWS) throw wrong(info, 6, "at most 512 rows on and within the matrix");
  const double *shift = doubles(info, 3, d), *norms = doubles(info, 4, n);
  double* values = doubles(info, 8, n * k);
  int32_t* indices = ints(info, 9, n * k);
  const size_t rows = to - from;
  Scratch tile(ROWS * COLUMNS);
  withReals(info, 0, n * d, [&](auto* x) {
    for (size_t j0 = from; j0 < n; j0 += COLUMNS) {
      const size_t columns = std::min(COLUMNS, n - j0);
      distanceTile(x, from, rows, norms, x, j0, columns, norms, d, shift, tile.data);
      if (j0 == from)
        for (size_t i = 0; i < rows; i++) tile[i * COLUMNS + i] = INFINITY;  // no row is its own neighbour
      offerToRows(tile, rows, columns, j0, k, values + from * k, indices + from * k);
      // The square of the block with itself holds both orders of each pair; beyond it the columns learn theirs here.
      offerToColumns(tile, rows, from, j0 == from ? std::min(rows, columns) : 0, columns, k, values + j0 * k,
                     indices + j0 * k);
    }
  });
}

/**
 * neighboursOf(q, m, x, n, d, shift, qNorms, norms, from, to, k, values, indices): the k nearest rows of x for the
 * rows from..to-1 of q.
 */
void neighboursOf(const Napi::CallbackInfo& info) {
  const size_t m = sizeArgument(info, 1), n = sizeArgument(info, 3), d = sizeArgument(info, 4),
               from = sizeArgument(info, 8), to = sizeArgument(info, 9), k = sizeArgument(info, 10);
  if (from > to || to > m || to - from > ROWS) throw wrong(info, 9, "at most 512 rows on and within the queries");
  const double *shift = doubles(info, 5, d), *qNorms = doubles(info, 6, m), *norms = doubles(info, 7, n);
  double* values = doubles(info, 11, m * k);
  int32_t* indices = ints(info, 12, m * k);
  const size_t rows = to - from;
  Scratch tile(ROWS * COLUMNS);
  withReals(info, 0, m * d, [&](auto* q) {
    withReals(info, 2, n * d, [&](auto* x) {
      for (size_t j0 = 0; j0 < n; j0 += COLUMNS) {
        const size_t columns = std::min(COLUMNS, n - j0);
        distanceTile(q, from, rows, qNorms, x, j0, columns, norms, d, shift, tile.data);
        offerToRows(tile, rows, columns, j0, k, values + from * k, indices + from * k);
      }
    });
  });
}

/** squaredDistances(a, m, b, n, d, out): out[m, n] = sum (a - b)^2 by differences, exact for near-duplicates. */
void squaredDistances(const Napi::CallbackInfo& info) {
  const size_t m = sizeArgument(info, 1), n = sizeArgument(info, 3), d = sizeArgument(info, 4);
  double* out = doubles(info, 5, m * n);
  const size_t width = roundUp(n, 32);
  Scratch columns(width * d);  // b transposed: eight rows of b side by side in one register
  withReals(info, 2, n * d, [&](auto* b) {
    for (size_t p = 0; p < d; p++)
      for (size_t j = 0; j < width; j++) columns[p * width + j] = j < n ? b[j * d + p] : 0;
  });
  withReals(info, 0, m * d, [&](auto* a) {
#pragma omp parallel for schedule(static) if (m * n * d > 1000000)
    for (long i = 0; i < static_cast<long>(m); i++)
      for (size_t j = 0; j < n; j += 32) {
        v8 sums[4] = {};  // four sums at once hide the latency of each other
        for (size_t p = 0; p < d; p++) {
          const v8 x = splat(a[i * d + p]);
          const double* row = columns + p * width + j;
#pragma GCC unroll 4
          for (size_t s = 0; s < 4; s++) {
            const v8 diff = x - load8(row + 8 * s);
            sums[s] += diff * diff;
          }
        }
        std::memcpy(out + i * n + j, sums, std::min<size_t>(32, n - j) * sizeof(double));
      }
  });
}

}  // namespace

void initNearestNeighbours(Napi::Env env, Napi::Object exports) {
  exportFunction<shiftedNorms>(env, exports, "shiftedNorms");
  exportFunction<neighboursAmong>(env, exports, "neighboursAmong");
  exportFunction<neighboursOf>(env, exports, "neighboursOf");
  exportFunction<squaredDistances>(env, exports, "squaredDistances");
}
