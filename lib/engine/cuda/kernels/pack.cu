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

// Which taps of the filter [kh, kw, a, b] a call uses, and where the packed row of an output channel begins.
struct Filter {
  int tapsH, tapsW, firstH, stepH, firstW, stepW;  // tap (i, j) is the filter's (firstH + i * stepH, firstW + j * stepW)
  int kw;
  int inputs, inputStep, outputs, outputStep;      // channels of this call's input and output, and their steps
  int inputsPadded, pitch, outputsPadded;          // sizes of the packed matrix [outputsPadded][pitch]
};

// Weights as tfjs has them, [kh][kw][c][k] in f32, to [outputs][taps * inputs] in bf16; zeros elsewhere.
SKY_KERNEL(256, packFilter, const float* __restrict__ from, u32* __restrict__ to, Filter f) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;  // a pair of the inner axis; neighbours are output channels
  const int pairs = f.pitch / 2;
  if (i >= (i64)pairs * f.outputsPadded) return;
  const int o = (int)(i % f.outputsPadded), t = (int)(i / f.outputsPadded) * 2;
  const int tap = t / f.inputsPadded, channel = t - tap * f.inputsPadded, row = tap / f.tapsW;
  float v[2] = {0, 0};
  if (o < f.outputs && row < f.tapsH) {
    const i64 at = (i64)(f.firstH + row * f.stepH) * f.kw + f.firstW + (tap - row * f.tapsW) * f.stepW;
    const float* w = from + at * f.inputs * f.outputs + (i64)o * f.outputStep;
    if (channel < f.inputs) v[0] = w[(i64)channel * f.inputStep];
    if (channel + 1 < f.inputs) v[1] = w[(i64)(channel + 1) * f.inputStep];
  }
  to[(i64)o * pairs + t / 2] = packBf16(v[0], v[1]);
}

// One factor of a matrix product to bf16 [rowsPadded][pitch]: element (row, inner) lies at row * rowStep +
// inner * innerStep.
SKY_KERNEL(256, packMatrix, const void* __restrict__ from, u16* __restrict__ to, int rows, int inner, i64 rowStep,
           i64 innerStep, int rowsPadded, int pitch, int storage) {
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x;
  if (i >= (i64)rowsPadded * pitch) return;
  // Threads follow the direction in which the source is contiguous.
  const int row = innerStep == 1 ? (int)(i / pitch) : (int)(i % rowsPadded);
  const int k = innerStep == 1 ? (int)(i % pitch) : (int)(i / rowsPadded);
  const bool inside = row < rows && k < inner;
  put(to[(i64)row * pitch + k], inside ? readAs(from, row * rowStep + k * innerStep, storage) : 0.f);
}
