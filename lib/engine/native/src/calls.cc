#include "calls.h"

#include <cstring>

#include "common.h"

namespace sky {
static MaxPool checked(Buffer& image, Buffer& maxima, Buffer& indices, const std::vector<int64_t>& sizes) {
  Window p;
  static_assert(sizeof p == 9 * sizeof(int64_t), "a list of 9 sizes");
  std::memcpy(&p, sizes.data(), sizeof p);
  if (p.size < 1 || p.size > 15 || p.stride < 1 || p.pad < 0) fail("a window does not fit");
  requireCount(image, {p.n, p.h, p.w, p.c}, "the image");
  requireCount(maxima, {p.n, p.oh, p.ow, p.c}, "the list of maxima");
  requireCount(indices, {p.n, p.oh, p.ow, p.c}, "the list of indices");
  if (image.type != maxima.type || indices.type != Type::U8)
    fail("the image, the maxima or the indices have the wrong storage type");
  return {image, maxima, indices, p};
}

MaxPool maxPoolCall(const Args& a) { return checked(a.buffer(0), a.buffer(1), a.buffer(2), a.ints(3, 9)); }
MaxPool maxPoolGradCall(const Args& a) { return checked(a.buffer(2), a.buffer(0), a.buffer(1), a.ints(3, 9)); }

Inference inferenceCall(const Args& a) {
  const auto sizes = a.ints(6, 2);
  const Inference call{a.buffer(0),   a.buffer(1), a.buffer(2), a.buffer(5), a.optional(3),
                       a.optional(4), sizes[0],    sizes[1],    a.number(7)};
  requireCount(call.x, sizes, "x");
  requireCount(call.y, sizes, "y");
  if (call.x.type != call.y.type) fail("x and y differ in storage type");
  for (const Buffer* b : {&call.mean, &call.variance, call.offset, call.scale}) {
    if (b) requireF32(*b, call.channels, "a channel vector");
  }
  return call;
}

void requireAlike(const std::vector<Buffer*>& list, const std::vector<Buffer*>& like) {
  if (list.size() != like.size()) fail("the lists differ in length");
  for (size_t i = 0; i < list.size(); i++) {
    if (list[i]->count != like[i]->count) fail("tensor " + std::to_string(i) + " differs in size between the lists");
    if (list[i]->type != Type::F32) fail("parameters, gradients and moments must be stored in f32");
  }
}
}  // namespace sky
