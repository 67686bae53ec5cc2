// What the calls of kernels bring that both native engines have, checked once for both.
#pragma once
#include "arguments.h"

namespace sky {
struct Window {
  int64_t n, h, w, c, oh, ow, size, stride, pad;
};
// An image [n, h, w, c], the maxima of its windows [n, oh, ow, c], and which value of its window each was: row * size +
// column. In the gradient's call they are the gradients.
struct MaxPool {
  Buffer &image, &maxima, &indices;
  Window window;
};
MaxPool maxPoolCall(const Args& a);      // maxPool(x, y, indices u8, sizes)
MaxPool maxPoolGradCall(const Args& a);  // maxPoolGrad(dy, indices, dx, sizes)

// batchNormInference(x, mean, variance, offset | null, scale | null, y, [rows, channels], epsilon)
struct Inference {
  Buffer &x, &mean, &variance, &y, *offset, *scale;
  int64_t rows, channels;
  double epsilon;
};
Inference inferenceCall(const Args& a);

// Throws unless `list` has tensors as long as those of `like`, in f32: an optimiser's parameters, gradients, moments.
void requireAlike(const std::vector<Buffer*>& list, const std::vector<Buffer*>& like);
}  // namespace sky
