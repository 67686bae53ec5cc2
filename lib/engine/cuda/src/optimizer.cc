// Adam and the moving average over all parameters in one launch, in place, in f32.
#include <cstring>

#include "calls.h"
#include "common.h"

namespace sky {
namespace {
constexpr int64_t kPiece = 4096;  // as in kernels/optimizer.cu

struct AdamTensor {
  Pointer p, m, v, g;
  long long size;
};
struct EmaTensor {
  Pointer to, from;
  long long size;
  float scale;
  int turns;
};
struct Adam {
  float beta1, beta2, rest1, rest2, epsilon;
};

// A table in device memory: the tensors, then the first block of each.
template <class Tensor>
struct Table {
  Pointer tensors, start;
  int64_t count, blocks = 0;
  explicit Table(const std::vector<Tensor>& list) : count(int64_t(list.size())) {
    std::vector<int> first;
    for (const Tensor& t : list) {
      first.push_back(int(blocks));
      blocks += (t.size + kPiece - 1) / kPiece;
    }
    first.push_back(int(blocks));
    std::string bytes(reinterpret_cast<const char*>(list.data()), list.size() * sizeof(Tensor));
    bytes.append(reinterpret_cast<const char*>(first.data()), first.size() * sizeof(int));
    tensors = table(bytes);
    start = tensors + list.size() * sizeof(Tensor);
  }
};

void changed(const std::vector<Buffer*>& list) {
  for (Buffer* b : list) b->version++, b->knownBroken = false;
}

// adamStep(params, m, v, grads, [rate, scale] as a Float32Array, beta1, beta2, epsilon)
void adamStep(const Args& a) {
  const auto params = a.buffers(0), m = a.buffers(1), v = a.buffers(2), grads = a.buffers(3);
  for (const auto* list : {&params, &m, &v, &grads}) requireAlike(*list, params);
  size_t length;
  const auto* scalars = static_cast<const float*>(a.array(4, napi_float32_array, length));
  if (length != 2) fail("Adam takes two scalars");
  if (params.empty()) return;
  std::vector<AdamTensor> list;
  for (size_t i = 0; i < params.size(); i++) {
    list.push_back({params[i]->data(), m[i]->data(), v[i]->data(), grads[i]->data(), (long long)params[i]->count});
  }
  const Table<AdamTensor> t(list);
  const Adam s{float(a.number(5)), float(a.number(6)), float(1 - a.number(5)), float(1 - a.number(6)),
               float(a.number(7))};
  Gpu& g = gpu();
  // What a recording does with other scalars each time, a single step has as constants.
  const bool recorded = g.recording != nullptr;
  const HostArray kept = recorded ? HostArray(scalars, 8) : HostArray();
  launch("adamStep", {t.blocks}, 0, t.tensors, t.start, int(t.count), kept.data(), scalars[0], scalars[1], g.broken, s);
  for (const auto* each : {&params, &m, &v}) changed(*each);
  if (recorded) return;
  int verdict = 0;
  check(driver().cuMemcpyDtoHAsync_v2(&verdict, g.broken, sizeof verdict, g.stream), "the optimiser's verdict");
  check(driver().cuStreamSynchronize(g.stream), "the optimiser's verdict");
  throwIfBroken(verdict);
}

// emaStep(target, online, tau, scales | undefined): where `online` is several times as long, its parts come in turn
void emaStep(const Args& a) {
  const auto target = a.buffers(0), online = a.buffers(1);
  if (target.size() != online.size()) fail("the lists differ in length");
  if (target.empty()) return;
  std::vector<EmaTensor> list;
  for (size_t i = 0; i < target.size(); i++) {
    const size_t turns = online[i]->count / target[i]->count;
    if (turns == 0 || turns * target[i]->count != online[i]->count) {
      fail("tensor " + std::to_string(i) + " differs in size between the lists");
    }
    for (Buffer* b : {target[i], online[i]}) {
      if (b->type != Type::F32) fail("parameters and averages must be stored in f32");
    }
    list.push_back({target[i]->data(), online[i]->data(), (long long)target[i]->count, 1.f, int(turns)});
  }
  if (a.info()[3].IsTypedArray()) {
    size_t length;
    const auto* scales = static_cast<const float*>(a.array(3, napi_float32_array, length));
    if (length != list.size()) fail("there are not as many scales as tensors");
    for (size_t i = 0; i < list.size(); i++) list[i].scale = scales[i];
  }
  const Table<EmaTensor> t(list);
  launch("emaStep", {t.blocks}, 0, t.tensors, t.start, int(t.count), float(a.number(2)), float(1 - a.number(2)));
  changed(target);
}
}  // namespace

void addOptimizer(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "adamStep", adamStep);
  addKernel(env, exports, "emaStep", emaStep);
}
}  // namespace sky
