// What every kernel file shares: the buffer type, memory, and one parallel loop.
#pragma once
#include <cstdint>
#include <cstring>
#include <dnnl.hpp>
#include <functional>
#include <vector>

#include "arguments.h"

namespace sky {

// A bfloat16: the upper half of a float. Plain bit arithmetic, so that loops over it vectorise on any CPU.
struct bf16 {
  uint16_t bits;
  operator float() const {
    const uint32_t u = uint32_t(bits) << 16;
    float f;
    std::memcpy(&f, &u, 4);
    return f;
  }
  bf16& operator=(float f) {
    uint32_t u;
    std::memcpy(&u, &f, 4);
    const uint32_t rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;  // to nearest, ties to even
    bits = uint16_t((u & 0x7fffffff) > 0x7f800000 ? (u >> 16) | 0x40 : rounded);
    return *this;
  }
};

dnnl::memory::data_type dnnlType(Type type);

// A block from the pool, given back when the owner goes.
class Block {
 public:
  Block() = default;
  explicit Block(size_t bytes);
  // Memory that belongs to another block.
  static Block borrowed(void* data);
  Block(Block&& other) noexcept : data_(other.data_), bytes_(other.bytes_) { other.data_ = nullptr; }
  Block& operator=(Block&& other) noexcept;
  ~Block() { release(); }
  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  void release();

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

// A buffer in the layout or type that some primitive wants, valid while `version` is the buffer's.
struct Packed {
  dnnl::memory::desc desc;
  dnnl::reorder reorder;
  Block block;
  uint64_t version;
};

// Weights laid out for the convolutions of tile_conv.h, valid while `version` is the buffer's.
struct Tiles {
  std::vector<int64_t> layout;
  Block block;
  uint64_t version;
};

// The storage behind one tfjs DataId. In-place updates raise `version`, which outdates the packed copies.
struct Buffer {
  Block block;
  size_t count = 0;
  Type type = Type::F32;
  uint64_t version = 0;
  bool knownFinite = false;
  std::vector<Packed> packed;
  std::vector<Tiles> tiles;
  template <class T>
  T* as() const {
    return static_cast<T*>(block.data());
  }
};

struct PoolStats {
  size_t live = 0, pooled = 0, peak = 0;
};

dnnl::engine& engine();
dnnl::stream& stream();
// Memory that lasts for one kernel call; grows to the largest request. Kernels run one at a time.
void* scratch(size_t bytes);

// The copy of `buffer` laid out as `want`, made now if it is missing or out of date.
dnnl::memory packed(Buffer& buffer, const dnnl::memory::desc& have, const dnnl::memory::desc& want);
// The copy of `buffer` in `layout`, which `fill` writes where it is missing or out of date.
char* tilesOf(Buffer& buffer, const std::vector<int64_t>& layout, size_t bytes, const std::function<void(char*)>& fill);
// Throws if a weight is NaN or infinite; checked once per version.
void requireFinite(Buffer& weights, const char* what);

int threads();
void setThreads(int n);
void parallelRun(void (*body)(void*, int thread, int count), void* context);

// f(begin, end, thread) over equal shares of [0, n); in this thread alone where n is not worth a split.
template <class F>
void parallelFor(int64_t n, int64_t grain, const F& f) {
  if (threads() == 1 || n < 2 * grain) {
    if (n > 0) f(int64_t(0), n, 0);
    return;
  }
  struct Context {
    const F* f;
    int64_t n;
  } context{&f, n};
  parallelRun(
      [](void* p, int thread, int count) {
        const auto* c = static_cast<Context*>(p);
        const int64_t begin = c->n * thread / count, end = c->n * (thread + 1) / count;
        if (begin < end) (*c->f)(begin, end, thread);
      },
      &context);
}

// Calls f with a null pointer of the element type, so that generic lambdas can be written once for f32 and bf16.
template <class F>
void withType(Type type, const F& f) {
  if (type == Type::F32) return f(static_cast<float*>(nullptr));
  if (type == Type::BF16) return f(static_cast<bf16*>(nullptr));
  fail("this kernel reads f32 or bf16 storage only");
}
template <class P>
using Element = std::remove_pointer_t<P>;

void addMemory(Napi::Env env, Napi::Object exports);
void addConv(Napi::Env env, Napi::Object exports);
void addMatMul(Napi::Env env, Napi::Object exports);
void addBatchNorm(Napi::Env env, Napi::Object exports);
void addPooling(Napi::Env env, Napi::Object exports);
void addElementwise(Napi::Env env, Napi::Object exports);
void addReduce(Napi::Env env, Napi::Object exports);
void addCopy(Napi::Env env, Napi::Object exports);
void addAugment(Napi::Env env, Napi::Object exports);
void addOptimizer(Napi::Env env, Napi::Object exports);

}  // namespace sky
