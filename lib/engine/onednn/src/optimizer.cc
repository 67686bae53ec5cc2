// Adam and the moving average over all parameters in one call, in place, in f32.
#include <algorithm>
#include <cmath>

#include "calls.h"
#include "common.h"

namespace sky {
namespace {
constexpr int64_t kPiece = 16384;

// f(tensor, begin, end) over pieces of all tensors, so that many small ones cost one parallel region.
template <class F>
void overPieces(const std::vector<Buffer*>& tensors, const F& f) {
  struct Piece {
    size_t tensor;
    int64_t begin, end;
  };
  std::vector<Piece> pieces;
  for (size_t t = 0; t < tensors.size(); t++) {
    const int64_t n = int64_t(tensors[t]->count);
    for (int64_t i = 0; i < n; i += kPiece) pieces.push_back({t, i, std::min(n, i + kPiece)});
  }
  parallelFor(int64_t(pieces.size()), 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; i++) f(pieces[i].tensor, pieces[i].begin, pieces[i].end);
  });
}

void changed(const std::vector<Buffer*>& list) {
  for (Buffer* b : list) b->version++;
}

// adamStep(params, m, v, grads, [rate, scale] as a Float32Array, beta1, beta2, epsilon)
void adamStep(const Args& a) {
  const auto params = a.buffers(0), m = a.buffers(1), v = a.buffers(2), grads = a.buffers(3);
  for (const auto* list : {&params, &m, &v, &grads}) requireAlike(*list, params);
  size_t length;
  const auto* scalars = static_cast<const float*>(a.array(4, napi_float32_array, length));
  if (length != 2) fail("Adam takes two scalars");
  const float rate = scalars[0], scale = scalars[1], beta1 = float(a.number(5)), beta2 = float(a.number(6)),
              epsilon = float(a.number(7));
  const float rest1 = float(1 - a.number(5)), rest2 = float(1 - a.number(6));
  std::vector<char> broken(params.size(), 0);
  overPieces(params, [&](size_t t, int64_t begin, int64_t end) {
    float* __restrict p = params[t]->as<float>(), * __restrict mt = m[t]->as<float>(), * __restrict vt = v[t]->as<float>();
    const float* __restrict g = grads[t]->as<float>();
    for (int64_t i = begin; i < end; i++) {
      mt[i] = beta1 * mt[i] + rest1 * g[i];
      vt[i] = beta2 * vt[i] + rest2 * g[i] * g[i];
      p[i] -= rate * mt[i] / (std::sqrt(vt[i]) * scale + epsilon);
    }
    if (!allFinite(p + begin, end - begin)) broken[t] = 1;
  });
  for (const auto* list : {&params, &m, &v}) changed(*list);
  for (size_t t = 0; t < params.size(); t++) {
    params[t]->knownFinite = !broken[t];
    if (broken[t]) {
      fail("parameter " + std::to_string(t) +
           " became NaN or infinite; lower the learning rate or go back to a checkpoint");
    }
  }
}

// emaStep(target, online, tau, scales | undefined): where an online tensor is several times as long as its target, its
// parts come in turn, each times its scale
void emaStep(const Args& a) {
  const auto target = a.buffers(0), online = a.buffers(1);
  if (target.size() != online.size()) fail("the lists differ in length");
  std::vector<float> scales(target.size(), 1.f);
  if (a.has(3)) {
    size_t length;
    const auto* given = static_cast<const float*>(a.array(3, napi_float32_array, length));
    scales.assign(given, given + length);
  }
  if (scales.size() != target.size()) fail("there are not as many scales as tensors");
  for (size_t t = 0; t < target.size(); t++) {
    if (online[t]->count % target[t]->count != 0)
      fail("tensor " + std::to_string(t) + " differs in size between the lists");
    for (Buffer* b : {target[t], online[t]}) {
      if (b->type != Type::F32) fail("parameters and averages must be stored in f32");
    }
  }
  const float tau = float(a.number(2)), rest = float(1 - a.number(2));
  overPieces(target, [&](size_t t, int64_t begin, int64_t end) {
    float* __restrict to = target[t]->as<float>();
    const float* from = online[t]->as<float>();
    const float scale = scales[t];
    for (const float* last = from + online[t]->count; from < last; from += target[t]->count) {
      for (int64_t i = begin; i < end; i++) to[i] = tau * to[i] + rest * (from[i] * scale);
    }
  });
  changed(target);
  for (size_t t = 0; t < target.size(); t++) target[t]->knownFinite = target[t]->knownFinite && online[t]->knownFinite;
}
}  // namespace

void addOptimizer(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "adamStep", adamStep);
  addKernel(env, exports, "emaStep", emaStep);
}
}  // namespace sky
