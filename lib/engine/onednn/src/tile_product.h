// C += A B on blocks of 32 x 32: the one product that our convolutions are made of.
//
// A tile is 16 rows of 64 bytes. A row of A holds 16 units along the sum (a unit is one f32, or two bf16), at any
// distance from the next row; tile B holds the same 16 units as rows, each for 16 columns of C. That is the layout of
// AMX; AVX-512 reads it too, a unit of A against a row of B at a time. Where there is neither, `tilesUsable` is false
// and oneDNN does the work.
#pragma once
#include <cstdint>

#include "common.h"

namespace sky {
constexpr int64_t kTile = 1024;  // bytes of a tile of B; a pair of them lies side by side
constexpr int64_t kBlock = 32;   // rows and columns of C

// `count` steps of a product: step i reads A at a0 + i aStep and a1 + i aStep, B at the offset b + i bStep.
struct Run {
  const char *a0, *a1;   // rows 0-15 and 16-31
  int64_t rows0, rows1;  // bytes from one row of A to the next
  int64_t aStep, b, bStep, count;
};

// Whether this build and CPU have the instructions.
bool tilesUsable();

// Values along the sum in one step.
inline int64_t tileDepth(Type type) { return type == Type::BF16 ? 32 : 16; }

// Sets the thread up for products of a type, and back; products are called in between.
class TileSession {
 public:
  explicit TileSession(Type type);
  ~TileSession();
  TileSession(const TileSession&) = delete;
  // c[32][ldc] = (accumulate ? c : 0) + the sum over runs
  void multiply(const Run* runs, int64_t n, const char* b, float* c, int64_t ldc, bool accumulate) const {
    product_(runs, n, b, c, ldc, accumulate);
  }

 private:
  void (*product_)(const Run*, int64_t, const char*, float*, int64_t, bool);
  bool amx_;
};
}  // namespace sky
