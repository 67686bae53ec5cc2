// Runs a CUDA block on the CPU: one fiber a thread, collectives as meeting points of a warp or a block. The kernels'
// device.h includes it when SKY_EMULATE is set. It checks what a GPU would not tell: shared memory is NaN until a
// finished copy or a store wrote it, a thread that misses a barrier is a deadlock, and with -fsanitize=address any
// access outside a tensor is caught.
//
// `late` delays each cp.async to its wait and runs the warps of a block in the opposite order; otherwise copies run
// at once. A missing wait fails in the one mode, a missing barrier in the other or in both.
#pragma once
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "fiber.h"

#define SKY_DEVICE inline
#define __restrict__
#define SKY_SHARED unsigned char* shared = emulator::block->shared.get()
#define SKY_KERNEL(threads, name, ...)                                                               \
  inline void name(__VA_ARGS__);                                                                     \
  static const emulator::Registered registered_##name(#name, threads, &emulator::Bound<name>::bind); \
  inline void name(__VA_ARGS__)
#define SKY_KERNEL_WIDE(threads, name, ...) SKY_KERNEL(threads, name, __VA_ARGS__)
#define SKY_KERNEL_NARROW(threads, name, ...) SKY_KERNEL(threads, name, __VA_ARGS__)

struct Dim {
  unsigned x, y, z;
};
inline thread_local Dim threadIdx, blockIdx;

namespace emulator {
constexpr size_t kStack = size_t(128) << 10;

struct Copy {
  u32 to;
  const void* from;
  bool valid;
};
struct Thread {
  void* context = nullptr;  // its stack pointer while it waits
  bool done = false;
  int waitsFor = 0;                      // 0 runs, 1 its warp, 2 the block
  std::deque<std::vector<Copy>> groups;  // committed copies, the oldest first
  std::vector<Copy> open;
  std::vector<std::function<void()>> products;  // queued for a wait
  const void* in = nullptr;  // operands and result of the collective it waits for
  void* out = nullptr;
};
struct Block {
  std::vector<Thread> threads;
  std::unique_ptr<unsigned char[]> shared;
  size_t sharedBytes = 0;
  void* scheduler = nullptr;
  int current = 0;
  std::vector<void (*)(Thread*, int)> warpWork;
  std::vector<int> warpArgument;
};
inline Block* block;
inline bool late;
inline std::function<void()> body;

[[noreturn]] inline void die(const char* what) {
  std::fprintf(stderr, "emulator: %s (thread %d of block %u, %u, %u)\n", what, block->current, blockIdx.x, blockIdx.y,
               blockIdx.z);
  std::abort();
}
inline Thread& self() { return block->threads[block->current]; }
inline void yield() { skySwitch(&self().context, block->scheduler); }
inline void entry() {
  body();
  self().done = true;
  yield();
}
inline void perform(const Copy& c) {
  if (c.to + 16 > block->sharedBytes) die("a copy leaves shared memory");
  if (c.valid) std::memcpy(block->shared.get() + c.to, c.from, 16);
  else std::memset(block->shared.get() + c.to, 0, 16);
}
// All 32 lanes leave operands; the last one works for everybody.
inline void collective(const void* in, void* out, int argument, void (*work)(Thread*, int)) {
  self().in = in, self().out = out, self().waitsFor = 1;
  block->warpWork[block->current / 32] = work;
  block->warpArgument[block->current / 32] = argument;
  yield();
}

// Lets every runnable thread of a warp run until it waits; the number of threads that ended.
inline int runWarp(Block& b, int warp, const Dim& at, bool& moved) {
  int waiting = 0, ended = 0;
  for (int lane = 0; lane < 32; lane++) {
    Thread& t = b.threads[warp * 32 + lane];
    if (!t.done && t.waitsFor == 0) {
      b.current = warp * 32 + lane;
      threadIdx = {unsigned(b.current), 0, 0}, blockIdx = at;
      skySwitch(&b.scheduler, t.context);
      moved = true;
      ended += t.done;
    }
    waiting += t.waitsFor == 1;
  }
  if (waiting == 32) {
    b.warpWork[warp](&b.threads[warp * 32], b.warpArgument[warp]);
    for (int lane = 0; lane < 32; lane++) b.threads[warp * 32 + lane].waitsFor = 0;
    moved = true;
  }
  return ended;
}

inline void runBlock(Block& b, int threads, const Dim& at) {
  static std::vector<std::unique_ptr<char[]>> stacks;
  while (int(stacks.size()) < threads) stacks.emplace_back(new char[kStack]);
  std::memset(b.shared.get(), 0xff, b.sharedBytes);  // NaN in bf16 and f32
  for (int i = 0; i < threads; i++) {
    Thread& t = b.threads[i];
    t.done = false, t.waitsFor = 0, t.groups.clear(), t.open.clear(), t.products.clear();
    auto* top = reinterpret_cast<void**>(reinterpret_cast<size_t>(stacks[i].get() + kStack) & ~size_t(15)) - 2;
    *top = reinterpret_cast<void*>(entry);  // where the first switch returns to, the stack aligned as after a call
    t.context = top - 6;
  }
  for (int left = threads; left > 0;) {
    bool moved = false;
    // Each warp goes as far as it can before the next one begins: what it overtakes without a barrier shows.
    for (int w = 0; w < threads / 32; w++) {
      for (bool on = true; on; moved |= on) {
        on = false;
        left -= runWarp(b, late ? threads / 32 - 1 - w : w, at, on);
      }
    }
    int atBarrier = 0;
    for (const Thread& t : b.threads) atBarrier += t.waitsFor == 2;
    if (atBarrier == threads) {
      for (Thread& t : b.threads) t.waitsFor = 0;
      moved = true;
    }
    if (!moved) die("deadlock: some threads wait for others that never come");
  }
}

inline void run(int threads, size_t sharedBytes, Dim grid, const std::function<void()>& kernel) {
  Block b;
  block = &b;
  body = kernel;
  b.sharedBytes = sharedBytes;
  b.shared.reset(new unsigned char[sharedBytes]);
  b.threads.resize(threads);
  b.warpWork.resize(threads / 32);
  b.warpArgument.resize(threads / 32);
  for (unsigned z = 0; z < grid.z; z++)
    for (unsigned y = 0; y < grid.y; y++)
      for (unsigned x = 0; x < grid.x; x++) runBlock(b, threads, {x, y, z});
  block = nullptr;
}

// Every kernel by its name: what a launch looks up, and how its arguments are taken out of a launch's list.
using Bind = std::function<void()> (*)(void** arguments);
struct Kernel {
  std::string name;
  int threads;
  Bind bind;
};
inline std::map<std::string, Kernel>& kernels() {
  static std::map<std::string, Kernel> all;
  return all;
}
struct Registered {
  Registered(const char* name, int threads, Bind bind) { kernels()[name] = {name, threads, bind}; }
};
template <auto F>
struct Bound;
template <class... A, void (*F)(A...)>
struct Bound<F> {
  template <size_t... I>
  static std::tuple<std::remove_cv_t<A>...> copy(void** a, std::index_sequence<I...>) {
    return {*static_cast<std::remove_cv_t<A>*>(a[I])...};
  }
  static std::function<void()> bind(void** a) {
    return [kept = copy(a, std::index_sequence_for<A...>{})] { std::apply(F, kept); };
  }
};

inline float fromBf16(u16 v) {
  const u32 u = (u32)v << 16;
  float f;
  std::memcpy(&f, &u, 4);
  return f;
}
}  // namespace emulator

inline float bitsToFloat(u32 v) {
  float f;
  std::memcpy(&f, &v, 4);
  return f;
}
inline u16 toBf16(float f) {
  u32 u;
  std::memcpy(&u, &f, 4);
  if ((u & 0x7fffffff) > 0x7f800000) return 0x7fff;
  return (u16)((u + 0x7fff + ((u >> 16) & 1)) >> 16);
}
inline u32 packBf16(float low, float high) { return toBf16(low) | (u32)toBf16(high) << 16; }
inline u32 sharedAddress(const void* p) {
  return (u32)(static_cast<const unsigned char*>(p) - emulator::block->shared.get());
}
inline void copyAsync(u32 to, const void* from, bool valid) {
  if (to % 16 || reinterpret_cast<size_t>(from) % 16) emulator::die("cp.async needs 16-byte addresses");
  const emulator::Copy c{to, from, valid};
  if (emulator::late) emulator::self().open.push_back(c);
  else emulator::perform(c);
}
inline void copyAsyncKept(u32 to, const void* from, bool valid) { copyAsync(to, from, valid); }
inline void copyCommit() {
  auto& t = emulator::self();
  t.groups.push_back(std::move(t.open));
  t.open.clear();
}
template <int kLeft>
inline void copyWait() {
  auto& g = emulator::self().groups;
  while ((int)g.size() > kLeft) {
    for (const auto& c : g.front()) emulator::perform(c);
    g.pop_front();
  }
}
inline void barrier() {
  emulator::self().waitsFor = 2;
  emulator::yield();
}
inline float shuffleXor(float v, int mask) {
  float out;
  emulator::collective(&v, &out, mask, [](emulator::Thread* t, int m) {
    for (int l = 0; l < 32; l++) *static_cast<float*>(t[l].out) = *static_cast<const float*>(t[l ^ m].in);
  });
  return out;
}
inline void loadMatrix4(u32 (&r)[4], u32 address) {
  emulator::collective(&address, r, 0, [](emulator::Thread* t, int) {
    for (int l = 0; l < 32; l++)
      for (int i = 0; i < 4; i++) {
        const u32 row = *static_cast<const u32*>(t[i * 8 + l / 4].in);
        std::memcpy(static_cast<u32*>(t[l].out) + i, emulator::block->shared.get() + row + l % 4 * 4, 4);
      }
  });
}
inline void loadMatrix4Transposed(u32 (&r)[4], u32 address) {
  emulator::collective(&address, r, 0, [](emulator::Thread* t, int) {
    for (int l = 0; l < 32; l++)
      for (int i = 0; i < 4; i++)
        for (int e = 0; e < 2; e++) {
          const u32 row = *static_cast<const u32*>(t[i * 8 + l % 4 * 2 + e].in);
          std::memcpy(reinterpret_cast<u16*>(static_cast<u32*>(t[l].out) + i) + e,
                      emulator::block->shared.get() + row + l / 4 * 2, 2);
        }
  });
}
struct Operands {
  const u32* a;
  u32 b0, b1;
};
inline void multiplyAdd(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  const Operands in{a, b0, b1};
  emulator::collective(&in, c, 0, [](emulator::Thread* t, int) {
    float A[16][16], B[16][8], D[16][8] = {};
    for (int l = 0; l < 32; l++) {
      const auto& o = *static_cast<const Operands*>(t[l].in);
      for (int i = 0; i < 4; i++)
        for (int e = 0; e < 2; e++)
          A[l / 4 + (i & 1) * 8][l % 4 * 2 + e + (i >> 1) * 8] = emulator::fromBf16(u16(o.a[i] >> (16 * e)));
      for (int e = 0; e < 2; e++) {
        B[l % 4 * 2 + e][l / 4] = emulator::fromBf16(u16(o.b0 >> (16 * e)));
        B[l % 4 * 2 + e + 8][l / 4] = emulator::fromBf16(u16(o.b1 >> (16 * e)));
      }
    }
    for (int row = 0; row < 16; row++)
      for (int k = 0; k < 16; k++)
        for (int column = 0; column < 8; column++) D[row][column] += A[row][k] * B[k][column];
    for (int l = 0; l < 32; l++)
      for (int i = 0; i < 4; i++) static_cast<float*>(t[l].out)[i] += D[l / 4 + (i >> 1) * 8][l % 4 * 2 + (i & 1)];
  });
}

#ifdef SKY_WARPGROUPS
// A tile of shared memory as tileAt tells it; the queued products of a thread run at its wait where `late`.
inline u64 tileAt(u32 address, u32 panel = 16) {
  if (address % 32) emulator::die("a product's tile begins within 16 values");
  return (u64)panel << 32 | address;
}
namespace emulator {
// Value (outer, inner) of a tile, with the swizzle of the address at which it lies.
inline float tileValue(u64 tile, int outer, int inner, bool rowsAreInner) {
  const u32 base = (u32)tile, panel = (u32)(tile >> 32);
  const u32 row = rowsAreInner ? inner : outer, column = rowsAreInner ? outer % 64 : inner;
  const u32 plain = base + (rowsAreInner ? outer / 64 * panel : 0) + row * 128 + column * 2;
  const u32 at = plain ^ ((plain >> 7 & 7) << 4);
  if (at + 2 > block->sharedBytes) die("a product reads beyond shared memory");
  u16 v;
  std::memcpy(&v, block->shared.get() + at, 2);
  return fromBf16(v);
}
}  // namespace emulator
template <int N, bool kOuter>
inline void multiplyAddGroup(float (&d)[N / 8][4], u64 a, u64 b, bool add) {
  const int lane = emulator::block->current & 31, warp = emulator::block->current >> 5 & 3;
  auto work = [&d, a, b, add, lane, warp] {
    for (int j = 0; j < N / 8; j++)
      for (int e = 0; e < 4; e++) {
        const int row = warp * 16 + lane / 4 + (e >> 1) * 8, column = j * 8 + lane % 4 * 2 + (e & 1);
        if (!add) d[j][e] = 0;
        for (int k = 0; k < 16; k++)
          d[j][e] += emulator::tileValue(a, row, k, kOuter) * emulator::tileValue(b, column, k, kOuter);
      }
  };
  if (emulator::late) emulator::self().products.push_back(work);
  else work();
}
inline void productsBegin() {}
inline void productsCommit() {}
inline void productsWait() {
  auto& queued = emulator::self().products;
  for (const auto& work : queued) work();
  queued.clear();
}
inline void sharedToProducts() {}
template <int N>
inline void settled(float (&)[N][4]) {}
#endif
