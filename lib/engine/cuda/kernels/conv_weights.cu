// The gradient of convolution weights on tensor cores: dw[tap][c][k] = sum over output pixels of dy[pixel][k] x[tap][c].
//
// The sum runs over all pixels of the batch, so blocks share it out: each sums a slice for one tile of channels and
// TILES tiles of the inner axis (three taps of a row, whose shifted inputs use the same dy, or 64 values each where
// channels are few), and a second kernel adds the slices in a fixed order, so that a run repeats exactly. Both factors lie with pixels outermost, hence the
// transposing ldmatrix on either side.
#include "conv.cu"

// Chunk c of pixel r in a stage's tile of 64 pixels: panels of 64 channels, swizzled as `conv.cu`'s.
constexpr int kPanel = 64 * 128;
SKY_DEVICE u32 panelChunk(int r, int c) { return (u32)((c >> 3) * kPanel + r * 128 + (((c & 7) ^ (r & 7)) << 4)); }

template <int BK, int TILES, int WARPS_K, int WARPS_C, int STAGES>
SKY_DEVICE void weightGradient(const u16* __restrict__ x, const u16* __restrict__ dy, float* __restrict__ slices,
                               const Conv& s, int tilesOfSlice) {
  constexpr int BP = 64, BC = 64, kThreads = 32 * WARPS_K * WARPS_C;  // pixels a step, width of an inner tile
  constexpr int WK = BK / WARPS_K, WC = BC / WARPS_C, KI = WK / 16, CI = WC / 8;
  constexpr int kDy = BP * BK * 2, kX = BP * BC * 2, kStage = kDy + TILES * kX;
  constexpr int kDyChunks = BK / 8, kXChunks = BC / 8;
  constexpr bool kFlat = TILES != 3;
  SKY_SHARED;
  const int thread = threadIdx.x, lane = thread & 31, warp = thread >> 5;
  const int warpK = warp / WARPS_C * WK, warpC = warp % WARPS_C * WC;
  const int k0 = blockIdx.x * BK, rows = s.n * s.p * s.q, inner = s.tapsH * s.tapsW * s.c;
  // With three tiles a block has one channel tile of as many neighbouring taps; else so many tiles of the flat axis.
  const int cTiles = s.c / BC, tileStep = kFlat ? BC : s.c;
  const int inner0 = kFlat ? blockIdx.y * TILES * BC : blockIdx.y / cTiles * TILES * s.c + blockIdx.y % cTiles * BC;
  const int firstTile = blockIdx.z * tilesOfSlice, allTiles = (rows + BP - 1) / BP;
  const int steps = allTiles - firstTile < tilesOfSlice ? allTiles - firstTile : tilesOfSlice;
  const u32 sharedBase = sharedAddress(shared);

  int channel[TILES], dh[TILES], dw[TILES];
  bool taken[TILES];
#pragma unroll
  for (int t = 0; t < TILES; t++) {
    const int e = inner0 + t * tileStep + thread % kXChunks * 8, tap = e / s.c;
    taken[t] = e < inner;
    channel[t] = e - tap * s.c;
    dh[t] = s.firstH + tap / s.tapsW * s.stepH, dw[t] = s.firstW + tap % s.tapsW * s.stepW;
  }
  // The pixels whose inputs this thread copies; a step is BP pixels on.
  constexpr int kRowsAtOnce = kThreads / kXChunks, XI = BP / kRowsAtOnce;
  const int image1 = BP / (s.p * s.q), row1 = BP % (s.p * s.q) / s.q, column1 = BP % (s.p * s.q) % s.q;
  const int first = thread / kXChunks, chunk = thread % kXChunks;
  int image[XI], row[XI], column[XI];
#pragma unroll
  for (int i = 0; i < XI; i++) {
    const int m = firstTile * BP + first + i * kRowsAtOnce, rest = m % (s.p * s.q);
    image[i] = m / (s.p * s.q), row[i] = rest / s.q, column[i] = rest % s.q;
  }
  auto load = [&](int step) {
    const u32 stage = sharedBase + (u32)(step % STAGES) * kStage;
    const int m0 = (firstTile + step) * BP;
#pragma unroll
    for (int i = thread; i < BP * kDyChunks; i += kThreads) {
      const int r = i / kDyChunks, c = i % kDyChunks;
      const bool valid = m0 + r < rows && k0 + c * 8 < s.k;
      copyAsync(stage + panelChunk(r, c), dy + (i64)(m0 + r) * s.k + k0 + c * 8, valid);
    }
#pragma unroll
    for (int i = 0; i < XI; i++) {
      const int top = row[i] * s.strideH, left = column[i] * s.strideW;
      const int corner = (image[i] * s.h + top) * s.w + left;
#pragma unroll
      for (int t = 0; t < TILES; t++) {
        const bool valid = (u32)(top + dh[t]) < (u32)s.h && (u32)(left + dw[t]) < (u32)s.w && image[i] < s.n && taken[t];
        const u16* from = x + channel[t] + (i64)(corner + dh[t] * s.w + dw[t]) * s.c;
        copyAsyncKept(stage + kDy + t * kX + panelChunk(first + i * kRowsAtOnce, chunk), from, valid);
      }
      image[i] += image1, row[i] += row1, column[i] += column1;
      if (column[i] >= s.q) column[i] -= s.q, row[i]++;
      if (row[i] >= s.p) row[i] -= s.p, image[i]++;
    }
  };

#ifdef SKY_WARPGROUPS
  float sum[TILES][KI][CI][4];  // the first product sets it
#else
  float sum[TILES][KI][CI][4] = {};
#endif
#pragma unroll
  for (int i = 0; i < STAGES - 1; i++) {
    if (i < steps) load(i);
    copyCommit();
  }
#ifdef SKY_WARPGROUPS
  static_assert(KI == 1 && WARPS_C == 1, "a warpgroup has 64 output channels and all tiles");
  auto& sums = reinterpret_cast<float (&)[TILES * CI][4]>(sum);
  // The first step stands apart, as its first product sets the sums: were that known at run time only, compilers before
  // CUDA 12.9 would wait after every product.
  auto multiply = [&](int step, bool first) {
    productsWait();
    copyWait<STAGES - 2>();
    sharedToProducts();
    barrier();
    const u32 stage = sharedBase + (u32)(step % STAGES) * kStage, a = stage + (warp >> 2) * kPanel;
    productsBegin();
#pragma unroll
    for (int pp = 0; pp < BP; pp += 16)
      multiplyAddGroup<TILES * BC, true>(sums, tileAt(a + pp * 128, kPanel), tileAt(stage + kDy + pp * 128, kX),
                                         !first || pp > 0);
    productsCommit();
    if (step + STAGES - 1 < steps) load(step + STAGES - 1);
    copyCommit();
  };
  multiply(0, true);
  for (int step = 1; step < steps; step++) multiply(step, false);
  productsWait();
  settled(sums);
#else
  for (int step = 0; step < steps; step++) {
    copyWait<STAGES - 2>();
    barrier();
    if (step + STAGES - 1 < steps) load(step + STAGES - 1);
    copyCommit();
    const u32 stage = sharedBase + (u32)(step % STAGES) * kStage;
    const int r8 = lane & 7, upper = (lane >> 3) & 1, last = lane >> 4;  // row in its matrix, and which of the four
#pragma unroll
    for (int pp = 0; pp < BP; pp += 16) {
      u32 fa[KI][4];
#pragma unroll
      for (int i = 0; i < KI; i++) {
        const int r = pp + last * 8 + r8, c = (warpK + i * 16) / 8 + upper;
        loadMatrix4Transposed(fa[i], stage + panelChunk(r, c));
      }
#pragma unroll
      for (int t = 0; t < TILES; t++)
#pragma unroll
        for (int j = 0; j < CI; j += 2) {
          u32 fb[4];
          const int r = pp + upper * 8 + r8, c = (warpC + j * 8) / 8 + last;
          loadMatrix4Transposed(fb, stage + kDy + t * kX + panelChunk(r, c));
#pragma unroll
          for (int i = 0; i < KI; i++) {
            multiplyAdd(sum[t][i][j], fa[i], fb[0], fb[1]);
            multiplyAdd(sum[t][i][j + 1], fa[i], fb[2], fb[3]);
          }
        }
    }
  }
#endif
  copyWait<0>();
  float* out = slices + (i64)blockIdx.z * inner * s.k;
#pragma unroll
  for (int t = 0; t < TILES; t++)
#pragma unroll
    for (int i = 0; i < KI; i++)
#pragma unroll
      for (int j = 0; j < CI; j++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
          const int k = k0 + warpK + i * 16 + half * 8 + (lane >> 2);
          const int e = inner0 + t * tileStep + warpC + j * 8 + (lane & 3) * 2;
          if (k >= s.k || e >= inner) continue;  // inner is a multiple of 8, so a pair is inside or outside as one
          float* to = out + (i64)k * inner + e;
          to[0] = sum[t][i][j][half * 2], to[1] = sum[t][i][j][half * 2 + 1];
        }
}
#define SKY_WEIGHTS(KERNEL, name, bk, tiles, wk, wc, stages)                                                        \
  KERNEL(32 * wk * wc, name, const u16* __restrict__ x, const u16* __restrict__ dy, float* __restrict__ slices, \
             Conv s, int tilesOfSlice) {                                                                            \
    weightGradient<bk, tiles, wk, wc, stages>(x, dy, slices, s, tilesOfSlice);                                      \
  }
#ifdef SKY_WARPGROUPS
SKY_WEIGHTS(SKY_KERNEL, weights64x1, 64, 1, 4, 1, 4)
SKY_WEIGHTS(SKY_KERNEL, weights64x3, 64, 3, 4, 1, 3)
SKY_WEIGHTS(SKY_KERNEL, weights64x4, 64, 4, 4, 1, 2)
SKY_WEIGHTS(SKY_KERNEL, weights128x1, 128, 1, 8, 1, 4)
SKY_WEIGHTS(SKY_KERNEL_WIDE, weights128x3, 128, 3, 8, 1, 3)
#else
SKY_WEIGHTS(SKY_KERNEL, weights64x1, 64, 1, 2, 4, 4)
SKY_WEIGHTS(SKY_KERNEL, weights64x3, 64, 3, 2, 4, 3)
SKY_WEIGHTS(SKY_KERNEL_WIDE, weights64x4, 64, 4, 2, 4, 2)
SKY_WEIGHTS(SKY_KERNEL, weights128x1, 128, 1, 4, 2, 4)
SKY_WEIGHTS(SKY_KERNEL_WIDE, weights128x3, 128, 3, 4, 2, 3)
#endif

// dw[tap][c][k], as tfjs has it, from the slices [slice][kPadded][tap][cPadded]: a block turns a tile of 32 by 32.
SKY_KERNEL(256, addSlices, const float* __restrict__ slices, float* __restrict__ dw, int taps, int c, int cPadded, int k,
           int kPadded, int count, Fold fold) {
  SKY_SHARED;
  float* tile = reinterpret_cast<float*>(shared);  // [32][33]
  const int across = threadIdx.x & 31, down = threadIdx.x >> 5, inner = taps * cPadded;
  const int e0 = blockIdx.x * 32, k0 = blockIdx.y * 32;
#pragma unroll
  for (int i = 0; i < 32; i += 8) {
    float v = 0;
    if (e0 + across < inner && k0 + down + i < k) {
      const float* from = slices + (i64)(k0 + down + i) * inner + e0 + across;
      for (int n = 0; n < count; n++) v += from[(i64)n * inner * kPadded];
    }
    tile[(down + i) * 33 + across] = v;
  }
  barrier();
#pragma unroll
  for (int i = 0; i < 32; i += 8) {
    const int e = e0 + down + i, o = k0 + across;
    int tap = e / cPadded, channel = e - tap * cPadded;
    if (e < inner && o < k && fold.unfold(tap, channel) && channel < c) dw[((i64)tap * c + channel) * k + o] = tile[across * 33 + down + i];
  }
}
