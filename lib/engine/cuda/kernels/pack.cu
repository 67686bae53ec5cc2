// Operands of the tensor-core kernels in the layout they read: bf16, channels in multiples of 8.
#include "device.h"

// x [rows, c] in any storage to bf16 [rows, cPadded], zeros behind the channels.
SKY_KERNEL(256, padChannels, const void* __restrict__ from, u16* __restrict__ to, i64 rows, int c, int cPadded, int storage) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  if (i >= rows * cPadded) return;
  const i64 row = i / cPadded;
  const int channel = (int)(i - row * cPadded);
  put(to[i], channel < c ? readAs(from, row * c + channel, storage) : 0.f);
}

// x [n, h, w, c] of at most four channels in any storage to folded pixels (`Fold`) in bf16, [n, h / 2, w / 2, 16], zeros
// where there is no pixel or channel. A thread has two neighbouring pixels of one row.
SKY_KERNEL(256, foldPixels, const void* __restrict__ from, u16* __restrict__ to, i64 count, int h, int w, int c, int storage) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  if (i >= count) return;
  const int across = (w + 1) / 2, down = (h + 1) / 2;
  const i64 line = i / across;  // rows of all images, each folded row's two in turn
  const int column = (int)(i - line * across), row = (int)(line % (2 * down));
  const i64 image = line / (2 * down);
  float v[8] = {};
  if (row < h) {
#pragma unroll
    for (int pixel = 0; pixel < 2; pixel++)
#pragma unroll
      for (int e = 0; e < 4; e++)
        if (e < c && 2 * column + pixel < w)
          v[pixel * 4 + e] = readAs(from, ((image * h + row) * w + 2 * column + pixel) * c + e, storage);
  }
  Lane<u16, 8>::store(to + (((image * down + row / 2) * across + column) * 2 + row % 2) * 8, v);
}

// Which taps of the filter [kh, kw, a, b] a call uses, and where the packed row of an output channel begins.
struct Filter {
  int tapsH, tapsW, firstH, stepH, firstW, stepW;  // tap (i, j) is the filter's (firstH + i * stepH, firstW + j * stepW)
  int kw;
  int inputs, inputStep, outputs, outputStep;      // channels of this call's input and output, and their steps
  int inputsPadded, pitch, outputsPadded;          // sizes of the packed matrix [outputsPadded][pitch]
  Fold fold;
};

// A block turns a tile of 32 rows by 64 inner values: read in the direction in which the source is contiguous, written
// in pairs along the inner axis to `to` [rowsPadded][pitch].
template <class Value>
SKY_DEVICE void packTile(u16* __restrict__ to, int rowsPadded, int pitch, bool innerFirst, const Value& value) {
  SKY_SHARED;
  float* tile = reinterpret_cast<float*>(shared);  // [32][65]
  const int row0 = blockIdx.x * 32, inner0 = blockIdx.y * 64;
#pragma unroll
  for (int i = threadIdx.x; i < 32 * 64; i += 256) {
    const int row = innerFirst ? i >> 6 : i & 31, inner = innerFirst ? i & 63 : i >> 5;
    tile[row * 65 + inner] = value(row0 + row, inner0 + inner);
  }
  barrier();
#pragma unroll
  for (int i = threadIdx.x; i < 32 * 32; i += 256) {
    const int row = i >> 5, inner = (i & 31) * 2;
    if (row0 + row < rowsPadded && inner0 + inner < pitch)
      *reinterpret_cast<u32*>(to + (i64)(row0 + row) * pitch + inner0 + inner) =
          packBf16(tile[row * 65 + inner], tile[row * 65 + inner + 1]);
  }
}

// Weights as tfjs has them, [kh][kw][c][k] in f32, to [outputs][taps * inputs] in bf16, or, where inputs come in
// multiples of 64, to [outputs][inputs / 64][taps][64]; zeros elsewhere.
SKY_KERNEL(256, packFilter, const float* __restrict__ from, u16* __restrict__ to, Filter f) {
  const bool inBlocks = f.inputsPadded % 64 == 0;
  const int taps = f.tapsH * f.tapsW, width = inBlocks ? 64 : f.inputsPadded;
  packTile(to, f.outputsPadded, f.pitch, f.inputStep == 1, [&](int o, int t) {
    const int seen = t / width;  // widths before this one
    const int tap = inBlocks ? seen % taps : seen, row = tap / f.tapsW;
    int channel = t - seen * width + (inBlocks ? seen / taps * 64 : 0);
    int at = f.fold.on ? tap : (f.firstH + row * f.stepH) * f.kw + f.firstW + (tap - row * f.tapsW) * f.stepW;
    if (o >= f.outputs || row >= f.tapsH || !f.fold.unfold(at, channel) || channel >= f.inputs) return 0.f;
    return from[(i64)at * f.inputs * f.outputs + (i64)o * f.outputStep + (i64)channel * f.inputStep];
  });
}

// One factor of a matrix product to bf16 [rowsPadded][pitch]: element (row, inner) lies at row * rowStep +
// inner * innerStep.
SKY_KERNEL(256, packMatrix, const void* __restrict__ from, u16* __restrict__ to, int rows, int inner, i64 rowStep,
           i64 innerStep, int rowsPadded, int pitch, int storage) {
  packTile(to, rowsPadded, pitch, innerStep == 1, [&](int row, int k) {
    return row < rows && k < inner ? readAs(from, row * rowStep + k * innerStep, storage) : 0.f;
  });
}
