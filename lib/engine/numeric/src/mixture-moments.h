// The moments of a mixture's components about their centres, summed over a chunk of rows.
#pragma once
#include <vector>

#include "mixture-model.h"

namespace mixture {
constexpr size_t PENDING = 64;

/** second[d][width] += sum over `count` rows z of z z^T: the tile of 4 rows at i0 and W vectors at j0. */
template <int W>
inline void rankUpdate(const double* z, size_t count, size_t width, size_t i0, size_t j0, size_t d, double* second) {
  v8 acc[TILE][W] = {};
  for (size_t r = 0; r < count; r++, z += width) {
    v8 x[W];
    for (int v = 0; v < W; v++) x[v] = load8(z + j0 + v * 8);
#pragma GCC unroll 4
    for (size_t i = 0; i < TILE; i++)
      for (int v = 0; v < W; v++) acc[i][v] += z[i0 + i] * x[v];
  }
  for (size_t i = 0; i < TILE && i0 + i < d; i++)
    for (int v = 0; v < W; v++) {
      double* out = second + (i0 + i) * width + j0 + v * 8;
      store8(out, load8(out) + acc[i][v]);
    }
}

/** Moments of one chunk of rows. Rows wait in a small buffer per component, to be added 64 at a time. */
struct Moments {
  const Model& model;
  double *counts, *sums, *seconds;  // [k], [k][width], [k][d][width]
  Scratch pending;
  std::vector<size_t> waiting;

  explicit Moments(const Model& model)
      : model(model),
        counts(nullptr),
        sums(nullptr),
        seconds(nullptr),
        pending(model.k * PENDING * model.width),
        waiting(model.k, 0) {}
  static size_t size(const Model& m) { return roundUp(m.k, 8) + m.k * m.width * (m.d + 1); }
  void into(double* memory) {
    counts = memory;
    sums = memory + roundUp(model.k, 8);
    seconds = sums + model.k * model.width;
    std::fill(memory, memory + size(model), 0.0);
  }
  void add(size_t k, double r, const double* row) {
    const size_t width = model.width;
    const double* centre = model.centres + k * width;
    double *z = pending + (k * PENDING + waiting[k]) * width, *sum = sums + k * width;
    const double root = std::sqrt(r);
    for (size_t j = 0; j < width; j += 8) {
      const v8 x = load8(row + j) - load8(centre + j);
      store8(sum + j, load8(sum + j) + r * x);
      store8(z + j, root * x);
    }
    counts[k] += r;
    if (++waiting[k] == PENDING) flush(k);
  }
  void flush(size_t k) {
    const size_t width = model.width, d = model.d;
    const double* z = pending + k * PENDING * width;
    double* second = seconds + k * d * width;
    for (size_t i0 = 0; i0 < d; i0 += TILE) {
      const size_t end = std::min(roundUp(d, 8), roundUp(i0 + TILE, 8));
      size_t j0 = 0;
      for (; j0 + 32 <= end; j0 += 32) rankUpdate<4>(z, waiting[k], width, i0, j0, d, second);
      const size_t left = (end - j0) / 8;
      if (left == 3) rankUpdate<3>(z, waiting[k], width, i0, j0, d, second);
      if (left == 2) rankUpdate<2>(z, waiting[k], width, i0, j0, d, second);
      if (left == 1) rankUpdate<1>(z, waiting[k], width, i0, j0, d, second);
    }
    waiting[k] = 0;
  }
  void flushAll() {
    for (size_t k = 0; k < model.k; k++) flush(k);
  }
};
}  // namespace mixture
