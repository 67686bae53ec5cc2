// A Gaussian mixture as the pass over the rows reads it, and the distances of 32 rows at once.
#pragma once
#include <vector>

#include "simd.h"

namespace mixture {
constexpr size_t LANES = 32, VECTORS = LANES / 8, TILE = 4;

struct Model {
  size_t d, k, width;  // width: the row stride of padded rows, a multiple of 8 that is not one of 64
  const double *means, *coefficients, *centres;
  std::vector<double> packed;  // factors in tiles of 4 rows: [component][tile][column][row in tile]
  size_t packedSize = 0;

  Model(size_t d, size_t k) : d(d), k(k), width(roundUp(d, 8)) {
    if (width % 64 == 0) width += 8;
  }
  void pack(const double* factors) {
    const size_t tiles = (d + TILE - 1) / TILE;
    packedSize = 0;
    for (size_t t = 0; t < tiles; t++) packedSize += std::min(d, (t + 1) * TILE) * TILE;
    packed.assign(packedSize * k, 0.0);
    for (size_t c = 0; c < k; c++) {
      double* out = packed.data() + c * packedSize;
      for (size_t t = 0; t < tiles; t++)
        for (size_t j = 0; j < std::min(d, (t + 1) * TILE); j++)
          for (size_t i = 0; i < TILE; i++, out++) {
            const size_t row = t * TILE + i;
            if (row < d && j <= row) *out = factors[(c * d + row) * d + j];
          }
    }
  }
};

/** The squared length of F_k (x - m_k) for 32 rows; `rows` is [d][32]. */
inline void mahalanobis(const Model& model, size_t k, const double* rows, double* difference, v8 out[VECTORS]) {
  const double *mean = model.means + k * model.d, *f = model.packed.data() + k * model.packedSize;
  for (size_t j = 0; j < model.d; j++)
    for (size_t v = 0; v < VECTORS; v++)
      store8(difference + j * LANES + v * 8, load8(rows + j * LANES + v * 8) - mean[j]);
  v8 total[VECTORS] = {};
  for (size_t t = 0; t * TILE < model.d; t++) {
    v8 y[TILE][VECTORS] = {};
    const size_t columns = std::min(model.d, (t + 1) * TILE);
    const double* z = difference;
    for (size_t j = 0; j < columns; j++, f += TILE, z += LANES) {
      v8 x[VECTORS];
      for (size_t v = 0; v < VECTORS; v++) x[v] = load8(z + v * 8);
#pragma GCC unroll 4
      for (size_t i = 0; i < TILE; i++)
        for (size_t v = 0; v < VECTORS; v++) y[i][v] += f[i] * x[v];
    }
    for (size_t i = 0; i < TILE; i++)
      for (size_t v = 0; v < VECTORS; v++) total[v] += y[i][v] * y[i][v];
  }
  for (size_t v = 0; v < VECTORS; v++) out[v] = total[v];
}
}  // namespace mixture
