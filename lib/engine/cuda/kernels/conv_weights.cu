// The gradient of convolution weights on tensor cores: dw[tap][c][k] = sum over output pixels of dy[pixel][k] x[tap][c].
//
// The sum runs over all pixels of the batch, so blocks share it out: each sums a slice for one tile of channels and
// TILES tiles of the inner axis (three taps of a row, whose shifted inputs use the same dy), and a second kernel adds
// the slices in a fixed order, so that a run repeats exactly. Both factors lie with pixels outermost, hence the
// transposing ldmatrix on either side.
#include "conv.cu"

template <int BK, int TILES, int WARPS_K, int WARPS_C, int STAGES>
SKY_DEVICE void weightGradient(const u16* __restrict__ x, const u16* __restrict__ dy, float* __restrict__ slices,
                               const Conv& s, int tilesOfSlice) {
  constexpr int BP = 64, BC = 64, kThreads = 32 * WARPS_K * WARPS_C;  // pixels a step, width of an inner tile
  constexpr int WK = BK / WARPS_K, WC = BC / WARPS_C, KI = WK / 16, CI = WC / 8;
  constexpr int kDy = BP * BK * 2, kX = BP * BC * 2, kStage = kDy + TILES * kX;
  constexpr int kDyChunks = BK / 8, kXChunks = BC / 8;
  SKY_SHARED;
  const int thread = threadIdx.x, lane = thread & 31, warp = thread >> 5;
  const int warpK = warp / WARPS_C * WK, warpC = warp % WARPS_C * WC;
  const int k0 = blockIdx.x * BK, rows = s.n * s.p * s.q, inner = s.tapsH * s.tapsW * s.c;
  // With several tiles a block has one channel tile of as many neighbouring taps; with one, 64 of the flat axis.
  const int cTiles = s.c / BC, inner0 = TILES == 1 ? blockIdx.y * BC : (blockIdx.y / cTiles * TILES) * s.c + blockIdx.y % cTiles * BC;
  const int firstTile = blockIdx.z * tilesOfSlice, allTiles = (rows + BP - 1) / BP;
  const int steps = allTiles - firstTile < tilesOfSlice ? allTiles - firstTile : tilesOfSlice;
  const u32 sharedBase = sharedAddress(shared);

  int channel[TILES], dh[TILES], dw[TILES];
  bool taken[TILES];
#pragma unroll
  for (int t = 0; t < TILES; t++) {
    const int e = inner0 + t * s.c + thread % kXChunks * 8, tap = e / s.c;
    taken[t] = e < inner;
    channel[t] = e - tap * s.c;
    dh[t] = s.firstH + tap / s.tapsW * s.stepH, dw[t] = s.firstW + tap % s.tapsW * s.stepW;
  }
  auto load = [&](int step) {
    const u32 stage = sharedBase + (u32)(step % STAGES) * kStage;
    const int m0 = (firstTile + step) * BP;
#pragma unroll
    for (int i = thread; i < BP * kDyChunks; i += kThreads) {
      const int r = i / kDyChunks, c = i % kDyChunks;
      const bool valid = m0 + r < rows && k0 + c * 8 < s.k;
      copyAsync(stage + r * BK * 2 + ((c ^ (r & 7)) << 4), dy + (valid ? (i64)(m0 + r) * s.k + k0 + c * 8 : 0), valid);
    }
#pragma unroll
    for (int i = thread; i < BP * kXChunks; i += kThreads) {
      const int r = i / kXChunks, c = i % kXChunks, m = m0 + r;
      const int inside = m < rows ? m : 0, image = inside / (s.p * s.q), rest = inside - image * s.p * s.q;
      const int p = rest / s.q, top = m < rows ? p * s.strideH : -0x100000, left = (rest - p * s.q) * s.strideW;
#pragma unroll
      for (int t = 0; t < TILES; t++) {
        const int h = top + dh[t], w = left + dw[t];
        const bool valid = (u32)h < (u32)s.h && (u32)w < (u32)s.w && taken[t];
        const i64 from = valid ? (((i64)image * s.h + h) * s.w + w) * s.c + channel[t] : 0;
        copyAsync(stage + kDy + t * kX + r * BC * 2 + ((c ^ (r & 7)) << 4), x + from, valid);
      }
    }
  };

  float sum[TILES][KI][CI][4] = {};
#pragma unroll
  for (int i = 0; i < STAGES - 1; i++) {
    if (i < steps) load(i);
    copyCommit();
  }
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
        loadMatrix4Transposed(fa[i], stage + r * BK * 2 + ((c ^ (r & 7)) << 4));
      }
#pragma unroll
      for (int t = 0; t < TILES; t++)
#pragma unroll
        for (int j = 0; j < CI; j += 2) {
          u32 fb[4];
          const int r = pp + upper * 8 + r8, c = (warpC + j * 8) / 8 + last;
          loadMatrix4Transposed(fb, stage + kDy + t * kX + r * BC * 2 + ((c ^ (r & 7)) << 4));
#pragma unroll
          for (int i = 0; i < KI; i++) {
            multiplyAdd(sum[t][i][j], fa[i], fb[0], fb[1]);
            multiplyAdd(sum[t][i][j + 1], fa[i], fb[2], fb[3]);
          }
        }
    }
  }
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
          const int e = inner0 + t * s.c + warpC + j * 8 + (lane & 3) * 2;
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
SKY_WEIGHTS(SKY_KERNEL, weights64x3, 64, 3, 2, 4, 3)
SKY_WEIGHTS(SKY_KERNEL_WIDE, weights128x3, 128, 3, 4, 2, 3)
SKY_WEIGHTS(SKY_KERNEL, weights64x1, 64, 1, 2, 4, 4)
SKY_WEIGHTS(SKY_KERNEL, weights128x1, 128, 1, 4, 2, 4)

// dw[tap][c][k], as tfjs has it, from the slices [slice][kPadded][tap][cPadded]: a block turns a tile of 32 by 32.
SKY_KERNEL(256, addSlices, const float* __restrict__ slices, float* __restrict__ dw, int taps, int c, int cPadded, int k,
           int kPadded, int count) {
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
    const int e = e0 + down + i, tap = e / cPadded, channel = e - tap * cPadded, o = k0 + across;
    if (e < inner && channel < c && o < k) dw[((i64)tap * c + channel) * k + o] = tile[across * 33 + down + i];
  }
}
