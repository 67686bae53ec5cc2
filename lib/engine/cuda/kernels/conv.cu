// Convolution as an implicit matrix product on tensor cores: rows are output pixels, columns output channels, and the
// inner axis runs over taps and input channels. x [n, h, w, c] and weights [k][taps * c] in bf16, y [n, p, q, k].
//
// One kernel for forward and backward-data: a tap is a shift of the input and a slice of the weights, so stride-1
// backward-data is this with mirrored weights, and a stride of s is s * s calls, one for each parity of the input
// pixel. With `partial`, each block also leaves the sum and the sum of squares of its columns, for a batch norm.
// Channels come in multiples of 8; a row of the packed weights is filled with zeros up to a multiple of 64.
#include "device.h"

struct Conv {
  int n, h, w, c;            // input
  int k, p, q;               // output channels, and the pixels that this call computes
  int strideH, strideW;      // tap (i, j) of output (p, q) meets the input at
  int tapsH, tapsW;          //   (p * strideH + firstH + i * stepH, q * strideW + firstW + j * stepW)
  int firstH, stepH, firstW, stepW;
  int outH, outW;            // output (p, q) goes to (p * outStepH + outTop, q * outStepW + outLeft)
  int outStepH, outStepW, outTop, outLeft;
  int relu;
};

// Runs over the inner axis in steps of 64; a thread looks after eight channels, which have one tap. Where channels come
// in multiples of 64, all taps of 64 channels are seen before the next 64: their pixels are in L1 by then.
struct TapWalk {
  int row = 0, column = 0, channel;
  SKY_DEVICE TapWalk(int first, const Conv& s) : channel(first) { settle(s); }
  SKY_DEVICE void advance(int by, const Conv& s) {
    if (s.c % by != 0) channel += by, settle(s);
    else if (++column == s.tapsW) {
      column = 0;
      if (++row == s.tapsH) row = 0, channel += by;
    }
  }
  SKY_DEVICE bool inside(const Conv& s) const { return row < s.tapsH; }
  SKY_DEVICE void settle(const Conv& s) {
    while (channel >= s.c) {
      channel -= s.c;
      if (++column == s.tapsW) column = 0, row++;
    }
  }
};

template <int BM, int BN, int WARPS_M, int WARPS_N, int STAGES, class Out>
SKY_DEVICE void convolve(const u16* __restrict__ x, const u16* __restrict__ weights, const float* __restrict__ bias,
                         Out* __restrict__ y, float* __restrict__ partial, const Conv& s) {
  constexpr int BK = 64, kThreads = 32 * WARPS_M * WARPS_N, kRowsAtOnce = kThreads / 8;
  constexpr int WM = BM / WARPS_M, WN = BN / WARPS_N, MI = WM / 16, NI = WN / 8;
  constexpr int kStage = (BM + BN) * BK * 2;
  SKY_SHARED;
  const int thread = threadIdx.x, lane = thread & 31, warp = thread >> 5;
#ifdef SKY_WARPGROUPS
  // The four warps of a group have 16 rows each of every 64.
  constexpr int kRowStep = 64;
  const int warpM = (warp >> 2) * (4 * WM) + (warp & 3) * 16, warpN = 0;
  static_assert(WARPS_N == 1 && WARPS_M % 4 == 0, "a warpgroup has whole rows");
#else
  constexpr int kRowStep = 16;
  const int warpM = warp / WARPS_N * WM, warpN = warp % WARPS_N * WN;
#endif
  const int row0 = blockIdx.x * BM, column0 = blockIdx.y * BN, rows = s.n * s.p * s.q;
  const int chunk = thread & 7, first = thread >> 3;

  // What this thread copies: the same 16-byte column of BM / kRowsAtOnce pixels and BN / kRowsAtOnce filters.
  constexpr int AI = BM / kRowsAtOnce, BI = BN / kRowsAtOnce;
  int top[AI], left[AI], corner[AI];  // where the pixel's window begins, perhaps outside the image
#pragma unroll
  for (int i = 0; i < AI; i++) {
    const int m = row0 + first + i * kRowsAtOnce, inside = m < rows ? m : 0;
    const int image = inside / (s.p * s.q), rest = inside - image * s.p * s.q, p = rest / s.q;
    left[i] = (rest - p * s.q) * s.strideW + s.firstW;
    top[i] = p * s.strideH + s.firstH;
    corner[i] = (image * s.h + top[i]) * s.w + left[i];
    if (m >= rows) top[i] = -0x100000;  // far outside: copies zeros
  }
  const int steps = (s.tapsH * s.tapsW * s.c + BK - 1) / BK;
  const i64 pitch = (i64)steps * BK;
  const u16* filter = weights + (column0 + first) * pitch + chunk * 8;
  const u32 sharedBase = sharedAddress(shared);
  const u32 slot = (u32)(first * 128 + ((chunk ^ (first & 7)) << 4));  // swizzled, so that ldmatrix meets no conflict

  TapWalk tap(chunk * 8, s);
  auto load = [&](int step) {
    const u32 a = sharedBase + (u32)(step % STAGES) * kStage + slot, b = a + BM * BK * 2;
    const int dh = tap.row * s.stepH, dw = tap.column * s.stepW;
    const int on = dh * s.w + dw;
    const u16* from = x + tap.channel;
    const bool inside = tap.inside(s);
#pragma unroll
    for (int i = 0; i < AI; i++) {
      const bool valid = (u32)(top[i] + dh) < (u32)s.h && (u32)(left[i] + dw) < (u32)s.w && inside;
      copyAsyncKept(a + i * kRowsAtOnce * 128, from + (i64)(corner[i] + on) * s.c, valid);
    }
#pragma unroll
    for (int i = 0; i < BI; i++) copyAsync(b + i * kRowsAtOnce * 128, filter + i * kRowsAtOnce * pitch + (i64)step * BK, true);
    tap.advance(BK, s);
  };

#ifdef SKY_WARPGROUPS
  float sum[MI][NI][4];  // the first product sets it: anything else that did would keep the products apart
  if (steps == 0) {
#pragma unroll
    for (int i = 0; i < MI * NI * 4; i++) (&sum[0][0][0])[i] = 0;
  }
#else
  float sum[MI][NI][4] = {};
#endif
#pragma unroll
  for (int i = 0; i < STAGES - 1; i++) {
    if (i < steps) load(i);
    copyCommit();
  }
#ifdef SKY_WARPGROUPS
  for (int step = 0; step < steps; step++) {
    productsWait();  // nobody reads the stage any more that is loaded next
    copyWait<STAGES - 2>();
    sharedToProducts();
    barrier();
    const u32 a = sharedBase + (u32)(step % STAGES) * kStage + (warp >> 2) * (4 * WM) * 128;
    const u32 b = sharedBase + (u32)(step % STAGES) * kStage + BM * BK * 2;
    productsBegin();
#pragma unroll
    for (int kk = 0; kk < BK / 16; kk++)
#pragma unroll
      for (int i = 0; i < MI; i++)
        multiplyAddGroup<BN, false>(sum[i], tileAt(a + i * 64 * 128 + kk * 32), tileAt(b + kk * 32), step + kk > 0);
    productsCommit();
    if (step + STAGES - 1 < steps) load(step + STAGES - 1);
    copyCommit();
  }
  productsWait();
#pragma unroll
  for (int i = 0; i < MI; i++) settled(sum[i]);
#else
  for (int step = 0; step < steps; step++) {
    copyWait<STAGES - 2>();
    barrier();
    if (step + STAGES - 1 < steps) load(step + STAGES - 1);
    copyCommit();
    const u32 a = sharedBase + (u32)(step % STAGES) * kStage, b = a + BM * BK * 2;
#pragma unroll
    for (int kk = 0; kk < BK / 16; kk++) {
      u32 fa[MI][4], fb[NI / 2][4];
#pragma unroll
      for (int i = 0; i < MI; i++) {
        const int r = warpM + i * kRowStep + (lane & 15), c = kk * 2 + (lane >> 4);
        loadMatrix4(fa[i], a + r * 128 + ((c ^ (r & 7)) << 4));
      }
#pragma unroll
      for (int j = 0; j < NI / 2; j++) {
        const int r = warpN + j * 16 + (lane & 7) + ((lane >> 4) << 3), c = kk * 2 + ((lane >> 3) & 1);
        loadMatrix4(fb[j], b + r * 128 + ((c ^ (r & 7)) << 4));
      }
#pragma unroll
      for (int i = 0; i < MI; i++)
#pragma unroll
        for (int j = 0; j < NI; j++)
          multiplyAdd(sum[i][j], fa[i], fb[j >> 1][(j & 1) * 2], fb[j >> 1][(j & 1) * 2 + 1]);
    }
  }
#endif
  copyWait<0>();
  barrier();

  if (bias || s.relu) {
#pragma unroll
    for (int j = 0; j < NI; j++)
#pragma unroll
      for (int e = 0; e < 2; e++) {
        const int column = column0 + warpN + j * 8 + (lane & 3) * 2 + e;
        const float shift = bias && column < s.k ? bias[column] : 0;
#pragma unroll
        for (int i = 0; i < MI; i++)
#pragma unroll
          for (int half = 0; half < 2; half++) {
            const float v = sum[i][j][half * 2 + e] + shift;
            sum[i][j][half * 2 + e] = s.relu && v < 0 ? 0.f : v;
          }
      }
  }

  if (sizeof(Out) == 4) {  // f32: the rows are those of a matrix
#pragma unroll
    for (int i = 0; i < MI; i++)
#pragma unroll
      for (int j = 0; j < NI; j++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
          const int r = row0 + warpM + i * kRowStep + (e >> 1) * 8 + (lane >> 2);
          const int column = column0 + warpN + j * 8 + (lane & 3) * 2 + (e & 1);
          if (r < rows && column < s.k) put(y[(i64)r * s.k + column], sum[i][j][e]);
        }
    return;
  }

  // Through shared memory, so that whole 16-byte chunks leave; rows padded by one chunk against bank conflicts.
  constexpr int kPitch = BN * 2 + 16;
  float* columns = reinterpret_cast<float*>(shared + BM * kPitch);  // [WARPS_M][2][BN]
#pragma unroll
  for (int j = 0; j < NI; j++) {
    float total[2] = {0, 0}, squares[2] = {0, 0};
    const int column = warpN + j * 8 + (lane & 3) * 2;
#pragma unroll
    for (int i = 0; i < MI; i++)
#pragma unroll
      for (int half = 0; half < 2; half++) {
        const u32 pair = packBf16(sum[i][j][half * 2], sum[i][j][half * 2 + 1]);
        const int r = warpM + i * kRowStep + half * 8 + (lane >> 2);
        *reinterpret_cast<u32*>(shared + r * kPitch + column * 2) = pair;
        // Rows beyond the end are zero: a call that wants sums has no bias.
        const float low = bitsToFloat(pair << 16), high = bitsToFloat(pair & 0xffff0000u);
        total[0] += low, squares[0] += low * low, total[1] += high, squares[1] += high * high;
      }
    if (partial) {
#pragma unroll
      for (int e = 0; e < 2; e++) {
#pragma unroll
        for (int mask = 4; mask < 32; mask *= 2) {
          total[e] += shuffleXor(total[e], mask);
          squares[e] += shuffleXor(squares[e], mask);
        }
        if (lane < 4) {
          columns[(warp / WARPS_N * 2) * BN + column + e] = total[e];
          columns[(warp / WARPS_N * 2 + 1) * BN + column + e] = squares[e];
        }
      }
    }
  }
  barrier();
  constexpr int kChunks = BN / 8;
  for (int i = thread; i < BM * kChunks; i += kThreads) {
    const int r = i / kChunks, c = i % kChunks * 8;
    if (row0 + r >= rows || column0 + c >= s.k) continue;
    i64 pixel = row0 + r;
    if (s.outStepH != 1 || s.outStepW != 1 || s.outW != s.q || s.outH != s.p) {
      const int image = (row0 + r) / (s.p * s.q), rest = row0 + r - image * s.p * s.q, p = rest / s.q;
      pixel = ((i64)image * s.outH + p * s.outStepH + s.outTop) * s.outW + (rest - p * s.q) * s.outStepW + s.outLeft;
    }
    Out* to = y + pixel * s.k + column0 + c;
    const unsigned char* from = shared + r * kPitch + c * 2;
    if (s.k % 8 == 0) *reinterpret_cast<Chunk*>(to) = *reinterpret_cast<const Chunk*>(from);
    else {
      for (int e = 0; e < 8 && column0 + c + e < s.k; e++) to[e] = (Out)reinterpret_cast<const u16*>(from)[e];
    }
  }
  if (partial && thread < BN && column0 + thread < s.k) {
#pragma unroll
    for (int kind = 0; kind < 2; kind++) {
      float v = 0;
#pragma unroll
      for (int m = 0; m < WARPS_M; m++) v += columns[(m * 2 + kind) * BN + thread];
      partial[((i64)blockIdx.x * 2 + kind) * s.k + column0 + thread] = v;
    }
  }
}

#define SKY_CONV(KERNEL, name, bm, bn, wm, wn, stages, Out)                                                       \
  KERNEL(32 * wm * wn, name, const u16* __restrict__ x, const u16* __restrict__ weights,              \
             const float* __restrict__ bias, Out* __restrict__ y, float* __restrict__ partial, Conv s) {  \
    convolve<bm, bn, wm, wn, stages, Out>(x, weights, bias, y, partial, s);                               \
  }
#ifdef SKY_WARPGROUPS
SKY_CONV(SKY_KERNEL, conv128x128, 128, 128, 8, 1, 3, u16)
SKY_CONV(SKY_KERNEL_NARROW, conv128x64, 128, 64, 4, 1, 2, u16)
SKY_CONV(SKY_KERNEL, product128x128, 128, 128, 8, 1, 3, float)
SKY_CONV(SKY_KERNEL_NARROW, product128x64, 128, 64, 4, 1, 2, float)
#else
SKY_CONV(SKY_KERNEL_WIDE, conv128x128, 128, 128, 2, 4, 3, u16)
SKY_CONV(SKY_KERNEL, conv128x64, 128, 64, 4, 2, 4, u16)
SKY_CONV(SKY_KERNEL_WIDE, product128x128, 128, 128, 2, 4, 3, float)
SKY_CONV(SKY_KERNEL, product128x64, 128, 64, 4, 2, 4, float)
#endif
