// Products of a few rows with sixteens of columns, held in registers: what the passes of winograd_f32.h are made of.
#pragma once
#include <array>
#include <utility>

#include "lanes.h"

namespace sky::winograd {
// What the registers hold of a product: rows, and columns in sixteens; rows where they lie along the depth.
#ifdef __AVX512F__
constexpr int kRows = 14, kWide = 2, kLongRows = 8;
#else
constexpr int kRows = 6, kWide = 1, kLongRows = 4;
#endif
constexpr int64_t kColumns = kWide * kLanes;

struct Left {  // element (row, step) at data + row * rowStep + step * depthStep
  const float* data;
  int64_t rowStep, depthStep;
};

// c[R][kColumns] = (accumulate ? c : 0) + left[R][depth] right[depth][kColumns]
template <int R>
void product(Left left, const float* right, int64_t rightStep, int64_t depth, float* c, int64_t ldc, bool accumulate) {
  Lanes sum[R][kWide] = {};
  for (int64_t d = 0; d < depth; d++) {
    const float *a = left.data + d * left.depthStep, *b = right + d * rightStep;
    Lanes columns[kWide];
#pragma GCC unroll 2
    for (int w = 0; w < kWide; w++) columns[w] = loadLanes(b + w * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
      for (int w = 0; w < kWide; w++) sum[r][w] += a[r * left.rowStep] * columns[w];
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
    for (int w = 0; w < kWide; w++) {
      float* to = c + r * ldc + w * kLanes;
      storeLanes(to, accumulate ? loadLanes(to) + sum[r][w] : sum[r][w]);
    }
  }
}

using Product = void (*)(Left, const float*, int64_t, int64_t, float*, int64_t, bool);
template <size_t... R>
constexpr std::array<Product, sizeof...(R)> productsOf(std::index_sequence<R...>) {
  return {product<int(R) + 1>...};
}
constexpr auto products = productsOf(std::make_index_sequence<kRows>());
}  // namespace sky::winograd
