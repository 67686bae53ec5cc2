// What every file of the addon shares: the device, buffers and launches.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "arguments.h"
#include "driver.h"

namespace sky {
// A block of device memory from the pool, given back when the owner goes. One stream does all arithmetic in order, so
// a block may be taken again as soon as the launches that use it are queued.
class Block {
 public:
  Block() = default;
  explicit Block(size_t bytes);
  Block(Block&& other) noexcept : data_(other.data_), bytes_(other.bytes_) { other.data_ = 0; }
  Block& operator=(Block&& other) noexcept;
  ~Block() { release(); }
  Pointer data() const { return data_; }
  size_t bytes() const { return bytes_; }
  void release();
  // A block that no part of a recording may write over: what the host puts into it stays.
  static Block constant(size_t bytes);

 private:
  Pointer data_ = 0;
  size_t bytes_ = 0;
};

// A copy of a tensor in the layout that some kernel reads, valid while version and epoch are the buffer's and the engine's.
struct Packed {
  std::vector<int> key;
  Block block;
  uint64_t version, epoch;
};

// The storage behind one tfjs DataId. In-place updates raise `version`, which outdates the packed copies.
struct Buffer {
  Block block;
  size_t count = 0;
  Type type = Type::F32;
  uint64_t version = 0;
  bool knownBroken = false;  // the host put a NaN or an infinity into it
  std::vector<Packed> packed;
  Pointer data() const { return block.data(); }
};

// Blocks that nobody holds, by size and address.
using FreeBlocks = std::set<std::pair<size_t, Pointer>>;

// A recorded sequence of launches. Every block it touches stays its own until it is destroyed.
struct Recording {
  GraphExec exec = nullptr;
  struct Input {
    const void* first;  // where the array lay when it was recorded: how a second use finds it
    size_t bytes;
    Block slot, landing[2];
    Event copied[2] = {nullptr, nullptr}, taken[2] = {nullptr, nullptr};
    void* staging[2] = {nullptr, nullptr};
  };
  struct Owned {
    size_t bytes;
    bool live;      // somebody holds it; else it waits for the recording's end
    bool constant;  // what lies in it was put there by the host
  };
  std::vector<std::unique_ptr<Input>> inputs;
  std::map<Pointer, Owned> owned;  // blocks that nobody else may have
  FreeBlocks free;                 // those that the recording itself may take again while it is made
  std::vector<Block> tables;
  uint64_t runs = 0;
  Recording() = default;
  Recording(const Recording&) = delete;
  ~Recording() { forget(); }
  void forget();  // gives everything back
};

struct Gpu {
  Context context = nullptr;
  std::thread::id thread;  // the one that started it and alone may call
  Stream stream = nullptr, copies = nullptr;
  Module module = nullptr;
  std::string name;
  int major = 0, minor = 0, version = 0, processors = 1, sharedBytes = 0;
  bool bf16Products = false;       // matrix products on tensor cores
  bool warpgroups = false;         // the kernels are those for sm_90a, whose blocks may have 128 threads
  Recording* recording = nullptr;  // what launches are being recorded into
  uint64_t epoch = 1;              // raised whenever weights may have changed without their version
  size_t launches = 0, uploads = 0, downloads = 0, replays = 0;
  Pointer broken = 0;  // 1 + the number of a parameter that stopped being finite
};
// Throws where the engine was not started.
Gpu& gpu();

// Blocks on the host that the card reads and writes by itself.
void* takePinned(size_t bytes);
void givePinned(void* p);
bool isPinned(const void* p, size_t bytes);
// Bytes of them that the driver has given, in use or not.
size_t pinnedBytes();
// Device memory that is never given back.
Pointer takeForGood(size_t bytes);
// Makes a block the recording's, so that nobody else gets it while the recording lives.
void ownWhileRecording(Pointer p, size_t bytes);
// Says that a download or anything else that waits has no place in a recording.
void refuseWhileRecording(const char* what);
// Throws if `verdict`, read from gpu().broken, names a parameter; forgets it then.
void throwIfBroken(int verdict);

// A copy of `bytes` in device memory that stays, found again by its contents.
Pointer table(const std::string& bytes);

// An array of JavaScript in device memory, for launches that follow: an input of the recording where one is made.
class HostArray {
 public:
  HostArray() = default;
  HostArray(const void* data, size_t bytes);
  Pointer data() const { return data_; }

 private:
  Block block_;
  Pointer data_ = 0;
};

// `name` over a grid of blocks of `threads` threads with `shared` bytes of shared memory.
void launchKernel(const char* name, unsigned gx, unsigned gy, unsigned gz, unsigned threads, unsigned shared,
                  void** arguments);
struct Grid {
  int64_t x, y = 1, z = 1, threads = 256;
};
template <class... A>
void launch(const std::string& name, Grid grid, unsigned shared, A... args) {
  if (grid.x < 1 || grid.y < 1 || grid.z < 1 || grid.x > 0x7fffffff || grid.y > 65535 || grid.z > 65535) {
    fail("the tensors are too large for one launch of " + name);
  }
  void* list[] = {&args...};
  launchKernel(name.c_str(), unsigned(grid.x), unsigned(grid.y), unsigned(grid.z), unsigned(grid.threads), shared, list);
}
inline int64_t blocks(int64_t n, int64_t each = 256) { return (n + each - 1) / each; }
inline int64_t roundUp(int64_t n, int64_t step) { return (n + step - 1) / step * step; }
// For kernels that pack a matrix by tiles (kernels/pack.cu).
inline Grid packGrid(int64_t rows, int64_t pitch) { return {blocks(rows, 32), blocks(pitch, 64)}; }
constexpr unsigned kPackShared = 32 * 65 * 4;
// The name of a kernel for a storage, and how many values a thread has: sixteen bytes where rows are so aligned.
std::string typed(const char* name, Type type, int64_t width, int64_t& lane);

// `b` in f32, or in bf16 with rows of `channels` padded to a multiple of 8: its own memory, or a converted copy.
class Operand {
 public:
  static Operand f32(const Buffer& b);
  static Operand bf16(const Buffer& b, int64_t channels);
  Pointer data() const { return data_; }

 private:
  Pointer data_ = 0;
  Block block_;
};

void addMemory(Napi::Env env, Napi::Object exports);
void addTransfer(Napi::Env env, Napi::Object exports);
void addRecording(Napi::Env env, Napi::Object exports);
void addConv(Napi::Env env, Napi::Object exports);
void addProduct(Napi::Env env, Napi::Object exports);
void addBatchNorm(Napi::Env env, Napi::Object exports);
void addPooling(Napi::Env env, Napi::Object exports);
void addElementwise(Napi::Env env, Napi::Object exports);
void addReduce(Napi::Env env, Napi::Object exports);
void addAugment(Napi::Env env, Napi::Object exports);
void addOptimizer(Napi::Env env, Napi::Object exports);
}  // namespace sky
